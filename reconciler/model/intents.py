"""What people say of the operator's work: pauses, freeze windows, confirmations, and their word on a release."""

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.resources import ServiceKey


@dataclass(frozen=True, slots=True)
class Pause:
    """A person's word that nothing is written to a cluster, or to one service of it; without `until` to be taken back.

    One that was not written by the command has all of what was written as its `why`.
    """

    cluster: str
    service: str = ""
    by: str = "somebody"
    why: str = ""
    until: datetime | None = None

    def __str__(self) -> str:
        end = f"{self.until:%Y-%m-%dT%H:%M:%SZ}" if self.until else "it is resumed"
        return f"paused by {self.by} until {end}: {self.why}"

    @property
    def subject(self) -> str:
        """What is paused: `cluster prod`, or `prod/httpbin`."""
        return str(ServiceKey(self.cluster, self.service)) if self.service else f"cluster {self.cluster}"

    def holds(self, now: datetime) -> bool:
        """Whether it has not ended."""
        return self.until is None or now < self.until

    def covers(self, key: ServiceKey) -> bool:
        """Whether a service is paused by it."""
        return key.cluster == self.cluster and self.service in ("", key.service)


@dataclass(frozen=True, slots=True)
class Freeze:
    """A window of a cluster file that now is in: nothing new begins in the cluster before `until`."""

    cluster: str
    until: datetime
    why: str

    def __str__(self) -> str:
        return f"frozen until {self.until:%Y-%m-%dT%H:%M:%SZ}: {self.why}"

    @property
    def subject(self) -> str:
        """What is frozen."""
        return f"cluster {self.cluster}"

    def holds(self, now: datetime) -> bool:
        """Whether it has not ended."""
        return now < self.until


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A revision that a person has said is meant, by what they wrote of it, and when."""

    revision: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on the release that was under way, or running, at a time. `full` skips all further steps."""

    at: datetime
    by: str
    why: str
    full: bool = False

    def __str__(self) -> str:
        return f"by {self.by}: {self.why}" if self.why else f"by {self.by}"
