"""Puts a waypoint's resources together from the parts of a blueprint."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.kinds import target_group
from reconciler.model import HealthStatus, Live, Phase, Ref, Resource, ResourceId, Slot, Value, Waypoint
from reconciler.rollout.blueprint import Blueprint
from reconciler.rollout.quarantine import Quarantine
from reconciler.rollout.view import SlotView, View, keep, when
from reconciler.rollout.weights import RuleView, point

SOON = 5.0
AT_ONCE = 0.2


@dataclass(frozen=True, slots=True)
class Assembly:
    """A blueprint, how things are, and the time: what every phase decides on.

    `registered` is the revision that has the wanted content, if there is one.
    """

    blueprint: Blueprint
    view: View
    now: datetime
    registered: Live | None

    def waypoint(
        self,
        phase: Phase,
        health: HealthStatus,
        resources: Iterable[Resource],
        reason: str = "",
        retry_after: float = 0,
        version: str | None = None,
    ) -> Waypoint:
        """The resources of a phase. Until all is stable, whatever exists and is not spoken of stays as it is."""
        chosen = tuple(resources)
        if phase is not Phase.STABLE:
            spoken = {resource.id for resource in chosen}
            chosen += tuple(keep(live) for live in self.view.live if live.id not in spoken)
        version = self.blueprint.workload.version if version is None else version
        return Waypoint(self.blueprint.workload.key, chosen, phase, health, reason, retry_after, version)

    def hold(
        self, phase: Phase, health: HealthStatus, reason: str, *changed: Resource, retry_after: float = 0
    ) -> Waypoint:
        """Everything stays as it is, but for what `changed` says."""
        serving = self.view.serving()
        version = serving.version if serving else ""
        return self.waypoint(phase, health, changed, reason, retry_after, version)

    def surroundings(self, to: Slot) -> tuple[Resource, ...]:
        """Target groups of every slot, rules with all weight on `to`, and records."""
        groups = tuple(group for slot in self.blueprint.slots for group in self.blueprint.groups[slot])
        return (*groups, *self.rules(to), *self.blueprint.records)

    def rules(self, to: Slot) -> tuple[Resource, ...]:
        """The rules with all weight on one slot."""
        return tuple(self._rule(rule, to) for rule in self.blueprint.rules)

    def _rule(self, wanted: Resource, to: Slot) -> Resource:
        existing = next((rule for rule in self.view.rules if rule.rule.id == wanted.id), None)
        groups = self._groups_of(wanted)
        rule = point(wanted, groups, to, existing, self.now)
        return replace(rule, healthy_at_least=self._asked(existing, groups, to)) if existing else rule

    def _asked(self, rule: RuleView, groups: Mapping[Slot, Ref], to: Slot) -> dict[str, int]:
        """What a slot must have before weight may move to it: as many healthy targets as serve now, and one (S3)."""
        serving = [
            self.view.slots[slot].healthy for slot, weight in rule.live.items() if weight and slot in self.view.slots
        ]
        group = next((live.arn for live in self.view.live if live.id == groups[to].resource), None)
        if rule.live.get(to) or not serving or group is None:
            return {}
        return {group: max(1, *serving)}

    def _groups_of(self, wanted: Resource) -> dict[Slot, Ref]:
        """Target groups that a rule lists: those of the strategy's slots, and of a former one that still runs."""
        workload = self.blueprint.workload
        listener = next(item for item in workload.spec.listeners if workload.hostname(item) == wanted.id.name)
        slots: tuple[Slot, ...] = ("", "blue", "green")
        ids = {slot: target_group.resource_id(workload, listener, slot) for slot in slots}
        return {
            slot: Ref(owned) for slot, owned in ids.items() if slot in self.blueprint.slots or self._has(slot, owned)
        }

    def _has(self, slot: Slot, group: ResourceId) -> bool:
        return slot in self.view.slots and any(live.id == group for live in self.view.live)

    def service(self, slot: Slot, **fields: Value) -> Resource:
        """A slot's ECS service as declared, with the wanted release, and `fields` laid over."""
        wanted = self.blueprint.services[slot]
        return replace(wanted, fields={**wanted.fields, **fields}, tags={**wanted.tags, **self._lift(slot)})

    def pinned(self, slot: SlotView, **fields: Value) -> Resource:
        """A slot's ECS service with the release it has, and only `fields` declared."""
        return replace(keep(slot.service), fields=fields, tags=self._lift(slot.slot))

    def quarantined(self, survivor: SlotView, reason: str) -> Resource:
        """The survivor of a failed release, marked with it."""
        return replace(keep(survivor.service), tags=Quarantine(self.blueprint.release, self.now, reason).tag())

    def in_quarantine(self) -> Quarantine | None:
        """The mark that holds the wanted release back; a release that runs well, alone, has outlived its mark."""
        mark = self.view.quarantine
        if mark is None or not mark.holds(self.blueprint.release):
            return None
        active = [slot for slot in self.view.slots.values() if slot.desired]
        return None if len(active) == 1 and active[0].matches and active[0].settled else mark

    def why_held_back(self) -> str:
        """What to tell of a release in quarantine."""
        mark = self.view.quarantine
        reason = mark.reason if mark else ""
        return f"release {self.blueprint.workload.version} failed: {reason}; change the spec to try again"

    def tried_since(self) -> datetime | None:
        """Since when the wanted release may have been tried; ECS's messages before are about something else."""
        if self.registered is None:
            return None
        registered = when(self.registered.status["registered_at"])
        mark = self.view.quarantine
        return max(registered, mark.at) if mark and mark.is_lifted else registered

    def _lift(self, slot: Slot) -> dict[str, str]:
        view = self.view.slots.get(slot)
        mark = Quarantine.of(view.service) if view else None
        if mark is None or mark.is_lifted or self.in_quarantine():
            return {}
        return Quarantine.lifted(self.now).tag()
