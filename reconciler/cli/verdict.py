"""When `apply` is done, and how it ends. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from reconciler.cli.options import BAD_SPEC, FAILURE, ROLLOUT_FAILED
from reconciler.loop import Pass
from reconciler.model import HealthStatus, Phase, Policy, Result, ServiceKey, SyncStatus
from reconciler.report.status import ServiceStatus

_AT_REST = (HealthStatus.HEALTHY, HealthStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The exit code once nothing more will happen by itself; None while something is still on its way.

    `stuck` are services that wait for a person: refused, held back, or in a cluster that can't be read. A pass that
    does not look at a service leaves it among them.
    """

    code: int | None = None
    stuck: frozenset[ServiceKey] = frozenset()

    def after(self, done: Pass) -> Self:
        """The verdict after one more pass."""
        unread = {key for key in done.status.services if key.cluster in done.unread}
        looked_at = {waypoint.key for waypoint in done.plan.waypoints} | unread
        stuck = (self.stuck - looked_at) | unread | frozenset(_stuck(done))
        return type(self)(_gravest(done, stuck), stuck)


def _stuck(done: Pass) -> Iterator[ServiceKey]:
    yield from (refusal.key for refusal in done.plan.refusals)
    yield from (outcome.action.id.key for outcome in done.outcomes if outcome.result is Result.REFUSED)
    yield from (held.action.id.key for held in done.plan.held if held.policy is not Policy.SECOND_READING)


def _gravest(done: Pass, stuck: frozenset[ServiceKey]) -> int | None:
    """The gravest code of all services, once each of them has one."""
    codes = {FAILURE if key in stuck else _code(status) for key, status in done.status.services.items()}
    if None in codes:
        return None
    if done.unread:
        codes.add(FAILURE)
    if done.status.spec_errors:
        codes.add(BAD_SPEC)
    return next((code for code in (ROLLOUT_FAILED, FAILURE, BAD_SPEC) if code in codes), 0)


def _code(status: ServiceStatus) -> int | None:
    if status.sync is SyncStatus.UNKNOWN:
        return BAD_SPEC
    if is_done(status):
        return 0
    return ROLLOUT_FAILED if status.phase is Phase.FAILED else None


def is_done(status: ServiceStatus) -> bool:
    """Whether the service is as git says, and well."""
    return status.sync is SyncStatus.SYNCED and status.health in _AT_REST
