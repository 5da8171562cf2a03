"""Prometheus metrics: what is true now, computed at each scrape, and what has happened, counted by the loop.

What is told of a service is at most five series, and a service that is gone is gone from the next scrape.
What is not known is not exported at all: an absent series raises no false "0 fields differ".
"""

import platform
from collections import Counter as Counted
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from reconciler.aws import Traffic
from reconciler.clock import Clock
from reconciler.kinds import KINDS
from reconciler.model import Leadership, SyncStatus
from reconciler.report.freshness import known, observe_ages
from reconciler.report.status import OperatorStatus, ServiceStatus

_SERVICE = ("cluster", "service")
_PASS_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_CONVERGENCE_BUCKETS = (1, 5, 10, 30, 60, 120, 300, 600, 900, 1200, 1800, 2700, 3600)
_CALL_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Everything that Prometheus can ask. Holds a registry of its own, so two of them never meet.

    Services of a cluster that was not read whole for `stale_after` seconds are exported as Unknown.
    """

    def __init__(self, clock: Clock, version: str, stale_after: float) -> None:
        # A `_created` beside each counter would double the series and says nothing here.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._status = _StatusCollector(clock, stale_after)
        self.registry.register(self._status)
        Info("reconciler_build", "Version of the operator and of its Python.", registry=self.registry).info(
            {"version": version, "python": platform.python_version()}
        )
        self._passes = self._counter("reconcile", "Passes of the loop.", "result")
        self._changes = self._counter("changes", "Writes to AWS by their result.", "kind", "action", "result")
        self._calls = self._counter("aws_requests", "Attempts at AWS calls.", "service", "operation", "code")
        self._webhooks = self._counter("webhook_requests", "Requests to the webhook.", "result")
        self._pass_seconds = self._histogram("reconcile", "Duration of a pass.", _PASS_BUCKETS)
        self._convergence_seconds = self._histogram(
            "convergence", "Time from a service's going out of sync to its being in sync again.", _CONVERGENCE_BUCKETS
        )
        self._call_seconds = self._histogram(
            "aws_request", "Duration of an attempt at an AWS call.", _CALL_BUCKETS, "service", "operation"
        )

    def publish(self, status: OperatorStatus) -> None:
        """Tell the status at the end of a pass; it replaces the last one."""
        self._status.latest = status

    def lead(self, leadership: Leadership) -> None:
        """Tell whether this replica leads. One that does not tells of no service, nor later of what it once knew."""
        self._status.leadership = leadership
        if not leadership.leads:
            self._status.latest = OperatorStatus()

    def record_pass(self, result: str, seconds: float) -> None:
        """Count one pass of the loop."""
        self._passes.labels(result).inc()
        self._pass_seconds.observe(seconds)

    def record_webhook(self, result: str) -> None:
        """Count one request to the webhook: `accepted` or `refused`."""
        self._webhooks.labels(result).inc()

    def record_convergence(self, seconds: float) -> None:
        """Count one service that came into sync, and how long that took."""
        self._convergence_seconds.observe(seconds)

    def record_change(self, kind: str, action: str, result: str) -> None:
        """Count one write: the resource's kind, the verb, and how it ended."""
        self._changes.labels(kind, action, result).inc()

    def record_call(self, traffic: Traffic) -> None:
        """Count one attempt at an AWS call."""
        self._calls.labels(traffic.service, traffic.operation, traffic.code).inc()
        self._call_seconds.labels(traffic.service, traffic.operation).observe(traffic.seconds)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"reconciler_{name}_total", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        name = f"reconciler_{name}_duration_seconds"
        return Histogram(name, about, labels, registry=self.registry, buckets=buckets)


class _StatusCollector(Collector):
    """The latest status as gauges, judged by the clock of the moment it is scraped."""

    def __init__(self, clock: Clock, stale_after: float) -> None:
        self._clock, self._stale_after = clock, stale_after
        self._since = clock.now()
        self.latest = OperatorStatus()
        self.leadership = Leadership()

    def collect(self) -> Iterator[Metric]:
        """Every family that the status has something to say about."""
        now, latest = self._clock.now(), self.latest if self.leadership.leads else OperatorStatus()
        status = known(latest, now, self._stale_after)
        yield from _of_services(status.services.values())
        yield from _of_operator(status)
        yield from _of_leadership(self.leadership)
        yield from _of_standstill(latest, now)
        age = GaugeMetricFamily(
            "reconciler_observe_age_seconds", "Time since the cluster was last read whole.", labels=["cluster"]
        )
        for cluster, seconds in observe_ages(latest, now, self._since).items():
            age.add_metric([cluster], seconds)
        yield age


def _of_services(services: Iterable[ServiceStatus]) -> tuple[Metric, ...]:
    info = InfoMetricFamily("reconciler_service", "Sync and health of a service in a cluster.", labels=_SERVICE)
    drift = GaugeMetricFamily(
        "reconciler_service_drift_fields", "Declared fields that are not as wanted; absent if unknown.", labels=_SERVICE
    )
    in_sync = GaugeMetricFamily(
        "reconciler_service_last_in_sync_timestamp_seconds", "When the service was last seen in sync.", labels=_SERVICE
    )
    phase = GaugeMetricFamily(
        "reconciler_service_rollout_phase",
        "1 for the phase that the service's rollout is in; absent if unknown.",
        labels=(*_SERVICE, "phase"),
    )
    for service in services:
        labels = (service.key.cluster, service.key.service)
        info.add_metric(labels, {"sync_status": service.sync, "health_status": service.health})
        if service.in_sync_at:
            in_sync.add_metric(labels, service.in_sync_at.timestamp())
        if service.sync is not SyncStatus.UNKNOWN:
            drift.add_metric(labels, service.drift_fields)
            phase.add_metric((*labels, service.phase), 1)
    return info, drift, in_sync, phase


def _of_operator(status: OperatorStatus) -> Iterator[Metric]:
    drift = GaugeMetricFamily(
        "reconciler_drift_resources", "Resources that are not as wanted.", labels=["cluster", "kind"]
    )
    for place, count in _drifted(status.services.values()).items():
        drift.add_metric(place, count)
    yield drift
    yield GaugeMetricFamily(
        "reconciler_spec_errors", "Errors in desired/ at the last revision.", value=len(status.spec_errors)
    )
    yield GaugeMetricFamily(
        "reconciler_git_diverged_services",
        "Services that a commit was applied to which did not lead to the revision in force: history was rewritten.",
        value=sum(bool(service.diverged_from) for service in status.services.values()),
    )
    if status.revision_at:
        yield GaugeMetricFamily(
            "reconciler_git_last_revision_timestamp_seconds",
            "When the revision in force was committed.",
            value=status.revision_at.timestamp(),
        )


def _of_leadership(leadership: Leadership) -> Iterator[Metric]:
    yield GaugeMetricFamily("reconciler_leader", "1 if this replica leads, 0 if it follows.", value=leadership.leads)
    if leadership.epoch:
        yield GaugeMetricFamily("reconciler_lease_epoch", "Takeovers of the lease so far.", value=leadership.epoch)


def _of_standstill(status: OperatorStatus, now: datetime) -> Iterator[Metric]:
    """What people have paused or frozen, and what else is held back."""
    paused = GaugeMetricFamily(
        "reconciler_paused", "1 while a cluster (without a service), or one service of it, is paused.", labels=_SERVICE
    )
    for place in {(pause.cluster, pause.service) for pause in status.pauses if pause.holds(now)}:
        paused.add_metric(place, 1)
    yield paused
    frozen = GaugeMetricFamily(
        "reconciler_frozen_until_timestamp_seconds", "When the freeze that a cluster is in ends.", labels=["cluster"]
    )
    for freeze in status.freezes:
        if freeze.holds(now):
            frozen.add_metric([freeze.cluster], freeze.until.timestamp())
    yield frozen
    held = GaugeMetricFamily(
        "reconciler_held_services", "Services of which a policy holds something back.", labels=["cluster", "policy"]
    )
    counts = Counted((key.cluster, item.held_by) for key, item in status.services.items() if item.held_by)
    for place, count in counts.items():
        held.add_metric(place, count)
    yield held


def _drifted(services: Iterable[ServiceStatus]) -> Mapping[tuple[str, str], int]:
    """Resources not as wanted by cluster and kind, of all the services that something is known of."""
    counts: dict[tuple[str, str], int] = {}
    for service in services:
        if service.sync is SyncStatus.UNKNOWN:
            continue
        for kind in KINDS:
            place = service.key.cluster, kind.NAME
            counts[place] = counts.get(place, 0) + service.drifted.get(kind.NAME, 0)
    return counts
