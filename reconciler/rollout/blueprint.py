"""Everything a workload could want, before the rollout decides what should exist at this moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from reconciler.kinds import dns_record, listener_rule, service, target_group, task_definition
from reconciler.kinds.base import HASH
from reconciler.model import Infrastructure, Resource, ResourceId, Slot
from reconciler.spec import Workload
from reconciler.spec.names import ALL_SLOTS
from reconciler.spec.rollout import SLOTS


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A workload's desired resources by part, for every slot of its strategy.

    `release` names what a deployment would run: it changes when, and only when, a new deployment is asked for.
    """

    workload: Workload
    release: str
    definition: Resource
    services: Mapping[Slot, Resource]
    groups: Mapping[Slot, tuple[Resource, ...]]
    rules: tuple[Resource, ...]
    records: tuple[Resource, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots of the strategy."""
        return SLOTS[self.workload.spec.rollout.strategy]

    @property
    def groups_of_any_strategy(self) -> dict[ResourceId, Slot]:
        """The target groups of every slot that there is: a service that changes its strategy has those of the other."""
        return {
            target_group.resource_id(self.workload, listener, slot): slot
            for listener in self.workload.spec.listeners
            for slot in ALL_SLOTS
        }

    def resources(self) -> Iterator[Resource]:
        """Every resource of every slot."""
        yield self.definition
        yield from self.services.values()
        yield from chain.from_iterable(self.groups.values())
        yield from self.rules
        yield from self.records


def draw(workload: Workload, owner: str, infrastructure: Infrastructure) -> Blueprint:
    """Ask every kind what the workload wants of it."""
    (definition,) = task_definition.desired(workload, owner, infrastructure)
    services = {resource.slot: resource for resource in service.desired(workload, owner, infrastructure)}
    groups = target_group.desired(workload, owner, infrastructure)
    return Blueprint(
        workload,
        _release(definition, next(iter(services.values()))),
        definition,
        services,
        {slot: tuple(group for group in groups if group.slot == slot) for slot in services},
        listener_rule.desired(workload, owner, infrastructure),
        dns_record.desired(workload, owner, infrastructure),
    )


def _release(definition: Resource, wanted: Resource) -> str:
    deployed = {name: value for name, value in wanted.fields.items() if name in service.REDEPLOYING}
    deployed["taskDefinition"] = definition.tags[HASH]
    deployed["loadBalancers"] = [{**item, "targetGroupArn": None} for item in wanted.fields.get("loadBalancers", ())]
    return task_definition.digest(deployed)
