"""What should exist and what does, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    traffic asks first: target group ARN to a count of healthy targets. `ways_in` are the rules that list the target
    groups of an ECS service which goes to 0: it does while these are as they were read, tags and all.
    """

    id: ResourceId
    fields: Mapping[str, Value]
    tags: Mapping[str, str] = field(default_factory=dict)
    slot: Slot = ""
    once: tuple[str, ...] = ()
    healthy_at_least: Mapping[str, int] = field(default_factory=dict)
    ways_in: "tuple[Live, ...] | None" = None


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
