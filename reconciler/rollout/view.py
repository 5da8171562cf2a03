"""What a service's rollout needs to know of live state, read off one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler import diff
from reconciler.kinds import listener_rule, service, target_group, task_definition
from reconciler.kinds.base import VERSION
from reconciler.model import Live, Ref, Resource, ResourceId, Slot, Snapshot, TargetHealth, Value
from reconciler.rollout.blueprint import Blueprint
from reconciler.rollout.quarantine import Quarantine
from reconciler.rollout.weights import RuleView

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GOES_BACK = "rolling back to deployment"
_GAVE_UP = ("deployment failed", _GOES_BACK)


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
    """One ECS service and its target groups, as they are."""

    slot: Slot
    service: Live
    groups: Mapping[str, Live]
    health: Mapping[str, TargetHealth]
    definition: Live | None
    matches: bool

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
        """Healthy targets in the group that has the fewest."""
        return min((self.health.get(group.arn, TargetHealth()).healthy for group in self.groups.values()), default=0)

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
    def settled(self) -> bool:
        """Whether ECS has nothing left to do: deployed, and as many tasks as asked for."""
        primary = self.primary
        return primary is not None and primary.state == "COMPLETED" and self.running == self.desired

    def gave_up_since(self, since: datetime) -> str:
        """What ECS said when its circuit breaker gave up a deployment after `since`; empty when it did not."""
        for event in self.service.status["events"]:
            if when(event["createdAt"]) >= since and any(text in event["message"] for text in _GAVE_UP):
                return str(event["message"])
        return ""


@dataclass(frozen=True, slots=True)
class View:
    """A service as it is: its slots that exist, its rules, and the release that was found not to work."""

    slots: Mapping[str, SlotView]
    rules: tuple[RuleView, ...]
    quarantine: Quarantine | None
    live: tuple[Live, ...]

    def serving(self) -> SlotView | None:
        """The slot that the traffic goes to, by what the operator last set.

        Rules that disagree were caught in mid-shift: the slot that does not match the release counts, so the
        shift goes on. Without rules it is the slot that has run longest.
        """
        named = {slot for rule in self.rules if (slot := rule.serving) is not None and slot in self.slots}
        if len(named) > 1:
            named = {slot for slot in named if not self.slots[slot].matches} or named
        candidates = [self.slots[slot] for slot in named] or list(self.slots.values())
        return min(candidates, key=_longest_first, default=None)


def _longest_first(view: SlotView) -> tuple[bool, datetime]:
    return view.desired == 0, view.primary.since if view.primary else _EPOCH


def look(blueprint: Blueprint, snapshot: Snapshot) -> View:
    """Read a service's view off a snapshot."""
    mine = tuple(live for live in snapshot.live.values() if live.id.key == blueprint.workload.key)
    groups = [live for live in mine if live.id.kind == target_group.NAME]
    slots: dict[str, SlotView] = {
        live.slot: _slot(blueprint, live, [group for group in groups if group.slot == live.slot], snapshot)
        for live in mine
        if live.id.kind == service.NAME and live.status["status"] == "ACTIVE"
    }
    slot_of = {group.arn: group.slot for group in groups}
    rules = tuple(RuleView.of(live, slot_of, blueprint.release) for live in mine if live.id.kind == listener_rule.NAME)
    marks = [mark for view in slots.values() if (mark := Quarantine.of(view.service))]
    return View(slots, rules, max(marks, key=lambda mark: mark.at, default=None), mine)


def _slot(blueprint: Blueprint, live: Live, groups: list[Live], snapshot: Snapshot) -> SlotView:
    definition = snapshot.definitions.get(live.fields["taskDefinition"])
    health = {group.arn: snapshot.health[group.arn] for group in groups if group.arn in snapshot.health}
    return SlotView(
        live.slot,
        live,
        {group.id.name: group for group in groups},
        health,
        definition,
        _matches(blueprint, live, definition, {group.id: group for group in groups}),
    )


def _matches(blueprint: Blueprint, live: Live, definition: Live | None, groups: Mapping[ResourceId, Live]) -> bool:
    """Whether the ECS service runs the wanted release: what starts a deployment is as declared."""
    wanted = blueprint.services.get(live.slot)
    if wanted is None or definition is None or not task_definition.matches(blueprint.definition, definition):
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
