"""What is told of each service and of the operator as a whole: the one source of metrics, HTTP, log and `status`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model import Colour, Freeze, HealthStatus, Leadership, Pause, Phase, Policy, ServiceKey, SyncStatus


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service in one cluster, at the end of a pass.

    `drift_fields` counts declared fields that are not as wanted, a missing resource counting as one; `drifted` counts
    resources that are not as wanted, by kind; `in_sync_at` is when the service was last seen in sync; `diverged_from`
    is the commit that was applied to it and that the revision in force does not descend from; `held_by` is what holds
    something of it back; `colours` are its ECS services.
    """

    key: ServiceKey
    version: str
    sync: SyncStatus
    health: HealthStatus
    phase: Phase
    reason: str = ""
    drift_fields: int = 0
    in_sync_at: datetime | None = None
    drifted: Mapping[str, int] = field(default_factory=dict)
    diverged_from: str = ""
    held_by: Policy | None = None
    colours: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorStatus:
    """The operator at the end of a pass.

    `observed_at` is the last time each cluster was read whole; `passed_at` the end of the last pass in which nothing
    failed for the operator's own reasons. A replica that follows tells of no service: its leader does.
    """

    services: Mapping[ServiceKey, ServiceStatus] = field(default_factory=dict)
    revision: str = ""
    revision_at: datetime | None = None
    spec_errors: tuple[str, ...] = ()
    source_error: str = ""
    observed_at: Mapping[str, datetime] = field(default_factory=dict)
    passed_at: datetime | None = None
    started_at: datetime | None = None
    leadership: Leadership = field(default_factory=Leadership)
    pauses: tuple[Pause, ...] = ()
    freezes: tuple[Freeze, ...] = ()

    def standstills(self) -> tuple[Pause | Freeze, ...]:
        """What people have paused or frozen."""
        return *self.pauses, *self.freezes

    def ends(self) -> Iterator[datetime]:
        """When a pause or a freeze ends by itself."""
        yield from (standstill.until for standstill in self.standstills() if standstill.until)
