"""What one pass has read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.intents import Confirmation, Pause
from reconciler.model.resources import Foreign, Live, Priorities, ResourceId, ServiceKey, TargetHealth


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
class Snapshot:
    """One reading of AWS.

    `definitions` are the task definitions that services run, by ARN, and of one that runs none of this installation's
    the newest that is; `health` the targets of the groups that a
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
