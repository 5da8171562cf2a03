"""Policies: Plan in, Plan out. They only ever hold actions back, and say why."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from reconciler import intents
from reconciler.model import (
    Action,
    Confirmation,
    Freeze,
    Held,
    Pause,
    Phase,
    Plan,
    Policy,
    ResourceId,
    ServiceKey,
    Verb,
)
from reconciler.plan.lineage import Applied, Lineage, diverged
from reconciler.settings import BrakeSettings

FEW = 5
"""So many services may always be changed at once: a share says little of a small installation."""
_UNDER_WAY = (Phase.VERIFY, Phase.SHIFT, Phase.BAKE, Phase.RETIRE, Phase.ROLLBACK)
"""Phases of a rollout that is past its beginning: it ends, one way or the other."""
_CHANGING = (Phase.STABLE, Phase.ROLLING, Phase.STAND_UP)
"""Phases in which what is written is a change to a service that is there, and begins with it."""


@dataclass(frozen=True, slots=True)
class Brakes:
    """What the policies know beyond the plan.

    `owned` are the services that exist, `seen` the removals that an earlier whole pass wanted too (None: do not ask),
    `confirmed` what people have confirmed, by cluster, `removing` the services whose removal has begun,
    `wanted` the number of services that git has, `within_reach` of these the number in clusters that could be read,
    `operator` the name of the operator's own service, `lineage` where the revision comes from, `applied` the commit
    that each service was last changed by, `pauses` and `freezes` those in force, `braked` the revision that an earlier
    pass found to change too much, `limits` how much may change unconfirmed.
    """

    owned: frozenset[ServiceKey] = frozenset()
    seen: frozenset[ResourceId] | None = frozenset()
    confirmed: Mapping[str, Confirmation] = field(default_factory=dict)
    removing: frozenset[ServiceKey] = frozenset()
    wanted: int = 0
    within_reach: int = 0
    operator: str = ""
    lineage: Lineage = field(default_factory=Lineage)
    applied: Mapping[ServiceKey, Applied] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    braked: str = ""
    limits: BrakeSettings = field(default_factory=BrakeSettings)

    def confirms(self, key: ServiceKey, revision: str) -> bool:
        """Whether a person has said that a revision is meant for a service's cluster."""
        confirmation = self.confirmed.get(key.cluster)
        return confirmation is not None and intents.names(confirmation.revision, revision)


def hold_back(plan: Plan, brakes: Brakes) -> Plan:
    """The plan with every policy applied."""
    plan = _heed_pauses(plan, brakes)
    plan = _heed_freezes(plan, brakes)
    plan = _spare_the_operator(plan, brakes)
    plan = _keep_to_history(plan, brakes)
    plan = _keep_all_when_nothing_is_desired(plan, brakes)
    plan = _brake_on_prunes(plan, brakes)
    plan = _brake_on_changes(plan, brakes)
    return _wait_for_a_second_reading(plan, brakes)


def _heed_pauses(plan: Plan, brakes: Brakes) -> Plan:
    """What is paused is left exactly as it is, in the middle of a rollout as well (S18)."""
    for pause in brakes.pauses:
        plan = _leave_alone(plan, Policy.PAUSED, str(pause), pause.covers)
    return plan


def _heed_freezes(plan: Plan, brakes: Brakes) -> Plan:
    """In a frozen cluster nothing begins; a rollout that is under way goes to its end, or back."""
    under_way = frozenset(waypoint.key for waypoint in plan.waypoints if waypoint.phase in _UNDER_WAY)
    for freeze in brakes.freezes:
        plan = _hold(plan, Policy.FROZEN, str(freeze), partial(_is_frozen, freeze, under_way))
    return plan


def _is_frozen(freeze: Freeze, under_way: Collection[ServiceKey], action: Action) -> bool:
    return action.id.key.cluster == freeze.cluster and action.id.key not in under_way


def _spare_the_operator(plan: Plan, brakes: Brakes) -> Plan:
    """The operator never deletes or scales down its own service (S2)."""
    why = "this is the operator's own service: it never deletes or scales down itself; do that by hand"
    return _hold(
        plan, Policy.OWN_SERVICE, why, lambda action: action.id.key.service == brakes.operator and _shrinks(action)
    )


def _shrinks(action: Action) -> bool:
    counts = (change for change in action.changes if change.path == "desiredCount")
    return action.prunes or any(change.live is not None and change.want < change.live for change in counts)


def _keep_to_history(plan: Plan, brakes: Brakes) -> Plan:
    """A revision that does not descend from what was applied to a service changes nothing of it, unless told (S13)."""
    keys = {waypoint.key for waypoint in plan.waypoints} | {action.giver for action in plan.actions if action.giver}
    lost = diverged(keys, brakes.lineage, brakes.applied, brakes.confirmed)
    for commit in sorted(set(lost.values())):
        why = (
            f"history was rewritten: {intents.short(commit)} was applied and did not lead to "
            f"{intents.short(plan.revision)}; push what descends from it, or {_if_meant(plan)}"
        )
        gone = {key for key, last in lost.items() if last == commit}
        plan = _leave_alone(plan, Policy.REWRITTEN_HISTORY, why, gone.__contains__)
    return replace(plan, diverged=lost)


def _keep_all_when_nothing_is_desired(plan: Plan, brakes: Brakes) -> Plan:
    """An empty `desired/` deletes nothing (S10)."""
    if brakes.wanted:
        return plan
    why = "desired/ holds no service: an empty directory deletes nothing"
    return _hold(plan, Policy.NOTHING_DESIRED, why, lambda action: action.prunes)


def _brake_on_prunes(plan: Plan, brakes: Brakes) -> Plan:
    """More than one and more than a share of the owned services at once wait for a person (S10)."""
    pruned = _unconfirmed(pruned_services(plan) - brakes.removing, plan, brakes)
    most = max(1, len(brakes.owned) * brakes.limits.prunes // 100)
    if len(pruned) <= most:
        return plan
    why = (
        f"{len(pruned)} of {len(brakes.owned)} services would be removed in one pass, the most is {most}; "
        f"{_if_meant(plan)}"
    )
    return _hold(plan, Policy.PRUNE_BRAKE, why, lambda action: action.prunes and action.id.key in pruned)


def pruned_services(plan: Plan) -> frozenset[ServiceKey]:
    """Services that are to go as a whole."""
    return frozenset(waypoint.key for waypoint in plan.waypoints if waypoint.phase is Phase.PRUNE)


def _brake_on_changes(plan: Plan, brakes: Brakes) -> Plan:
    """A revision that changes more than a few and more than a share of the services waits for a person, whole.

    Each pass judges what it sees, and a pass over some services sees less: what was once found to be too much stays
    so (`braked`).
    """
    changed = _unconfirmed(changed_services(plan), plan, brakes)
    most = max(FEW, brakes.within_reach * brakes.limits.changes // 100)
    if len(changed) > most:
        why = f"{len(changed)} of {brakes.within_reach} services would be changed by one revision, the most is {most}"
    elif brakes.braked == plan.revision:
        why = f"part of a revision that changes more services at once than the most, which is {most}"
    else:
        return plan
    return _leave_alone(plan, Policy.CHANGE_BRAKE, f"{why}; {_if_meant(plan)}", changed.__contains__)


def changed_services(plan: Plan) -> frozenset[ServiceKey]:
    """Services that are there and would be made different, whatever holds that back already.

    Not those that are created or removed, nor a rollout that is under way, nor a change of the operator's tags alone.
    """
    changing = {waypoint.key for waypoint in plan.waypoints if waypoint.phase in _CHANGING}
    actions = (*plan.actions, *(held.action for held in plan.held))
    return frozenset(action.id.key for action in actions if action.verb is not Verb.TAG) & changing


def _unconfirmed(keys: Collection[ServiceKey], plan: Plan, brakes: Brakes) -> frozenset[ServiceKey]:
    """Of services that a brake is about, those for which nobody has confirmed the revision."""
    return frozenset(key for key in keys if not brakes.confirms(key, plan.revision))


def _if_meant(plan: Plan) -> str:
    return f"if that is meant: reconciler confirm {intents.short(plan.revision)}"


def _wait_for_a_second_reading(plan: Plan, brakes: Brakes) -> Plan:
    """A removal takes two whole readings that agree, a pass apart (S12)."""
    seen = brakes.seen
    if seen is None:
        return plan
    why = "a removal waits for a second reading that agrees"
    return _hold(plan, Policy.SECOND_READING, why, lambda action: action.prunes and action.id not in seen)


def _leave_alone(plan: Plan, policy: Policy, why: str, covers: Callable[[ServiceKey], bool]) -> Plan:
    """Nothing of some services is written, and none of their records is taken over."""
    plan = _hold(plan, policy, why, lambda action: covers(action.id.key))
    for action in plan.actions:
        if action.giver and covers(action.giver):
            plan = _hold(plan, policy, f"{action.id.name} is {action.giver}'s still: {why}", action.__eq__)
    return plan


def _hold(plan: Plan, policy: Policy, why: str, which: Callable[[Action], bool]) -> Plan:
    held = tuple(Held(action, policy, why) for action in plan.actions if which(action))
    rest = tuple(action for action in plan.actions if not which(action))
    return replace(plan, actions=rest, held=plan.held + held)
