"""What is told: every change with its why, no secret, and nothing stale that reads as in sync."""

import json
import threading

import pytest

from reconciler.model import HealthStatus, Phase, ServiceKey
from reconciler.sandbox import AwsRefusal, Call
from tests.loop.harness import CANARY, Stage


def test_every_change_is_logged_with_service_cluster_revision_action_and_cause(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    lines = [json.loads(line) for line in stage.told().splitlines() if line.startswith('{"') and '"change"' in line]
    changes = [line for line in lines if line.get("event") == "change"]
    assert len(changes) == len(stage.writes())
    for change in changes:
        assert (change["service"], change["cluster"]) == ("web", "test")
        assert change["revision"].startswith("dir:")
        assert change["action"]
        assert change["cause"]
        assert change["result"] == "done"


def test_a_changed_secret_is_told_as_changed_and_not_as_what(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.write("services/web/config.yml", f"default: {{DB_PASSWORD: {CANARY}-2}}\n")
    stage.settle()
    assert "environment[DB_PASSWORD]" in stage.told()
    assert "(sensitive)" in stage.told()
    assert CANARY not in stage.told()


def test_a_cluster_that_is_not_read_any_more_never_reads_as_in_sync(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    assert 'service="web",sync_status="Synced"} 1.0' in stage.metrics()

    def fail(call: Call) -> None:
        raise AwsRefusal("ServerException", "not now", 500)

    stage.sandbox.hooks.before.append(fail)
    stage.passes(3)
    assert 'sync_status="Synced"' not in stage.metrics()
    assert stage.status().health is HealthStatus.UNKNOWN


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "'; DROP TABLE services; --", "\u202etxt.exe"])
def test_hostile_names_are_refused_before_anything_is_told_of_them(stage: Stage, hostile: str) -> None:
    stage.web("v1")
    stage.write("services/web/release.yml", f'test: "{hostile}"\n')
    stage.passes(2)
    assert stage.writes() == []


def test_what_waits_to_be_removed_is_still_told_of_after_a_pass_over_other_services(stage: Stage) -> None:
    for service in ("web0", "web1", "web2"):
        stage.web("v1", service=service)
    stage.settle()
    for service in ("web0", "web1"):
        stage.delete(service)
    stage.passes(2)
    before = stage.recorder.told.tell()

    stage.loop.run_pass(frozenset({ServiceKey("test", "web2")}), threading.Event())

    assert stage.status("web0").phase is Phase.PRUNE
    assert "the most is 1" in stage.status("web1").reason
    assert 'drift_resources{cluster="test",kind="service"} 2.0' in stage.metrics()
    assert "is gone" not in stage.recorder.told.getvalue()[before:]
    assert "of 1 services in sync" not in stage.recorder.told.getvalue()[before:]
