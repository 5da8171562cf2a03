"""Puts a waypoint's resources together from the parts of a blueprint."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from reconciler import intents
from reconciler.kinds import listener_rule, target_group
from reconciler.kinds.listener_rule import FULL
from reconciler.model import Decision, HealthStatus, Live, Phase, Ref, Resource, ResourceId, Slot, Value, Waypoint
from reconciler.rollout.blueprint import Blueprint
from reconciler.rollout.quarantine import Quarantine
from reconciler.rollout.trial import Trial
from reconciler.rollout.view import SlotView, View, keep, when
from reconciler.rollout.weights import AHEAD, FLIPS, SHIFTED_AT, WEIGHTS, RuleView, Split, moment, point, solely, stamp
from reconciler.spec.names import ALL_SLOTS

SOON = 5.0
AT_ONCE = 0.2
TRIED = "reconciler:tried"


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
        drops: tuple[ResourceId, ...] = (),
    ) -> Waypoint:
        """The resources of a phase. Until all is stable, whatever exists and is not spoken of stays as it is."""
        chosen = tuple(resources)
        if phase is not Phase.STABLE:
            spoken = {resource.id for resource in chosen}
            chosen += tuple(keep(live) for live in self.view.live if live.id not in spoken)
        version = self.blueprint.workload.version if version is None else version
        key, colours = self.blueprint.workload.key, self.view.colours
        return Waypoint(key, chosen, phase, health, reason, retry_after, version, drops, colours=colours)

    def hold(
        self, phase: Phase, health: HealthStatus, reason: str, *changed: Resource, retry_after: float = 0
    ) -> Waypoint:
        """Everything stays as it is, but for what `changed` says."""
        serving = self.view.serving()
        version = serving.version if serving else ""
        return self.waypoint(phase, health, changed, reason, retry_after, version)

    def surroundings(self, to: Slot | Split, *, fresh: Slot | None = None) -> tuple[Resource, ...]:
        """Target groups of every slot, rules with all weight on one slot or as `to` has it, and records.

        With `fresh` only that slot's groups are made as declared, of the others what is missing: how a release is
        checked belongs to it, and one that serves is not checked by the words of the next.
        """
        split = solely(to) if isinstance(to, str) else to
        return (*self._groups(fresh), *self.rules(split), *self.blueprint.records)

    def _groups(self, fresh: Slot | None) -> Iterator[Resource]:
        there = {live.id for live in self.view.live}
        for slot in self.blueprint.slots:
            for group in self.blueprint.groups[slot]:
                if fresh is None or slot == fresh or group.id not in there:
                    yield group

    def rules(self, split: Split) -> tuple[Resource, ...]:
        """The rules with these weights."""
        return tuple(self._rule(rule, split) for rule in self.blueprint.rules)

    def moved(self, to: Slot) -> tuple[Resource, ...]:
        """The rules as they are, but for the weight: a way back does not wait for what else the spec asks of them."""
        there = {rule.rule.id: keep(rule.rule) for rule in self.view.rules}
        return tuple(self._rule(there.get(rule.id, rule), solely(to)) for rule in self.blueprint.rules)

    def _rule(self, wanted: Resource, split: Split) -> Resource:
        existing = next((rule for rule in self.view.rules if rule.rule.id == wanted.id), None)
        groups = self._groups_of(wanted, existing)
        if not split.keys() <= groups.keys():
            return keep(existing.rule) if existing else self._ahead(wanted, groups, split)
        if existing and any(self._is_out_of_reach(existing, groups, slot) for slot in groups if slot in split):
            return self._listed(existing, wanted, groups)
        rule = point(wanted, groups, split, existing, self.now)
        if existing is None:
            return rule
        forgotten = {FLIPS: f"0@{self.blueprint.release}"} if existing.flips_are_old else {}
        asked = self._asked(existing, groups, split)
        return replace(rule, tags={**rule.tags, **forgotten}, healthy_at_least=asked)

    def _ahead(self, wanted: Resource, groups: Mapping[Slot, Ref], split: Split) -> Resource:
        """A rule that the slot which serves can never have: it leads to the next one, which has yet to stand up."""
        next_slot = next(slot for slot in self.blueprint.slots if slot != _serving(split))
        rule = point(wanted, groups, solely(next_slot), None, self.now)
        return replace(rule, tags={**rule.tags, SHIFTED_AT: AHEAD})

    def _is_out_of_reach(self, rule: RuleView, groups: Mapping[Slot, Ref], to: Slot) -> bool:
        """Whether the tasks of a slot are not behind this rule, as when the release in it has not got its listener.

        Or none of them is healthy: a way back to a slot that has died since must not stand in the next release's way.
        """
        slot = self.view.slots.get(to)
        if not any(weight for other, weight in rule.live.items() if other != to):
            return False
        if slot is None:  # it has yet to be made
            return not rule.flipped
        return groups[to].resource.name not in slot.groups or not (slot.healthy or rule.flipped)

    def _listed(self, rule: RuleView, wanted: Resource, groups: Mapping[Slot, Ref]) -> Resource:
        """The rule with its weights as they are, and every group on it, so that a service can be put behind that."""
        forward = [{"targetGroup": group, "weight": rule.live.get(slot, 0)} for slot, group in groups.items()]
        if not any(item["weight"] for item in forward):
            return keep(rule.rule)
        return replace(wanted, fields={**wanted.fields, "Forward": forward})

    def unregistered(self, slot: SlotView) -> list[Live]:
        """Target groups of a slot that its tasks are not behind, and that a former rule leads to."""
        arns = {
            item["targetGroup"]
            for live in self.view.live
            if live.id in self.view.former and live.id.kind == listener_rule.NAME
            for item in live.fields["Forward"]
        }
        return [live for live in self.view.live if live.arn in arns and live.id.name not in slot.groups]

    def loaded(self, slot: Slot) -> bool:
        """Whether any declared rule sends traffic to a slot."""
        return any(rule.live.get(slot) for rule in self.view.rules)

    def moves(self, to: Slot) -> bool:
        """Whether weights have yet to be set for all traffic to go to a slot, as far as it can go there."""
        meant = {rule.rule.id: rule.rule.tags.get(WEIGHTS) for rule in self.view.rules}
        return any(meant.get(rule.id) != rule.tags[WEIGHTS] for rule in self.moved(to) if WEIGHTS in rule.tags)

    def share(self, slot: Slot) -> int:
        """Percent of the traffic that the operator last meant a slot to have, the most of what its rules say."""
        meant = (rule.intent for rule in self.view.rules if not rule.ahead)
        return max((FULL * weights.get(slot, 0) // (sum(weights.values()) or FULL) for weights in meant), default=0)

    def returns(self, to: Slot) -> bool:
        """Whether traffic has yet to go back to a slot, or to be read back there, as far as it can go there."""
        back = solely(to)
        return self.moves(to) or any(rule.is_meant(back) and not rule.is_split(back) for rule in self.view.rules)

    def reached(self, slot: Slot) -> bool:
        """Whether any rule sends traffic to a slot, be it one that the release no longer declares."""
        groups = {live.arn for live in self.view.live if live.id.kind == target_group.NAME and live.slot == slot}
        rules = (live for live in self.view.live if live.id.kind == listener_rule.NAME)
        return any(item["weight"] for rule in rules for item in rule.fields["Forward"] if item["targetGroup"] in groups)

    def _asked(self, rule: RuleView, groups: Mapping[Slot, Ref], split: Split) -> dict[str, int]:
        """What a slot must have before its weight may rise: of what serves now its share, and one (S3)."""
        serving = [
            self.view.slots[slot].healthy if slot in self.view.slots else 0
            for slot, weight in rule.live.items()
            if weight and slot in ALL_SLOTS
        ]
        gaining = [slot for slot in groups if slot in split and (not rule.live.get(slot) or _gains(slot, rule, split))]
        arns = {live.id: live.arn for live in self.view.live}
        return {
            arns[groups[slot].resource]: part_of(max(serving), split[slot])
            for slot in gaining
            if serving and groups[slot].resource in arns
        }

    def _groups_of(self, wanted: Resource, existing: RuleView | None) -> dict[Slot, Ref]:
        """Target groups that a rule lists: those of the strategy's slots, of a former one that still runs, and of the
        one that it leads to, whether that is there or not.
        """
        workload = self.blueprint.workload
        listener = next(item for item in workload.spec.listeners if workload.hostname(item) == wanted.id.name)
        ids = {slot: target_group.resource_id(workload, listener, slot) for slot in ALL_SLOTS}
        kept = {*self.blueprint.slots, *(slot for slot in ALL_SLOTS if existing and existing.live.get(slot))}
        return {slot: Ref(owned) for slot, owned in ids.items() if slot in kept or self._has(slot, owned)}

    def _has(self, slot: Slot, group: ResourceId) -> bool:
        return slot in self.view.slots and any(live.id == group for live in self.view.live)

    def service(self, slot: Slot, **fields: Value) -> Resource:
        """A slot's ECS service as declared, with the wanted release, and `fields` laid over."""
        wanted = self.blueprint.services[slot]
        return replace(
            wanted,
            fields={**wanted.fields, **fields},
            tags={**wanted.tags, **self._lift(slot), **self._arrived(slot)},
            once=tuple(name for name in wanted.once if name not in fields),
        )

    def judged_here(self, service: Resource) -> Resource:
        """A service of which the rollout decides when it has failed: ECS going back would leave no trace of that."""
        wanted = service.fields["deploymentConfiguration"]
        if "deploymentConfiguration" in service.once:
            return service
        breaker = {**wanted.get("deploymentCircuitBreaker", {}), "rollback": False}
        configuration = {**wanted, "deploymentCircuitBreaker": breaker}
        return replace(service, fields={**service.fields, "deploymentConfiguration": configuration})

    def pinned(self, slot: SlotView, **fields: Value) -> Resource:
        """A slot's ECS service with the release it has, and only `fields` declared. At 0 its trial is over."""
        ends = fields.get("desiredCount") == 0 and Trial.of(slot.service)
        return replace(
            keep(slot.service), fields=fields, tags={**self._lift(slot.slot), **(Trial.over(self.now) if ends else {})}
        )

    def idle(self, slot: SlotView) -> Resource:
        """A slot's ECS service without tasks, if the ways in to it still are what was decided on (S6)."""
        rules = (live for live in self.view.live if live.id.kind == listener_rule.NAME)
        ways_in = tuple(rule for rule in rules if listener_rule.lists(rule.fields["Forward"], slot.service))
        return replace(self.pinned(slot, desiredCount=0), ways_in=ways_in)

    def survivor(self, slot: SlotView) -> tuple[Resource, ...]:
        """What stays as declared while a release is held back: all but the release itself."""
        count = {} if self.autoscaled else {"desiredCount": self.blueprint.workload.instances}
        failed = next((other for other in self.blueprint.slots if other != slot.slot), slot.slot)
        around = (*self._groups(failed), *self.moved(slot.slot), *self.blueprint.records)
        return (*around, self.pinned(slot, **count))

    @property
    def deadline(self) -> timedelta:
        """How long a release may take to become healthy."""
        return timedelta(seconds=self.blueprint.workload.spec.rollout.deadline)

    @property
    def autoscaled(self) -> bool:
        """Whether somebody else sets the number of tasks."""
        return "desiredCount" in self.blueprint.workload.spec.ignore

    def said(self, tag: str, since: datetime | None) -> Decision | None:
        """A person's last word of a kind on what began at a time; None once a release was taken back for it, or since.

        Or when it has yet to begin.
        """
        word, mark = self._last_word(tag), self.view.quarantine
        spent = word is None or (mark is not None and word.at <= mark.at)
        return word if word and not spent and _is_about(word, since) else None

    def _last_word(self, tag: str) -> Decision | None:
        words = (intents.decided(tag, slot.service.tags) for slot in self.view.slots.values())
        return max((word for word in words if word), key=lambda word: word.at, default=None)

    def quarantined(self, survivor: SlotView, reason: str) -> Resource:
        """The survivor of a failed release, marked with it: no sooner than a person has said so."""
        words = (self._last_word(tag) for tag in (intents.ABORTED, intents.ROLLED_BACK))
        at = max([self.now, *(word.at for word in words if word)])
        return replace(keep(survivor.service), tags=Quarantine(self.blueprint.release, at, reason).tag())

    def in_quarantine(self) -> Quarantine | None:
        """The mark that holds the wanted release back; a release that runs well, alone, has outlived its mark."""
        mark = self.view.quarantine
        if mark is None or not mark.holds(self.blueprint.release):
            return None
        active = [slot for slot in self.view.slots.values() if slot.desired]
        well = len(active) == 1 and active[0].matches and active[0].settled and active[0].healthy >= active[0].desired
        rolled_back = self._last_word(intents.ROLLED_BACK)
        return None if well and not (rolled_back and _is_about(rolled_back, active[0].began)) else mark

    def why_held_back(self) -> str:
        """What to tell of a release in quarantine."""
        mark = self.view.quarantine
        reason = mark.reason.rstrip(".") if mark else ""
        return f"release {self.blueprint.workload.version} failed: {reason}; change the spec to try again"

    def tried(self, slot: SlotView) -> Resource:
        """A slot's ECS service with a release whose task definition is nothing new, so that its time is on record."""
        service = self.service(slot.slot)
        return replace(service, tags={**service.tags, TRIED: f"{self.blueprint.release} {stamp(self.now)}"})

    def was_tried(self, slot: SlotView) -> bool:
        """Whether the wanted release was tried with a task definition that was nothing new."""
        return slot.service.tags.get(TRIED, "").partition(" ")[0] == self.blueprint.release

    def tried_since(self, slot: SlotView) -> datetime | None:
        """When the wanted release was last tried, as far as is known; None when that is not."""
        if self.was_tried(slot):
            tried = moment(slot.service.tags[TRIED].partition(" ")[2])
        elif self.registered and not slot.runs_definition:
            tried = when(self.registered.status["registered_at"])
        else:
            return None
        mark = self.view.quarantine
        return max(tried, mark.at) if mark and tried else tried

    def _lift(self, slot: Slot) -> dict[str, str]:
        view = self.view.slots.get(slot)
        mark = Quarantine.of(view.service) if view else None
        if mark is None or mark.is_lifted or self.in_quarantine():
            return {}
        return Quarantine.lifted(self.now).tag()

    def _arrived(self, slot: Slot) -> dict[str, str]:
        """The end of a slot's trial: it has all of the traffic."""
        view = self.view.slots.get(slot)
        serving = self.view.serving()
        on_trial = view is not None and serving is not None and serving.slot == slot and Trial.of(view.service)
        return Trial.over(self.now) if on_trial else {}


def _is_about(word: Decision, began: datetime | None) -> bool:
    """Whether a word was said after something had begun. Tags hold whole seconds."""
    return began is not None and word.at >= began.replace(microsecond=0)


def part_of(tasks: int, percent: int) -> int:
    """So many of the tasks carry a share of the traffic: one at least."""
    return max(1, ceil(tasks * percent / FULL))


def _gains(slot: str, rule: RuleView, split: Split) -> bool:
    """Whether a slot on trial gets more than it has."""
    return slot in rule.trial and split[slot] * sum(rule.live.values()) > rule.live[slot] * sum(split.values())


def _serving(split: Split) -> str:
    """The slot with the greatest share."""
    return max(split, key=lambda slot: split[slot])
