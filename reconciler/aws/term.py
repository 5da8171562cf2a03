"""For how long somebody may call AWS, and whether a write may begin."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


def _none() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Term:
    """The time in which one loop works. It ends once, when `over` is set, which ends every wait as well.

    `objection` says why no write may begin at this moment; it is empty when one may.
    """

    over: threading.Event = field(default_factory=threading.Event)
    objection: Callable[[], str] = _none
