"""Pages of a listing."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from reconciler.sandbox.calls import AwsRefusal

Item = TypeVar("Item")


def page(
    items: Sequence[Item], *, after: str | None, size: int, name: Callable[[Item], str], invalid: AwsRefusal
) -> tuple[Sequence[Item], str | None]:
    """The page that follows the item named `after`, and the name to ask on with, if there is more."""
    start = 0
    if after:
        names = [name(item) for item in items]
        if after not in names:
            raise invalid
        start = names.index(after) + 1
    part = items[start : start + size]
    return part, name(part[-1]) if start + size < len(items) else None
