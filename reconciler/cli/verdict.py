"""When `apply` is done, and how it ends. Pure."""

from collections.abc import Iterator

from reconciler.cli.options import BAD_SPEC, FAILURE, ROLLOUT_FAILED
from reconciler.loop import Pass
from reconciler.model import HealthStatus, Phase, Policy, Result, SyncStatus
from reconciler.report.status import ServiceStatus

_AT_REST = (HealthStatus.HEALTHY, HealthStatus.SUSPENDED)


def verdict(done: Pass) -> int | None:
    """The exit code once nothing more will happen by itself; None while something is still on its way.

    What is at rest and not in sync has ended badly: the gravest code of all services counts.
    """
    codes = set(_codes(done))
    if None in codes:
        return None
    if done.status.spec_errors:
        codes.add(BAD_SPEC)
    return next((code for code in (ROLLOUT_FAILED, FAILURE, BAD_SPEC) if code in codes), 0)


def _codes(done: Pass) -> Iterator[int | None]:
    refused = {refusal.key for refusal in done.plan.refusals}
    refused |= {outcome.action.id.key for outcome in done.outcomes if outcome.result is Result.REFUSED}
    braked = {held.action.id.key for held in done.plan.held if held.policy is not Policy.SECOND_READING}
    for key, status in done.status.services.items():
        if key in refused | braked:
            yield FAILURE
        elif status.sync is SyncStatus.UNKNOWN:
            yield BAD_SPEC if done.status.spec_errors else FAILURE
        else:
            yield _code(status)


def _code(status: ServiceStatus) -> int | None:
    if status.sync is SyncStatus.SYNCED and status.health in _AT_REST:
        return 0
    return ROLLOUT_FAILED if status.phase is Phase.FAILED else None
