"""Given what a service wants, how it is and what time it is: what should exist at this moment. Pure.

`draw` asks the kinds what could be wanted, `look` reads a view off a snapshot, `next_waypoint` decides.
"""

from dataclasses import replace

from reconciler.model import HealthStatus, Phase, Resource, Snapshot, Waypoint
from reconciler.rollout import blue_green, rolling
from reconciler.rollout.assembly import AT_ONCE, Assembly
from reconciler.rollout.blueprint import Blueprint, draw
from reconciler.rollout.view import SlotView, keep, look, when
from reconciler.rollout.weights import FLIPS, MOST_FLIPS, RuleView, text

__all__ = ["Blueprint", "draw", "look", "next_waypoint", "watched", "when"]


def next_waypoint(blueprint: Blueprint, snapshot: Snapshot) -> Waypoint:
    """What should exist of a service now."""
    view = look(blueprint, snapshot)
    scene = Assembly(blueprint, view, snapshot.taken_at, snapshot.live.get(blueprint.definition.id))
    if flipped := [rule for rule in view.rules if rule.flipped]:
        return _flipped(scene, flipped)
    serving = view.serving()
    if serving is None:
        return rolling.create(scene)
    if blueprint.workload.instances == 0 and serving.slot in blueprint.slots and not scene.in_quarantine():
        return blue_green.with_idle(scene, serving, rolling.in_place(scene, serving))
    if blueprint.slots == (serving.slot,) and (not serving.matches or len(view.slots) == 1):
        return rolling.in_place(scene, serving)
    return blue_green.switch(scene, serving)


def watched(blueprint: Blueprint, snapshot: Snapshot) -> tuple[str, ...]:
    """ARNs of the target groups whose health the rollout needs: none while all is stable."""
    view = look(blueprint, snapshot)
    slots = list(view.slots.values())
    active = [slot for slot in slots if slot.desired or slot.running]
    at_rest = not active or (active == [view.serving()] and all(slot.matches and slot.settled for slot in active))
    doubted = view.quarantine is not None and view.quarantine.holds(blueprint.release)
    if at_rest and not doubted and all(_leads_to(active, rule) for rule in view.rules):
        return ()
    return tuple(group.arn for slot in slots for group in slot.groups.values())


def _leads_to(active: list[SlotView], rule: RuleView) -> bool:
    """Whether a rule is as the operator left it, and that was for what runs now."""
    return rule.as_intended and (rule.ahead or not active or rule.serving == active[0].slot)


def _flipped(scene: Assembly, rules: list[RuleView]) -> Waypoint:
    """Somebody else changed weights that the operator had set and read back: put them back, but not for ever."""
    said = "; ".join(
        f"{rule.rule.id.name} has weights {text(rule.live)}, the operator left {text(rule.intent)}" for rule in rules
    )
    flips = min(MOST_FLIPS, 1 + max(rule.flips for rule in rules))
    record = {FLIPS: f"{flips}@{scene.blueprint.release}"}
    if flips < MOST_FLIPS:
        back = (_put_back(scene, rule, record) for rule in rules)
        return scene.hold(Phase.SHIFT, HealthStatus.PROGRESSING, f"{said}; put back", *back, retry_after=AT_ONCE)
    reason = f"{said}; changed {flips} times by somebody else, so left alone: put them back or change the spec"
    marked = (replace(keep(rule.rule), tags=record) for rule in rules)
    return scene.hold(Phase.FAILED, HealthStatus.SUSPENDED, reason, *marked)


def _put_back(scene: Assembly, rule: RuleView, record: dict[str, str]) -> Resource:
    """The rule as the operator left it, the flip on record."""
    left = {slot: weight for slot, weight in rule.intent.items() if weight}
    (wanted,) = (item for item in scene.rules(left) if item.id == rule.rule.id)
    return replace(wanted, tags={**wanted.tags, **record})
