"""The memory of a release that failed, as a tag on the ECS service that survived it.

It holds until the release changes. Then it is marked lifted, with the time, so that ECS's old messages of failure
are not held against a later try of the same release.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.kinds.service import QUARANTINE
from reconciler.model import Live

_NOT_IN_A_TAG = re.compile(r"[^\w .:/=+@-]")  # AWS: letters, digits, spaces and _ . : / = + - @
_LONGEST = 256
_LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One mark: which release (`lifted` when none), since when, and why."""

    release: str
    at: datetime
    reason: str = ""

    @classmethod
    def of(cls, service: Live) -> "Quarantine | None":
        """Read a service's mark; None when it has none or it can't be read."""
        release, _, rest = service.tags.get(QUARANTINE, "").partition(" ")
        at, _, reason = rest.partition(" ")
        try:
            return cls(release, datetime.fromisoformat(at), reason)
        except ValueError:
            return None

    @classmethod
    def lifted(cls, at: datetime) -> "Quarantine":
        """The mark that takes the place of one whose release is no longer wanted."""
        return cls(_LIFTED, at)

    def holds(self, release: str) -> bool:
        """Whether this release must not be tried again."""
        return self.release == release

    @property
    def is_lifted(self) -> bool:
        """Whether no release is held back."""
        return self.release == _LIFTED

    def tag(self) -> dict[str, str]:
        """The mark as a tag."""
        at = self.at.astimezone(UTC).isoformat(timespec="seconds")
        text = " ".join(_NOT_IN_A_TAG.sub(" ", f"{self.release} {at} {self.reason}").split())
        return {QUARANTINE: text[:_LONGEST].strip()}
