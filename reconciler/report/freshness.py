"""What is too old to be told as true. A status that nobody renews must never go on saying "in sync"."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.model import HealthStatus, SyncStatus
from reconciler.report.status import OperatorStatus, ServiceStatus


def observe_ages(status: OperatorStatus, now: datetime, since: datetime) -> Mapping[str, float]:
    """Seconds since each cluster was last read whole; since the operator's start for one that never was.

    `since` stands in for a start that the status does not tell.
    """
    clusters = {key.cluster for key in status.services} | status.observed_at.keys()
    start = status.started_at or since
    return {
        cluster: max(0.0, (now - status.observed_at.get(cluster, start)).total_seconds())
        for cluster in sorted(clusters)
    }


def known(status: OperatorStatus, now: datetime, stale_after: float) -> OperatorStatus:
    """The status as far as it can still be vouched for.

    Services of a cluster not read whole within `stale_after` seconds are Unknown.
    """
    fresh = {cluster for cluster, moment in status.observed_at.items() if (now - moment).total_seconds() <= stale_after}
    return replace(
        status,
        services={
            key: service if key.cluster in fresh else _unknown(service, status.observed_at.get(key.cluster))
            for key, service in status.services.items()
        },
    )


def _unknown(service: ServiceStatus, observed_at: datetime | None) -> ServiceStatus:
    reason = f"not observed since {observed_at:%Y-%m-%dT%H:%M:%SZ}" if observed_at else "not observed yet"
    return replace(service, sync=SyncStatus.UNKNOWN, health=HealthStatus.UNKNOWN, reason=reason)
