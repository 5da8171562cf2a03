"""How an operator comes to rest when nothing goes wrong any more."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from reconciler.loop import Pass
from reconciler.model import Phase, Result, ServiceKey
from tests.loop.harness import Stage

PASSES_OF_A_PHASE = 5
"""So many passes at most write in one phase of a service's way to its rest."""
PASSES_OF_A_REMOVAL = 9
"""Each of a service's ECS services takes two: to 0, and away. Before them go its ways in, after them its groups."""
LONGEST_WAIT = timedelta(minutes=6)
"""No service waits longer for anything: for its deadline, after drain and bake."""
A_SWEEP = timedelta(minutes=1)
"""In so much time everything is looked at: what some services do in between says nothing of leftovers."""
_REMOVING = (Phase.PRUNE, Phase.STABLE)
"""In the latter goes what a former strategy has left."""
_MOST = 500


@dataclass
class Rest:
    """Hears of each pass, and tells when everything has come to rest: is well or has failed, and waits for nothing."""

    stage: Stage
    quiet_since: datetime
    wrote: Counter[tuple[ServiceKey, Phase]] = field(default_factory=Counter)
    passes: int = 0
    quiet: int = 0

    def __call__(self, done: Pass) -> bool:
        """Whether it has."""
        self.passes += 1
        phases = {waypoint.key: waypoint.phase for waypoint in done.plan.waypoints}
        written = {outcome.action.id.key for outcome in done.outcomes if outcome.result is Result.DONE}
        self.wrote.update((key, phases[key]) for key in written)
        for (key, phase), passes in self.wrote.items():
            most = PASSES_OF_A_REMOVAL if phase in _REMOVING else PASSES_OF_A_PHASE
            assert passes <= most, f"{passes} passes write in {key}'s {phase}:\n{self.stage.report()}"
        assert self.passes <= _MOST, f"never at rest:\n{self.stage.report()}"
        now = self.stage.clock.now()
        if written or done.plan.held or done.unread:
            self.quiet, self.quiet_since = 0, now
            return False
        self.quiet += 1
        least = LONGEST_WAIT if troubled(self.stage) else A_SWEEP
        return self.quiet > 1 and bool(self.stage.loop.status.services) and now - self.quiet_since > least


def come_to_rest(stage: Stage) -> None:
    """Let the operator work by its own agenda until it rests."""
    stage.commit()
    stage.loop.run(Event(), until=Rest(stage, stage.clock.now()))


def troubled(stage: Stage) -> set[str]:
    """The services that are neither in sync and well nor told to have failed."""
    services = stage.loop.status.services
    return {key.service for key in services if not stage.is_well(key.cluster, key.service)} - failed(stage)


def failed(stage: Stage) -> set[str]:
    """The services whose release is told to have failed."""
    return {key.service for key, status in stage.loop.status.services.items() if status.phase is Phase.FAILED}
