"""From what a pass read, planned and did to what is told of it. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model import (
    Action,
    HealthStatus,
    Outcome,
    Pause,
    Phase,
    Plan,
    Result,
    ServiceKey,
    Snapshot,
    SyncStatus,
    Waypoint,
)
from reconciler.report.status import OperatorStatus, ServiceStatus
from reconciler.spec import Desired
from reconciler.spec.freeze import frozen


def summarise(
    before: OperatorStatus,
    desired: Desired,
    snapshot: Snapshot,
    plan: Plan,
    outcomes: Iterable[Outcome],
    *,
    whole: bool,
) -> OperatorStatus:
    """The status after a pass. Services that the pass did not look at keep what was told of them.

    Only a pass over everything (`whole`) can tell that a service is gone.
    """
    judge = _Judge(desired, snapshot, plan, tuple(outcomes), before.services)
    keys = {waypoint.key for waypoint in plan.waypoints} | {refusal.key for refusal in plan.refusals}
    looked_at = {key: judge.service(key) for key in keys}
    live = {workload.key for workload in desired.workloads} | {item.id.key for item in snapshot.live.values()}
    blind = {
        key: judge.unread(key)
        for key in live | set(before.services)
        if key.cluster in snapshot.failed or (desired.protects(key) and key not in looked_at)
    }
    kept = {
        key: status
        for key, status in before.services.items()
        if not whole
        or key in live
        or desired.protects(key)
        or key.cluster in snapshot.failed
        or key.cluster not in judge.read
    }
    return replace(
        before,
        services=dict(sorted({**kept, **looked_at, **blind}.items())),
        revision=desired.revision,
        spec_errors=tuple(map(str, desired.errors)),
        observed_at={**before.observed_at, **dict.fromkeys(judge.read, snapshot.taken_at)},
        pauses=_pauses(before, snapshot, looked_at, whole=whole),
        freezes=frozen(desired.clusters, snapshot.taken_at),
    )


def _pauses(
    before: OperatorStatus, snapshot: Snapshot, looked_at: Collection[ServiceKey], *, whole: bool
) -> tuple[Pause, ...]:
    """The pauses that were read, and those known before that the pass did not look at."""

    def unread(pause: Pause) -> bool:
        beside = not whole and pause.service and ServiceKey(pause.cluster, pause.service) not in looked_at
        return pause.cluster not in snapshot.infrastructure or bool(beside)

    kept = (pause for pause in before.pauses if unread(pause) and pause.holds(snapshot.taken_at))
    return tuple(sorted({*kept, *snapshot.pauses}, key=lambda pause: (pause.subject, str(pause))))


def _all_actions(plan: Plan) -> tuple[Action, ...]:
    return plan.actions + tuple(held.action for held in plan.held)


class _Judge:
    """Judges services by one pass."""

    def __init__(
        self,
        desired: Desired,
        snapshot: Snapshot,
        plan: Plan,
        outcomes: tuple[Outcome, ...],
        before: Mapping[ServiceKey, ServiceStatus],
    ) -> None:
        self._desired, self._before, self._now = desired, before, snapshot.taken_at
        self._failed = snapshot.failed
        self.read = frozenset(snapshot.infrastructure)
        self._waypoints = {waypoint.key: waypoint for waypoint in plan.waypoints}
        self._refusals = {refusal.key: refusal.reason for refusal in plan.refusals}
        self._actions = _by_key(_all_actions(plan))
        self._diverged = plan.diverged
        self._held = {held.action.id.key: held for held in reversed(plan.held)}
        self._troubles = {
            outcome.action.id.key: outcome.message
            for outcome in reversed(outcomes)
            if outcome.result not in (Result.DONE, Result.SKIPPED)
        }

    def service(self, key: ServiceKey) -> ServiceStatus:
        """A service that the pass looked at."""
        waypoint = self._waypoints.get(key)
        held = self._held.get(key)
        trouble = self._refusals.get(key) or self._troubles.get(key) or (held.why if held else "")
        actions = self._actions.get(key, ())
        synced = waypoint is not None and waypoint.phase is Phase.STABLE and not actions and not trouble
        return ServiceStatus(
            key,
            waypoint.version if waypoint else "",
            SyncStatus.SYNCED if synced else SyncStatus.OUT_OF_SYNC,
            self._health(waypoint, refused=key in self._refusals),
            waypoint.phase if waypoint else Phase.FAILED,
            trouble or (waypoint.reason if waypoint else ""),
            sum(max(1, len(action.changes)) for action in actions),
            self._now if synced else self._in_sync_at(key),
            Counter(owned.kind for owned in {action.id for action in actions}),
            self._diverged.get(key, ""),
            held.policy if held else None,
            waypoint.colours if waypoint else (),
        )

    def _health(self, waypoint: Waypoint | None, *, refused: bool) -> HealthStatus:
        if waypoint is None:
            return HealthStatus.UNKNOWN
        if refused and waypoint.health is HealthStatus.PROGRESSING:
            return HealthStatus.DEGRADED
        return waypoint.health

    def unread(self, key: ServiceKey) -> ServiceStatus:
        """A service that could not be judged: its cluster was not read, or its files are broken."""
        known = self._before.get(key)
        reason = self._failed.get(key.cluster, "")
        if not reason:
            about = (error for error in self._desired.errors if f"/{key.service}/" in error.path)
            errors = (str(error) for error in about if error.cluster in ("", key.cluster))
            reason = "left as it is: " + (next(errors, "") or f"a file of cluster {key.cluster} is not right")
        phase = known.phase if known else Phase.UNKNOWN
        version = known.version if known else ""
        return ServiceStatus(
            key, version, SyncStatus.UNKNOWN, HealthStatus.UNKNOWN, phase, reason, in_sync_at=self._in_sync_at(key)
        )

    def _in_sync_at(self, key: ServiceKey) -> datetime | None:
        known = self._before.get(key)
        return known.in_sync_at if known else None


def _by_key(actions: Iterable[Action]) -> Mapping[ServiceKey, tuple[Action, ...]]:
    grouped: dict[ServiceKey, tuple[Action, ...]] = {}
    for action in actions:
        grouped[action.id.key] = (*grouped.get(action.id.key, ()), action)
    return grouped
