"""Statuses to tell of, in a few words."""

from dataclasses import replace
from datetime import datetime

from reconciler.clock import SteppedClock
from reconciler.model import HealthStatus, Phase, ServiceKey, SyncStatus
from reconciler.report.status import OperatorStatus, ServiceStatus

NOON = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


def clock_at_noon() -> SteppedClock:
    return SteppedClock(NOON)


def well(service: str, cluster: str = "prod") -> ServiceStatus:
    key = ServiceKey(cluster, service)
    return ServiceStatus(key, "67c9cbb", SyncStatus.SYNCED, HealthStatus.HEALTHY, Phase.STABLE, in_sync_at=NOON)


def verifying(service: str, reason: str) -> ServiceStatus:
    return replace(
        well(service),
        sync=SyncStatus.OUT_OF_SYNC,
        health=HealthStatus.PROGRESSING,
        phase=Phase.VERIFY,
        reason=reason,
        drift_fields=2,
    )


def operator(*services: ServiceStatus) -> OperatorStatus:
    """The operator at noon, when a pass that read every cluster has just ended."""
    return OperatorStatus(
        services={service.key: service for service in services},
        revision="1f2e3d4",
        revision_at=NOON,
        observed_at={service.key.cluster: NOON for service in services},
        passed_at=NOON,
        started_at=NOON,
    )
