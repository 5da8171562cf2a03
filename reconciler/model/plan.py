"""What is to be done and why, what holds it back, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.resources import Live, Resource, ResourceId, ServiceKey, Value


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One declared field whose live value is not the wanted one."""

    path: str
    live: Value
    want: Value


class Verb(StrEnum):
    """What an action does to its resource."""

    CREATE = "create"
    UPDATE = "update"
    TAG = "tag"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS API call as data. `parameters` may hold `Ref`s, filled in just before it is made."""

    service: str
    operation: str
    parameters: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Guard:
    """What must still be true just before the write, read live: it is owned, and if so asked, its fields are
    `unchanged`, the named target groups have enough healthy targets, and `ways_in` are the rules that list the target
    groups of an ECS service.
    """

    live: Live
    healthy_at_least: Mapping[str, int] = field(default_factory=dict)
    unchanged: bool = False
    ways_in: tuple[Live, ...] | None = None

    @property
    def is_of_the_moment(self) -> bool:
        """Whether what it looks at may be otherwise a second later."""
        return bool(self.healthy_at_least) or self.unchanged or self.ways_in is not None


@dataclass(frozen=True, slots=True)
class Action:
    """One AWS write, with why, what it changes and what must be done first.

    `giver` is the service that owns the resource still, where the write takes it over.
    """

    verb: Verb
    id: ResourceId
    call: Call
    cause: str
    changes: tuple[FieldChange, ...] = ()
    needs: tuple[ResourceId, ...] = ()
    guard: Guard | None = None
    prunes: bool = False
    giver: ServiceKey | None = None


class Phase(StrEnum):
    """Where a service's rollout is, read off AWS."""

    STABLE = "Stable"
    CREATE = "Create"
    ROLLING = "Rolling"
    STAND_UP = "StandUp"
    VERIFY = "Verify"
    CANARY = "Canary"
    SHIFT = "Shift"
    BAKE = "Bake"
    RETIRE = "Retire"
    ROLLBACK = "Rollback"
    FAILED = "Failed"
    PRUNE = "Prune"
    UNKNOWN = "Unknown"


class SyncStatus(StrEnum):
    """Whether live state is what git says."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    UNKNOWN = "Unknown"


class HealthStatus(StrEnum):
    """Whether what runs is well."""

    HEALTHY = "Healthy"
    PROGRESSING = "Progressing"
    DEGRADED = "Degraded"
    MISSING = "Missing"
    SUSPENDED = "Suspended"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Colour:
    """One of a service's ECS services, as it was read: its share of the traffic, in percent, and its tasks.

    `weight` is None where no rule leads to any, `healthy` where health was not asked for.
    """

    name: str
    version: str
    weight: int | None
    healthy: int | None
    running: int
    desired: int


@dataclass(frozen=True, slots=True)
class Waypoint:
    """What should exist of a service at this moment, in which phase, and what is waited for.

    `retry_after` is in seconds: when it is worth looking again, 0 for "at the next sweep". `drops` are resources that
    must be gone before the rollout goes on. `interrupts` is true of the beginning of a release that comes while the one
    before it has the traffic and is not over: only by going on does anything of it end. `colours` are what there is.
    """

    key: ServiceKey
    resources: tuple[Resource, ...]
    phase: Phase
    health: HealthStatus
    reason: str = ""
    retry_after: float = 0
    version: str = ""
    drops: tuple[ResourceId, ...] = ()
    interrupts: bool = False
    colours: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is done for a service, and what a person can do."""

    key: ServiceKey
    reason: str


class Policy(StrEnum):
    """What may hold an action back."""

    PAUSED = "paused"
    FROZEN = "frozen"
    OWN_SERVICE = "own service"
    REWRITTEN_HISTORY = "rewritten history"
    NOTHING_DESIRED = "nothing desired"
    PRUNE_BRAKE = "prune brake"
    CHANGE_BRAKE = "change brake"
    SECOND_READING = "second reading"


@dataclass(frozen=True, slots=True)
class Held:
    """An action that a policy keeps back, and why."""

    action: Action
    policy: Policy
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one pass would do, in a stable order, and what policies keep back of it.

    `diverged` are the services whose last applied commit did not lead to the revision, with that commit.
    """

    revision: str
    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()
    waypoints: tuple[Waypoint, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    diverged: Mapping[ServiceKey, str] = field(default_factory=dict)


class Result(StrEnum):
    """The closed set of ways an action ends."""

    DONE = "done"
    RETRY = "retry"
    FAILED = "failed"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one action ended. `attributes` are what the resource now has, such as its ARN."""

    action: Action
    result: Result
    message: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
