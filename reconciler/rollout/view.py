"""What a service's rollout needs to know of live state, read off one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler import diff
from reconciler.kinds import dns_record, listener_rule, service, target_group, task_definition
from reconciler.kinds.base import VERSION
from reconciler.model import Colour, Live, Ref, Resource, ResourceId, Slot, Snapshot, TargetHealth, Value
from reconciler.rollout.blueprint import Blueprint
from reconciler.rollout.quarantine import Quarantine
from reconciler.rollout.trial import Trial
from reconciler.rollout.weights import RuleView, moment
from reconciler.spec.names import ALL_SLOTS

CALLED_AT = "reconciler:called-at"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GOES_BACK = "rolling back to deployment"
_FAILED = "deployment failed: "
_GAVE_UP = (_FAILED, _GOES_BACK)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One of ECS's deployments of a service."""

    definition: str
    state: str
    reason: str
    since: datetime
    running: int
    failed: int

    @property
    def goes_back(self) -> bool:
        """Whether ECS's circuit breaker is returning to it: the release that failed is another one."""
        return _GOES_BACK in self.reason


@dataclass(frozen=True, slots=True)
class SlotView:
    """One ECS service as it is, with the target groups that its tasks are registered in.

    It `matches` when it runs the wanted release, and `runs_definition` when of that the task definition is the same.
    """

    slot: Slot
    service: Live
    groups: Mapping[str, Live]
    health: Mapping[str, TargetHealth]
    definitions: Mapping[str, Live]
    runs_definition: bool
    matches: bool

    @property
    def definition(self) -> Live | None:
        """The task definition that it runs."""
        return self.definitions.get(self.service.fields["taskDefinition"])

    @property
    def desired(self) -> int:
        """Tasks that ECS was asked for."""
        return int(self.service.fields.get("desiredCount", 0))

    @property
    def running(self) -> int:
        """Tasks that run."""
        return int(self.service.status["running"])

    @property
    def version(self) -> str:
        """The version that the task definition was made for."""
        return self.definition.tags.get(VERSION, "") if self.definition else ""

    @property
    def healthy(self) -> int:
        """Healthy targets in the group that has the fewest; of a service without groups its running tasks."""
        counts = (self.health.get(group.arn, TargetHealth()).healthy for group in self.groups.values())
        return min(counts, default=self.running)

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """The primary deployment first."""
        ordered = sorted(self.service.status["deployments"], key=lambda item: item["status"] != "PRIMARY")
        return tuple(_deployment(item) for item in ordered)

    @property
    def primary(self) -> Deployment | None:
        """The deployment that ECS is working on or has completed."""
        return next(iter(self.deployments), None)

    @property
    def began(self) -> datetime | None:
        """When it began to get the release that it has: deployed, or called back from standing by."""
        if self.primary is None:
            return None
        called = moment(self.service.tags.get(CALLED_AT, ""))
        return max(self.primary.since, called) if called else self.primary.since

    @property
    def redeployed(self) -> bool:
        """Whether ECS deploys what it had deployed before."""
        first, *rest = self.deployments or (None,)
        return first is not None and any(item is not None and item.definition == first.definition for item in rest)

    @property
    def deployed(self) -> bool:
        """Whether ECS has completed the deployment."""
        return self.primary is not None and self.primary.state == "COMPLETED"

    @property
    def settled(self) -> bool:
        """Whether ECS has nothing left to do: deployed, and as many tasks as asked for."""
        return self.deployed and self.running == self.desired

    def gave_up_since(self, since: datetime) -> str:
        """Why ECS's circuit breaker gave up a deployment since then, the last of several; empty when it did not."""
        said = [item["message"] for item in self.service.status["events"] if when(item["createdAt"]) >= since]
        for cause in _GAVE_UP:
            for message in said:
                if cause in message:
                    return f"ECS: {message[message.index(cause) :].removeprefix(_FAILED).rstrip('.')}"
        return ""


@dataclass(frozen=True, slots=True)
class View:
    """A service as it is: its slots that exist, its rules, and the release that was found not to work.

    `rules` are those that the spec declares; `former` are rules and records that it no longer does; `declared` are
    the slots of the strategy.
    """

    declared: tuple[Slot, ...]
    slots: Mapping[str, SlotView]
    rules: tuple[RuleView, ...]
    former: tuple[ResourceId, ...]
    quarantine: Quarantine | None
    live: tuple[Live, ...]

    def serving(self) -> SlotView | None:
        """The slot that the traffic goes to, by what the operator last set; None when it is not there.

        Rules that disagree were caught in mid-shift: the slot that does not match the release counts, so the
        shift goes on. Without rules it is the slot that runs the release, once deployed, or that has run longest.
        """
        if (slot := self.intended) is not None and slot not in self.slots:
            return None
        named = {slot for rule in self.rules if (slot := rule.serving) is not None and slot in self.slots}
        if len(named) > 1:
            named = {slot for slot in named if not self.slots[slot].matches} or named
        if named:
            return min((self.slots[slot] for slot in named), key=_longest_first)
        arrived = [slot for slot in self.slots.values() if not self.rules and slot.matches and slot.settled]
        return min(arrived or self.slots.values(), key=_longest_first, default=None)

    @property
    def colours(self) -> tuple[Colour, ...]:
        """What is told of each slot: where rules differ, of the least share that any gives it."""
        return tuple(
            Colour(
                slot.service.id.name,
                slot.version,
                min((rule.share(slot.slot) for rule in self.rules), default=None),
                slot.healthy if slot.health or not slot.groups else None,
                slot.running,
                slot.desired,
            )
            for _, slot in sorted(self.slots.items())
        )

    @property
    def intended(self) -> Slot | None:
        """The slot of the strategy that all rules name, whether it is there or not: traffic is not moved for a gap."""
        named = {rule.serving for rule in self.rules if not rule.ahead}
        slot = named.pop() if len(named) == 1 else None
        return slot if slot in self.declared else None


def _longest_first(view: SlotView) -> tuple[bool, datetime]:
    return view.desired == 0, view.primary.since if view.primary else _EPOCH


def look(blueprint: Blueprint, snapshot: Snapshot) -> View:
    """Read a service's view off a snapshot."""
    slots_by_id = _slots_by_id(blueprint)
    mine = tuple(
        replace(live, slot=slots_by_id.get(live.id, live.slot))
        for live in snapshot.live.values()
        if live.id.key == blueprint.workload.key
    )
    groups = [live for live in mine if live.id.kind == target_group.NAME]
    wanted = {resource.id for resource in (*blueprint.rules, *blueprint.records)}
    rules = [live for live in mine if live.id.kind == listener_rule.NAME]
    slots: dict[str, SlotView] = {
        live.slot: _slot(blueprint, live, [group for group in groups if group.slot == live.slot], snapshot)
        for live in mine
        if live.id.kind == service.NAME and live.status["status"] == "ACTIVE"
    }
    slot_of = {group.arn: group.slot for group in groups}
    marks = [mark for view in slots.values() if (mark := Quarantine.of(view.service))]
    trial = frozenset(slot for slot, view in slots.items() if Trial.of(view.service))
    ways_in = (listener_rule.NAME, dns_record.NAME)
    return View(
        blueprint.slots,
        slots,
        tuple(RuleView.of(rule, slot_of, blueprint.release, trial) for rule in rules if rule.id in wanted),
        tuple(live.id for live in mine if live.id.kind in ways_in and live.id not in wanted),
        max(marks, key=lambda mark: mark.at, default=None),
        mine,
    )


def _slots_by_id(blueprint: Blueprint) -> dict[ResourceId, Slot]:
    """The slots of the workload's services and groups by their names: tags can be taken off."""
    services = {service.resource_id(blueprint.workload, slot): slot for slot in ALL_SLOTS}
    return blueprint.groups_of_any_strategy | services


def _slot(blueprint: Blueprint, live: Live, groups: list[Live], snapshot: Snapshot) -> SlotView:
    arns = service.definitions(live)
    definitions = {arn: item for arn, item in snapshot.definitions.items() if arn in arns}
    registered = {item.get("targetGroupArn") for item in live.fields.get("loadBalancers", ())}
    own = {group.id.name: group for group in groups if group.arn in registered}
    definition = definitions.get(live.fields["taskDefinition"])
    runs_definition = definition is not None and task_definition.matches(blueprint.definition, definition)
    return SlotView(
        live.slot,
        live,
        own,
        {group.arn: snapshot.health[group.arn] for group in own.values() if group.arn in snapshot.health},
        definitions,
        runs_definition,
        runs_definition and _deployed(blueprint, live, {group.id: group for group in groups}),
    )


def _deployed(blueprint: Blueprint, live: Live, groups: Mapping[ResourceId, Live]) -> bool:
    """Whether what starts a deployment, beside the definition, is as declared."""
    wanted = blueprint.services.get(live.slot)
    if wanted is None:
        return False
    known = {Ref(owned): group.arn for owned, group in groups.items()}
    deployed = {
        name: diff.fill(value, known)
        for name, value in wanted.fields.items()
        if name in service.REDEPLOYING and name != "taskDefinition" and name not in wanted.once
    }
    return not diff.changes(deployed, live.fields)


def _deployment(item: Mapping[str, Any]) -> Deployment:
    return Deployment(
        item["taskDefinition"],
        item.get("rolloutState", "COMPLETED"),
        item.get("rolloutStateReason", ""),
        when(item["createdAt"]),
        item.get("runningCount", 0),
        item.get("failedTasks", 0),
    )


def when(value: Value) -> datetime:
    """A timestamp of ECS's: seconds since the epoch."""
    return _EPOCH + timedelta(seconds=float(value))


def keep(live: Live) -> Resource:
    """A resource that stays as it is: nothing of it is declared."""
    return Resource(live.id, {}, {}, live.slot)
