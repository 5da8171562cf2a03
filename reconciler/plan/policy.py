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
)
from reconciler.plan.lineage import Applied, Lineage, diverged
from reconciler.plan.tally import Tally, changed_services, pruned_services
from reconciler.settings import BrakeSettings

FEW = 5
"""So many services may always be changed at once: a share says little of a small installation."""
_ALL = 100
_UNDER_WAY = (Phase.VERIFY, Phase.CANARY, Phase.SHIFT, Phase.BAKE, Phase.RETIRE, Phase.ROLLBACK)
"""Phases of a rollout that is past its beginning: it ends, one way or the other."""


@dataclass(frozen=True, slots=True)
class Brakes:
    """What the policies know beyond the plan.

    `read` are the services that the pass looked at (None: all), `owned` those that exist, `seen` the removals that an
    earlier whole pass wanted too (None: do not ask), `confirmed` what people have confirmed, by cluster, `tally` what
    earlier passes have found of the revision, `wanted` the number of good services in git, `within_reach` of these the
    number in clusters that could be read, `operator` the name of the operator's own service, `lineage` where the
    revision comes from, `applied` the commit that each service was last changed by, `pauses` and `freezes` those in
    force, `limits` how much may change unconfirmed.
    """

    read: frozenset[ServiceKey] | None = None
    owned: frozenset[ServiceKey] = frozenset()
    seen: frozenset[ResourceId] | None = frozenset()
    confirmed: Mapping[str, Confirmation] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    wanted: int = 0
    within_reach: int = 0
    operator: str = ""
    lineage: Lineage = field(default_factory=Lineage)
    applied: Mapping[ServiceKey, Applied] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    limits: BrakeSettings = field(default_factory=BrakeSettings)

    def confirms(self, cluster: str, revision: str) -> bool:
        """Whether a person has said that a revision is meant for a cluster."""
        confirmation = self.confirmed.get(cluster)
        return confirmation is not None and intents.names(confirmation.revision, revision)

    def unconfirmed(self, keys: Collection[ServiceKey], revision: str) -> frozenset[ServiceKey]:
        """Of services that a brake is about, those that wait: nobody has confirmed the revision, and none is begun."""
        return frozenset(key for key in keys if not self.confirms(key.cluster, revision)) - self.tally.begun

    def objection(
        self, revision: str, done: str, counted: Collection[ServiceKey], among: int, share: int, least: int
    ) -> str:
        """Why a person is asked before so many services are changed or removed; empty if nobody is.

        A confirmation for some clusters says that the revision is a large one: what it has done there can't be counted
        any more after a restart, so the others wait for theirs until all is known to be done.
        """
        most = max(least, among * share // 100)
        if len(counted) > most:
            why = f"{len(counted)} of {among} services would be {done} by one revision, the most is {most}"
        elif share < _ALL and self.tally.is_confirmed_in_part(revision, self.confirmed):
            why = "the revision was confirmed for other clusters alone"
        else:
            return ""
        return f"{why}; {_if_meant(revision)}"


def hold_back(plan: Plan, brakes: Brakes) -> Plan:
    """The plan with every policy applied."""
    plan = _heed_pauses(plan, brakes)
    plan = _heed_freezes(plan, brakes)
    plan = _spare_the_operator(plan, brakes)
    plan = _keep_to_history(plan, brakes)
    plan = _keep_all_when_nothing_is_desired(plan, brakes)
    plan = _brake_on_prunes(plan, brakes)
    plan = _brake_on_changes(plan, brakes)
    plan = _wait_for_a_whole_pass(plan, brakes)
    return _wait_for_a_second_reading(plan, brakes)


def _heed_pauses(plan: Plan, brakes: Brakes) -> Plan:
    """What is paused is left exactly as it is, in the middle of a rollout as well (S18)."""
    for pause in brakes.pauses:
        plan = _leave_alone(plan, Policy.PAUSED, str(pause), pause.covers)
    return plan


def _heed_freezes(plan: Plan, brakes: Brakes) -> Plan:
    """In a frozen cluster nothing begins; a rollout that is under way goes to its end, or back.

    A release that was pushed in the middle of one takes its place: held, it would leave the one before it with the
    traffic, and nobody to take it back when it fails.
    """
    under_way = frozenset(item.key for item in plan.waypoints if item.phase in _UNDER_WAY or item.interrupts)
    for freeze in brakes.freezes:
        plan = _hold(plan, Policy.FROZEN, str(freeze), partial(_is_frozen, freeze, under_way))
    return plan


def _is_frozen(freeze: Freeze, under_way: Collection[ServiceKey], action: Action) -> bool:
    return action.id.key.cluster == freeze.cluster and action.id.key not in under_way


def _spare_the_operator(plan: Plan, brakes: Brakes) -> Plan:
    """The operator never makes, changes, scales or deletes its own service (S2)."""
    why = "this is the operator's own service, which it never touches: take it out of desired/, and deploy it by itself"
    return _leave_alone(plan, Policy.OWN_SERVICE, why, lambda key: key.service == brakes.operator)


def _keep_to_history(plan: Plan, brakes: Brakes) -> Plan:
    """A revision that does not descend from what was applied to a service changes nothing of it, unless told (S13)."""
    keys = {waypoint.key for waypoint in plan.waypoints} | {action.giver for action in plan.actions if action.giver}
    lost = diverged(keys, brakes.lineage, brakes.applied, brakes.confirmed)
    for commit in sorted(set(lost.values())):
        why = (
            f"history was rewritten: {intents.short(commit)} was applied and did not lead to "
            f"{intents.short(plan.revision)}; push what descends from it, or {_if_meant(plan.revision)}"
        )
        gone = {key for key, last in lost.items() if last == commit}
        plan = _leave_alone(plan, Policy.REWRITTEN_HISTORY, why, gone.__contains__)
    return replace(plan, diverged=lost)


def _keep_all_when_nothing_is_desired(plan: Plan, brakes: Brakes) -> Plan:
    """An empty `desired/`, or one in which nothing is right, deletes nothing (S10)."""
    if brakes.wanted:
        return plan
    why = "desired/ holds no service that can be read: an empty directory deletes nothing"
    return _hold(plan, Policy.NOTHING_DESIRED, why, lambda action: action.prunes)


def _brake_on_prunes(plan: Plan, brakes: Brakes) -> Plan:
    """More than one and more than a share of the owned services at once wait for a person (S10)."""
    pruned, tally = pruned_services(plan), brakes.tally
    counted = tally.removed | pruned  # with what an earlier revision has begun to remove: it goes in the same pass
    why = brakes.objection(plan.revision, "removed", counted, len(brakes.owned | counted), brakes.limits.prunes, 1)
    held = brakes.unconfirmed(pruned, plan.revision) if why else frozenset()
    plan = _hold(plan, Policy.PRUNE_BRAKE, why, lambda action: action.prunes and action.id.key in held)
    return _spare_records(plan, Policy.PRUNE_BRAKE, why, held.__contains__)


def _brake_on_changes(plan: Plan, brakes: Brakes) -> Plan:
    """A revision that changes more than a few and more than a share of the services waits for a person, whole."""
    changed, tally = changed_services(plan), brakes.tally
    counted = tally.changed | changed - tally.former
    why = brakes.objection(plan.revision, "changed", counted, brakes.within_reach, brakes.limits.changes, FEW)
    held = brakes.unconfirmed(changed, plan.revision) if why else frozenset()
    return _leave_alone(plan, Policy.CHANGE_BRAKE, why, held.__contains__)


def _if_meant(revision: str) -> str:
    return f"if that is meant: reconciler confirm {intents.short(revision)}"


def _wait_for_a_whole_pass(plan: Plan, brakes: Brakes) -> Plan:
    """A record is taken over by a pass that has read its owner too: only that knows whether the owner is paused."""
    read = brakes.read
    if read is None:
        return plan
    why = "a pass over everything decides"
    return _spare_records(plan, Policy.SECOND_READING, why, lambda giver: giver not in read)


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
    return _spare_records(plan, policy, why, covers)


def _spare_records(plan: Plan, policy: Policy, why: str, covers: Callable[[ServiceKey], bool]) -> Plan:
    """No record of some services is taken over."""
    for action in plan.actions:
        if action.giver and covers(action.giver):
            plan = _hold(plan, policy, f"{action.id.name} is {action.giver}'s still: {why}", action.__eq__)
    return plan


def _hold(plan: Plan, policy: Policy, why: str, which: Callable[[Action], bool]) -> Plan:
    held = tuple(Held(action, policy, why) for action in plan.actions if which(action))
    rest = tuple(action for action in plan.actions if not which(action))
    return replace(plan, actions=rest, held=plan.held + held)
