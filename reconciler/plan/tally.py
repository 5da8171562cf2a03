"""What passes have found of one revision so far: a brake judges all that it does, and each pass sees a part. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler import intents
from reconciler.model import Confirmation, Phase, Plan, Policy, ServiceKey, Verb

_CHANGING = (Phase.STABLE, Phase.ROLLING, Phase.STAND_UP)
"""Phases in which what is written is a change to a service that is there, and begins with it."""
_JUDGED = (Policy.CHANGE_BRAKE, Policy.SECOND_READING)
"""Policies whose holding back leaves an action in the count: all others were asked before."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The services that one revision was found to change and to remove, by the passes up to now.

    `begun` are those that a pass was let write to, and that are not done: they go to their end. `former` are those of
    them that were begun under an earlier revision, which asked the same of them: they do not count for this one.
    `settled` says that a whole pass has found nothing left to do, `in_part` that a person was seen to have confirmed
    the revision for some cluster.
    """

    changed: frozenset[ServiceKey] = frozenset()
    removed: frozenset[ServiceKey] = frozenset()
    begun: frozenset[ServiceKey] = frozenset()
    former: frozenset[ServiceKey] = frozenset()
    settled: bool = False
    in_part: bool = False

    def followed_by(self, asks_the_same: Callable[[ServiceKey], bool]) -> "Tally":
        """The tally that the next revision begins with, which may ask of a service what this one did."""
        begun = frozenset(key for key in self.begun if asks_the_same(key))
        return Tally(begun=begun, former=begun)

    def is_confirmed_in_part(self, revision: str, confirmed: Mapping[str, Confirmation]) -> bool:
        """Whether a person has confirmed the revision for some cluster, and it is not all done."""
        told = any(intents.names(confirmation.revision, revision) for confirmation in confirmed.values())
        return not self.settled and (self.in_part or told)

    def with_pass(
        self, plan: Plan, tried: frozenset[ServiceKey], confirmed: Mapping[str, Confirmation], *, complete: bool
    ) -> "Tally":
        """The tally after a pass, with what its policies held and the services that it `tried` to write to.

        A `complete` pass has read everything. One that has nothing to do, nor to hold or to refuse, closes the account:
        what drifts later is counted anew.
        """
        changed, removed = changed_services(plan), pruned_services(plan)
        if complete and not (changed or removed or plan.held or plan.refusals):
            return Tally(settled=True)
        begun = self.begun | tried & (changed | removed)
        if complete:
            begun &= changed | removed
        former = self.former & begun
        return Tally(
            self.changed | changed - former,
            self.removed | removed - former,
            begun,
            former,
            self.settled,
            self.is_confirmed_in_part(plan.revision, confirmed),
        )


def changed_services(plan: Plan) -> frozenset[ServiceKey]:
    """Services that are there and would be made different, but for those that a pause, a freeze or the like holds.

    Not those that are created or removed, nor a rollout that is under way, nor a change of the operator's tags alone.
    """
    changing = {waypoint.key for waypoint in plan.waypoints if waypoint.phase in _CHANGING}
    actions = (*plan.actions, *(held.action for held in plan.held if held.policy in _JUDGED))
    return frozenset(action.id.key for action in actions if action.verb is not Verb.TAG) & changing


def pruned_services(plan: Plan) -> frozenset[ServiceKey]:
    """Services that are to go as a whole."""
    return frozenset(waypoint.key for waypoint in plan.waypoints if waypoint.phase is Phase.PRUNE)
