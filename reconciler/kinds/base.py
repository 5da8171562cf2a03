"""What every kind has, and the words that mark a resource as this installation's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.aws import Gateway
from reconciler.kinds.grants import Grant, Territory
from reconciler.model import (
    Action,
    Call,
    FieldChange,
    Foreign,
    Guard,
    Infrastructure,
    Live,
    Priorities,
    Resource,
    ResourceId,
    ServiceKey,
    Slot,
    Value,
    Verb,
)
from reconciler.spec import Workload
from reconciler.spec.models import ClusterSpec

OWNER = "reconciler:owner"
CLUSTER = "reconciler:cluster"
SERVICE = "reconciler:service"
SLOT = "reconciler:slot"
HASH = "reconciler:hash"
VERSION = "reconciler:version"
REVISION = "reconciler:revision"


@dataclass(frozen=True, slots=True)
class Scope:
    """What to read: one cluster, whole, or only the services named (with the `hostnames` they want).

    `with_attributes` names the target groups whose attributes are declared: reading them costs a call each.
    """

    owner: str
    cluster: str
    spec: ClusterSpec
    infrastructure: Infrastructure
    services: frozenset[str] | None = None
    hostnames: frozenset[str] = frozenset()
    with_attributes: frozenset[str] = frozenset()

    def includes(self, service: str) -> bool:
        """Whether this reading is about the service."""
        return self.services is None or service in self.services


@dataclass(frozen=True, slots=True)
class Found:
    """What one kind found in one scope."""

    live: tuple[Live, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    taken_priorities: Mapping[str, Priorities] = field(default_factory=dict)


class NeedsReplacementError(Exception):
    """A declared change that takes deleting and creating a live resource, which nobody asked for (S9)."""

    def __init__(self, resource: ResourceId, change: FieldChange) -> None:
        super().__init__(
            f"{resource}: {change.path} can't be changed from {change.live!r} to {change.want!r} in place; "
            "declare it under another subdomain and remove this one when traffic has moved"
        )


class Kind(Protocol):
    """The shape of a module in this package."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The kind's name in plans, metrics and logs."""
        ...

    def desired(self, workload: Workload, owner: str, infrastructure: Infrastructure) -> tuple[Resource, ...]:
        """What the workload wants of this kind, for every slot of its strategy. Pure."""
        ...

    def permissions(self, territory: Territory) -> tuple[Grant, ...]:
        """What the operator has to be allowed to do for this kind in a cluster. Pure."""
        ...

    def observe(self, aws: Gateway, scope: Scope) -> Found:
        """What is there. Raises `AwsError` when it could not be read whole."""
        ...

    def create(self, want: Resource, cause: str, taken: Mapping[str, Priorities]) -> tuple[Action, ...]:
        """The writes that make a resource. Pure."""
        ...

    def update(self, want: Resource, have: Live, changes: tuple[FieldChange, ...], cause: str) -> tuple[Action, ...]:
        """The writes, if any are possible, that put these fields right. Pure."""
        ...

    def remove(self, have: Live, cause: str) -> Action | None:
        """The next write on the way to the resource's end; None when it stays. Pure."""
        ...

    def attributes(self, answer: Mapping[str, Value]) -> Mapping[str, Value]:
        """What `Ref`s can ask of the resource, read off the answer to a write."""
        ...

    def reread(self, aws: Gateway, scope: Scope, have: Live) -> Live | None:
        """The resource as it is right now, read around every memory; None when it is gone or no longer owned."""
        ...


def tags_of(owner: str, key: ServiceKey, slot: Slot = "") -> dict[str, str]:
    """The tags that mark a resource as owned, and say for which service."""
    marks = {OWNER: owner, CLUSTER: key.cluster, SERVICE: key.service}
    return {**marks, SLOT: slot} if slot else marks


def identify(kind: str, name: str, tags: Mapping[str, str], scope: Scope, arn: str) -> ResourceId | Foreign:
    """Whose resource this is: by its tags, never by its name."""
    if tags.get(OWNER) == scope.owner and tags.get(CLUSTER) == scope.cluster and tags.get(SERVICE):
        return ResourceId(kind, ServiceKey(scope.cluster, tags[SERVICE]), name)
    owner = tags.get(OWNER, "")
    if owner and tags.get(CLUSTER):
        owner = f"{owner} for cluster {tags[CLUSTER]}"
    return Foreign(kind, scope.cluster, name, arn, owner)


def slot_of(tags: Mapping[str, str]) -> Slot:
    """The slot a resource's tags name."""
    slot = tags.get(SLOT, "")
    return slot if slot in ("blue", "green") else ""  # type: ignore[return-value]


def upper_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as ELB writes them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def lower_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as ECS writes them."""
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


def elb_tags_now(aws: Gateway, scope: Scope, have: Live) -> Mapping[str, str] | None:
    """The tags of a load-balancing resource, read around the memory; None when it is gone or no longer owned."""
    aws.tags.forget([have.arn])
    tags = aws.tags.of([have.arn]).get(have.arn, {})
    return tags if isinstance(identify(have.id.kind, have.id.name, tags, scope, have.arn), ResourceId) else None


def elb_tagging(have: Live, changes: tuple[FieldChange, ...], cause: str, *, unchanged: bool = False) -> Action:
    """The write that puts tags of a load-balancing resource right, if it still is ours (and, if asked, as it was)."""
    wanted = {change.path.removeprefix("tags."): change.want for change in changes}
    call = Call("elbv2", "AddTags", {"ResourceArns": [have.arn], "Tags": upper_tags(wanted)})
    return Action(Verb.TAG, have.id, call, cause, changes, guard=Guard(have, unchanged=unchanged))
