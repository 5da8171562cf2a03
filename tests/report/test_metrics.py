import platform
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from reconciler.aws import Traffic
from reconciler.clock import SteppedClock
from reconciler.model import HealthStatus, Leadership, Phase, SyncStatus
from reconciler.report.metrics import Metrics
from reconciler.report.status import OperatorStatus
from tests.report.told import NOON, clock_at_noon, operator, verifying, well

STALE_AFTER = 300.0
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "metrics.md"
HTTPBIN = {"cluster": "prod", "service": "httpbin"}


@pytest.fixture
def clock() -> SteppedClock:
    return clock_at_noon()


@pytest.fixture
def metrics(clock: SteppedClock) -> Metrics:
    return Metrics(clock, "1.2.3", STALE_AFTER)


def exposition(metrics: Metrics) -> str:
    return generate_latest(metrics.registry).decode()


def samples(metrics: Metrics, name: str) -> list[Sample]:
    families = text_string_to_metric_families(exposition(metrics))
    return [sample for family in families for sample in family.samples if sample.name == name]


def value(metrics: Metrics, name: str, labels: dict[str, str] | None = None) -> float | None:
    """The value of one series; None when it is absent."""
    return metrics.registry.get_sample_value(name, labels or {})


def info(metrics: Metrics) -> list[dict[str, str]]:
    return [dict(sample.labels) for sample in samples(metrics, "reconciler_service_info")]


def record_one_of_everything(metrics: Metrics) -> None:
    metrics.publish(operator(replace(well("httpbin"), drifted={"target-group": 1})))
    metrics.lead(Leadership(leads=True, holder="ip-10-0-1-7", epoch=7))
    metrics.record_pass("ok", 0.3)
    metrics.record_convergence(95)
    metrics.record_change("ecs-service", "update", "done")
    metrics.record_call(Traffic("ecs", "UpdateService", "ok", 0.1))


def test_a_service_in_sync_is_told_with_its_sync_health_drift_phase_and_when(metrics: Metrics) -> None:
    metrics.publish(operator(well("httpbin")))

    assert info(metrics) == [{**HTTPBIN, "sync_status": "Synced", "health_status": "Healthy"}]
    assert value(metrics, "reconciler_service_drift_fields", HTTPBIN) == 0
    assert value(metrics, "reconciler_service_rollout_phase", {**HTTPBIN, "phase": "Stable"}) == 1
    assert value(metrics, "reconciler_service_last_in_sync_timestamp_seconds", HTTPBIN) == NOON.timestamp()


def test_a_rollout_shows_the_phase_it_is_in_and_no_other(metrics: Metrics) -> None:
    metrics.publish(operator(verifying("httpbin", "green: 2 of 3 targets healthy")))

    phases = [sample.labels["phase"] for sample in samples(metrics, "reconciler_service_rollout_phase")]
    assert phases == [Phase.VERIFY]
    assert value(metrics, "reconciler_service_drift_fields", HTTPBIN) == 2


def test_a_service_not_observed_for_long_is_unknown_and_no_gauge_of_it_reads_as_in_sync(
    metrics: Metrics, clock: SteppedClock
) -> None:
    metrics.publish(operator(replace(well("httpbin"), drifted={"target-group": 1})))

    clock.step(STALE_AFTER + 1)

    assert info(metrics) == [{**HTTPBIN, "sync_status": "Unknown", "health_status": "Unknown"}]
    assert value(metrics, "reconciler_service_drift_fields", HTTPBIN) is None
    assert samples(metrics, "reconciler_service_rollout_phase") == []
    assert samples(metrics, "reconciler_drift_resources") == []
    assert value(metrics, "reconciler_service_last_in_sync_timestamp_seconds", HTTPBIN) == NOON.timestamp()


def test_a_cluster_that_is_still_read_keeps_its_services_known_while_another_goes_stale(
    metrics: Metrics, clock: SteppedClock
) -> None:
    clock.step(STALE_AFTER + 1)
    status = operator(well("httpbin", "prod"), well("httpbin", "stage"))
    metrics.publish(replace(status, observed_at={**status.observed_at, "prod": clock.now()}))

    assert {told["cluster"]: told["sync_status"] for told in info(metrics)} == {"prod": "Synced", "stage": "Unknown"}


def test_a_service_whose_sync_is_unknown_has_no_drift_to_read_as_zero(metrics: Metrics) -> None:
    metrics.publish(operator(replace(well("httpbin"), sync=SyncStatus.UNKNOWN, health=HealthStatus.UNKNOWN)))

    assert value(metrics, "reconciler_service_drift_fields", HTTPBIN) is None


def test_the_age_of_the_last_reading_grows_between_passes(metrics: Metrics, clock: SteppedClock) -> None:
    metrics.publish(operator(well("httpbin")))

    clock.step(42)

    assert value(metrics, "reconciler_observe_age_seconds", {"cluster": "prod"}) == 42


def test_the_age_of_a_cluster_never_read_counts_from_the_start(metrics: Metrics, clock: SteppedClock) -> None:
    metrics.publish(replace(operator(well("httpbin")), observed_at={}))

    clock.step(42)

    assert value(metrics, "reconciler_observe_age_seconds", {"cluster": "prod"}) == 42
    assert [told["sync_status"] for told in info(metrics)] == ["Unknown"]


def test_a_service_that_is_gone_is_gone_from_the_next_scrape(metrics: Metrics) -> None:
    metrics.publish(operator(well("httpbin"), well("worker")))
    metrics.publish(operator(well("worker")))

    assert "httpbin" not in exposition(metrics)


def test_specs_and_source_are_told(metrics: Metrics) -> None:
    metrics.publish(replace(operator(), spec_errors=("a.yml:1:1: wrong", "b.yml:1:1: wrong")))

    assert value(metrics, "reconciler_spec_errors") == 2
    assert value(metrics, "reconciler_git_last_revision_timestamp_seconds") == NOON.timestamp()


def test_a_replica_that_follows_says_so_and_tells_of_no_service_even_when_a_pass_of_its_own_ends_late(
    metrics: Metrics,
) -> None:
    metrics.publish(operator(well("httpbin")))
    metrics.lead(Leadership(leads=False, holder="ip-10-0-1-7", epoch=8))
    metrics.publish(operator(well("httpbin")))

    assert value(metrics, "reconciler_leader") == 0
    assert value(metrics, "reconciler_lease_epoch") == 8
    assert info(metrics) == []


def test_resources_not_as_wanted_are_counted_by_cluster_and_kind(metrics: Metrics) -> None:
    web, worker = replace(well("web"), drifted={"listener-rule": 3}), replace(well("worker"), drifted={"service": 1})

    metrics.publish(operator(web, worker))

    counts = {
        sample.labels["kind"]: sample.value
        for sample in samples(metrics, "reconciler_drift_resources")
        if sample.labels["cluster"] == "prod"
    }
    assert counts["listener-rule"] == 3
    assert counts["service"] == 1
    assert counts["dns-record"] == 0


def test_passes_changes_and_calls_are_counted_and_timed(metrics: Metrics) -> None:
    metrics.record_pass("ok", 0.3)
    metrics.record_pass("failed", 0.4)
    metrics.record_change("ecs-service", "update", "done")
    metrics.record_call(Traffic("ecs", "UpdateService", "ok", 0.1))
    metrics.record_call(Traffic("ecs", "UpdateService", "ThrottlingException", 0.2))

    update = {"service": "ecs", "operation": "UpdateService"}
    change = {"kind": "ecs-service", "action": "update", "result": "done"}
    assert value(metrics, "reconciler_reconcile_total", {"result": "ok"}) == 1
    assert value(metrics, "reconciler_reconcile_total", {"result": "failed"}) == 1
    assert value(metrics, "reconciler_reconcile_duration_seconds_count") == 2
    assert value(metrics, "reconciler_changes_total", change) == 1
    assert value(metrics, "reconciler_aws_requests_total", {**update, "code": "ThrottlingException"}) == 1
    assert value(metrics, "reconciler_aws_request_duration_seconds_count", update) == 2


def test_a_convergence_of_an_hour_still_falls_into_a_bucket(metrics: Metrics) -> None:
    metrics.record_convergence(3600)

    assert value(metrics, "reconciler_convergence_duration_seconds_bucket", {"le": "3600.0"}) == 1


def test_the_build_is_told(metrics: Metrics) -> None:
    build = {"version": "1.2.3", "python": platform.python_version()}

    assert value(metrics, "reconciler_build_info", build) == 1


def test_two_operators_in_one_process_count_apart(clock: SteppedClock) -> None:
    one, other = Metrics(clock, "1", STALE_AFTER), Metrics(clock, "1", STALE_AFTER)

    one.record_pass("ok", 0.1)

    assert value(other, "reconciler_reconcile_total", {"result": "ok"}) is None


def test_before_the_first_pass_nothing_is_said_of_any_service(metrics: Metrics) -> None:
    metrics.publish(OperatorStatus())

    assert info(metrics) == []


def test_two_thousand_services_make_at_most_five_series_each(metrics: Metrics) -> None:
    metrics.publish(operator(*(well(f"service-{number}") for number in range(2000))))

    series = Counter(
        sample.labels["service"]
        for family in text_string_to_metric_families(exposition(metrics))
        for sample in family.samples
        if "cluster" in sample.labels and "service" in sample.labels
    )
    assert len(series) == 2000
    assert max(series.values()) <= 5


def test_names_with_quotes_backslashes_and_newlines_come_back_as_they_were(metrics: Metrics) -> None:
    awkward = 'a"quote, a\\backslash,\na newline, {braces} and ünïcödé'
    metrics.publish(operator(well(awkward)))

    openmetrics = generate_openmetrics(metrics.registry).decode()  # type: ignore[no-untyped-call]
    families = {family.name: family for family in parse_openmetrics(openmetrics)}  # type: ignore[no-untyped-call]
    assert [told["service"] for told in info(metrics)] == [awkward]
    assert families["reconciler_service"].samples[0].labels["service"] == awkward


def test_every_metric_that_is_promised_is_there(metrics: Metrics) -> None:
    record_one_of_everything(metrics)

    families = text_string_to_metric_families(exposition(metrics))
    assert {(family.name, family.type) for family in families} == {
        ("reconciler_service_info", "gauge"),
        ("reconciler_service_drift_fields", "gauge"),
        ("reconciler_service_last_in_sync_timestamp_seconds", "gauge"),
        ("reconciler_service_rollout_phase", "gauge"),
        ("reconciler_drift_resources", "gauge"),
        ("reconciler_reconcile", "counter"),
        ("reconciler_reconcile_duration_seconds", "histogram"),
        ("reconciler_convergence_duration_seconds", "histogram"),
        ("reconciler_changes", "counter"),
        ("reconciler_observe_age_seconds", "gauge"),
        ("reconciler_aws_requests", "counter"),
        ("reconciler_aws_request_duration_seconds", "histogram"),
        ("reconciler_git_last_revision_timestamp_seconds", "gauge"),
        ("reconciler_spec_errors", "gauge"),
        ("reconciler_paused", "gauge"),
        ("reconciler_frozen_until_timestamp_seconds", "gauge"),
        ("reconciler_held_services", "gauge"),
        ("reconciler_leader", "gauge"),
        ("reconciler_lease_epoch", "gauge"),
        ("reconciler_git_diverged_services", "gauge"),
        ("reconciler_webhook_requests", "counter"),
        ("reconciler_build_info", "gauge"),
    }


def test_the_documentation_names_every_metric_and_no_other(metrics: Metrics) -> None:
    record_one_of_everything(metrics)

    exported = set(re.findall(r"^# TYPE (\w+)", exposition(metrics), re.MULTILINE))
    assert set(re.findall(r"^\| `(reconciler_\w+)`", DOCUMENTATION.read_text(), re.MULTILINE)) == exported


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_finds_nothing(metrics: Metrics) -> None:
    record_one_of_everything(metrics)

    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=exposition(metrics),
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
