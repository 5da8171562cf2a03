"""How far a new version is on the way that its canary's steps describe, as a tag on its ECS service.

The tag says which step it is at and since when; a version that serves alone is past its trial.
"""

from dataclasses import dataclass
from datetime import datetime

from reconciler.model import Live
from reconciler.rollout.weights import moment, stamp

STEP = "reconciler:step"
_OVER = "over"


@dataclass(frozen=True, slots=True)
class Trial:
    """A release on trial: the step that it is at, from 0, and since when.

    `heeded` is when the promotion was said that has led there, so that it leads no further.
    """

    release: str
    step: int
    since: datetime
    heeded: datetime | None = None

    @classmethod
    def of(cls, service: Live) -> "Trial | None":
        """Read a service's tag; None when it is not on trial, or the tag can't be read."""
        step, _, rest = service.tags.get(STEP, "").partition(" ")
        at, _, rest = rest.partition(" ")
        release, _, heeded = rest.partition(" ")
        since = moment(at)
        return cls(release, int(step), since, moment(heeded)) if step.isdigit() and since else None

    @staticmethod
    def over(now: datetime) -> dict[str, str]:
        """The tag of a version that has all of the traffic."""
        return {STEP: f"{_OVER} {stamp(now)}"}

    def tag(self) -> dict[str, str]:
        """The trial as a tag."""
        heeded = f" {stamp(self.heeded)}" if self.heeded else ""
        return {STEP: f"{self.step} {stamp(self.since)} {self.release}{heeded}"}
