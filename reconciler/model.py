"""The nouns that travel between stages. All frozen, all printable; no client, clock or logger in sight."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

Slot = Literal["", "blue", "green"]
"""Which of a service's ECS services: the only one of a rolling service, or one of two colours."""

Value = Any
"""JSON-like data in AWS's names: str, int, float, bool, None, list, dict, and `Ref` where an id is not known yet."""


Priorities = Mapping[int, tuple[str, ...]]
"""The priorities that rules of one listener have, with the hosts that these answer to."""


@dataclass(frozen=True, slots=True, order=True)
class ServiceKey:
    """A service in a cluster: the unit of planning, of rollouts and of failure."""

    cluster: str
    service: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.service}"


@dataclass(frozen=True, slots=True, order=True)
class ResourceId:
    """Names one AWS resource of one service: `target-group prod-httpbin-blue of prod/httpbin`."""

    kind: str
    key: ServiceKey
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A value that another resource has once it exists, such as its ARN."""

    resource: ResourceId
    attribute: str = "arn"

    def __str__(self) -> str:
        return f"<{self.attribute} of {self.resource}>"


@dataclass(frozen=True, slots=True)
class Resource:
    """What should exist. `fields` holds only what is declared, in the AWS API's names.

    `once` names fields that are set at creation and then somebody else's. `healthy_at_least` is what a change of
    traffic asks first: target group ARN to a count of healthy targets.
    """

    id: ResourceId
    fields: Mapping[str, Value]
    tags: Mapping[str, str] = field(default_factory=dict)
    slot: Slot = ""
    once: tuple[str, ...] = ()
    healthy_at_least: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Live:
    """What exists and carries this installation's owner tag.

    `fields` are normalised to compare with a `Resource`'s; `status` is what only AWS decides (running counts,
    deployments, timestamps). `arn` identifies it to AWS.
    """

    id: ResourceId
    arn: str
    fields: Mapping[str, Value]
    tags: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, Value] = field(default_factory=dict)
    slot: Slot = ""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What exists under a name the operator might want, and belongs to somebody else. Rules have a priority."""

    kind: str
    cluster: str
    name: str
    arn: str
    owner: str = ""
    priority: int = 0

    def __str__(self) -> str:
        whose = f"owned by {self.owner!r}" if self.owner else "without an owner tag"
        return f"{self.kind} {self.name} exists {whose} ({self.arn})"


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """Targets of one target group by state; only `healthy` counts as serving."""

    healthy: int = 0
    initial: int = 0
    unhealthy: int = 0
    unused: int = 0
    draining: int = 0

    def __str__(self) -> str:
        counts = {name: getattr(self, name) for name in ("healthy", "initial", "unhealthy", "unused", "draining")}
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no targets"


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
    `unchanged` and the named target groups have enough healthy targets.
    """

    live: Live
    healthy_at_least: Mapping[str, int] = field(default_factory=dict)
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One AWS write, with why, what it changes and what must be done first."""

    verb: Verb
    id: ResourceId
    call: Call
    cause: str
    changes: tuple[FieldChange, ...] = ()
    needs: tuple[ResourceId, ...] = ()
    guard: Guard | None = None
    prunes: bool = False


class Phase(StrEnum):
    """Where a service's rollout is, read off AWS."""

    STABLE = "Stable"
    CREATE = "Create"
    ROLLING = "Rolling"
    STAND_UP = "StandUp"
    VERIFY = "Verify"
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
class Waypoint:
    """What should exist of a service at this moment, in which phase, and what is waited for.

    `retry_after` is in seconds: when it is worth looking again, 0 for "at the next sweep". `drops` are resources that
    must be gone before the rollout goes on.
    """

    key: ServiceKey
    resources: tuple[Resource, ...]
    phase: Phase
    health: HealthStatus
    reason: str = ""
    retry_after: float = 0
    version: str = ""
    drops: tuple[ResourceId, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is done for a service, and what a person can do."""

    key: ServiceKey
    reason: str


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


@dataclass(frozen=True, slots=True)
class Leadership:
    """Whether a process leads, and which one holds the lease: none where there is no lease, and then it always leads.

    `epoch` counts the takeovers up to this holder's; `trouble` is why the lease could not be asked for just now.
    """

    leads: bool = True
    holder: str = ""
    epoch: int = 0
    trouble: str = ""

    def __str__(self) -> str:
        said = "leads" if self.leads else f"follows {self.holder}" if self.holder else "waits for the lease"
        epoch = f", epoch {self.epoch}" if self.epoch else ""
        return f"{said}{epoch}{f': {self.trouble}' if self.trouble else ''}"


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What a cluster file refers to, found in AWS, by the protocol names that listeners use.

    `problems` says of a protocol name why services that use it must wait.
    """

    cluster: str
    ecs_cluster_arn: str
    listeners: Mapping[str, str] = field(default_factory=dict)
    load_balancers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zone_id: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A revision that a person has said is meant, by what they wrote of it, and when."""

    revision: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One reading of AWS.

    `definitions` are the task definitions that services run, by ARN; `health` the targets of the groups that a
    rollout watches, by ARN. `failed` says of a cluster why it could not be read whole: nothing is concluded of it.
    `confirmed` is what people have confirmed, by cluster; `pauses` are those in force.
    """

    taken_at: datetime
    live: Mapping[ResourceId, Live] = field(default_factory=dict)
    foreign: Mapping[tuple[str, str, str], Foreign] = field(default_factory=dict)
    definitions: Mapping[str, Live] = field(default_factory=dict)
    health: Mapping[str, TargetHealth] = field(default_factory=dict)
    infrastructure: Mapping[str, Infrastructure] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    taken_priorities: Mapping[str, Priorities] = field(default_factory=dict)
    confirmed: Mapping[str, Confirmation] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()


def by_service(snapshot: Snapshot) -> Callable[[ServiceKey], Snapshot]:
    """The snapshot as one service needs it, with its own resources alone: so that work on all services is linear."""
    live: dict[ServiceKey, dict[ResourceId, Live]] = {}
    for resource in snapshot.live.values():
        live.setdefault(resource.id.key, {})[resource.id] = resource
    return lambda key: replace(snapshot, live=live.get(key, {}))
