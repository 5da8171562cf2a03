"""Rolling: what a service developer sees from the first commit to a release that does not work."""

import pytest

from reconciler.model import HealthStatus, Phase, SyncStatus
from reconciler.sandbox import Behaviour, Scenario
from tests.loop.harness import Stage


def test_a_new_service_comes_up_with_everything_it_needs_and_then_nothing_is_written_for_100_passes(
    stage: Stage,
) -> None:
    stage.web("v1")
    stage.settle()
    assert stage.running("web") == ["v1", "v1"]
    assert stage.weights() == {"test-web": 100}
    with stage.observer.forbid_writes("converged"):
        stage.passes(100)


def test_a_changed_environment_variable_costs_one_registration_and_one_update(stage: Stage) -> None:
    stage.web("v1", extra="environment: {MODE: slow}\n")
    stage.settle()
    before = len(stage.writes())
    stage.web("v1", extra="environment: {MODE: fast}\n")
    stage.settle()
    assert stage.writes()[before:] == ["RegisterTaskDefinition", "UpdateService"]


def test_a_file_rewritten_with_the_same_meaning_costs_nothing(stage: Stage) -> None:
    stage.web("v1", extra="environment: {A: x, B: y}\n")
    stage.settle()
    with stage.observer.forbid_writes("same meaning"):
        stage.web("v1", extra="# a comment\nenvironment:\n  B: y\n  A: x\n")
        stage.passes(3)


def test_a_changed_number_of_instances_starts_no_deployment(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    before = len(stage.writes())
    text = (stage.root / "services/web/service.yml").read_text()
    stage.write("services/web/service.yml", text.replace("test: 2", "test: 3"))
    stage.settle()
    assert stage.writes()[before:] == ["UpdateService"]
    assert stage.running("web") == ["v1"] * 3


def test_a_release_that_crashes_is_rolled_back_by_ecs_and_told_as_failed(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2-crash")
    stage.passes(30, step=10)
    status = stage.status()
    assert (status.sync, status.health, status.phase) == (SyncStatus.OUT_OF_SYNC, HealthStatus.DEGRADED, Phase.FAILED)
    assert status.version == "v1"
    assert "v2-crash failed" in status.reason
    assert "change the spec" in status.reason
    assert stage.running("web") == ["v1", "v1"]


def test_a_failed_release_is_not_tried_again_until_the_spec_changes(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2-crash")
    stage.passes(30, step=10)
    with stage.observer.forbid_writes("in quarantine"):
        stage.passes(20)
    stage.web("v3")
    stage.settle()
    assert stage.running("web") == ["v3", "v3"]


def test_a_rollback_that_happened_while_no_operator_ran_is_told_as_failed_too(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2-crash")
    stage.passes(1)
    for _ in range(60):
        stage.clock.step(5)
        stage.sandbox.world.tick()
    stage.restart()
    stage.passes(10)
    assert stage.status().phase is Phase.FAILED
    assert stage.running("web") == ["v1", "v1"]


def test_the_same_release_may_be_tried_again_after_the_spec_went_back(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2-crash")
    stage.passes(30, step=10)
    stage.web("v1")
    stage.settle()
    before = len(stage.writes())
    stage.web("v2-crash")
    stage.passes(3)
    assert "UpdateService" in stage.writes()[before:]
    stage.passes(30, step=10)
    assert stage.status().phase is Phase.FAILED
    assert stage.running("web") == ["v1", "v1"]


def test_a_release_taken_back_while_ecs_rolls_it_back_is_no_failure_of_the_release_before(stage: Stage) -> None:
    slow = "service: {deploymentConfiguration: {minimumHealthyPercent: 50, maximumPercent: 100}}\n"
    stage.web("v1", extra=slow)
    stage.settle()
    stage.passes(5, step=600)  # v1 is older than any deadline
    stage.web("v2-crash", extra=slow)
    for _ in range(60):
        stage.passes(1)
        if "rolling back" in str(stage.ecs_service("web")["deployments"]):
            break
    stage.web("v1", extra=slow)
    stage.passes(1)
    assert (stage.status().phase, stage.status().health) == (Phase.ROLLBACK, HealthStatus.DEGRADED)
    assert "goes back to this release" in stage.status().reason
    stage.settle()
    assert stage.running("web") == ["v1", "v1"]
    assert stage.writes().count("RegisterTaskDefinition") == 2


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(starts_after=10**6)})])
def test_a_release_that_never_starts_is_taken_back_at_the_operators_deadline(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2")
    stage.passes(39, step=15)  # the deadline is 10 minutes
    assert stage.status().phase is Phase.ROLLING
    stage.passes(10, step=15)
    status = stage.status()
    assert (status.phase, status.health) == (Phase.FAILED, HealthStatus.DEGRADED)
    assert "deadline" in status.reason
    assert stage.running("web") == ["v1", "v1"]
    assert stage.ecs_service("web")["taskDefinition"].endswith("test-web:1")


def test_a_first_release_that_crashes_is_told_as_failed_and_the_next_one_works(stage: Stage) -> None:
    stage.web("v1-crash")
    stage.passes(30, step=10)
    assert (stage.status().phase, stage.status().health) == (Phase.FAILED, HealthStatus.DEGRADED)
    stage.web("v2")
    stage.settle()
    assert stage.running("web") == ["v2", "v2"]


def test_a_service_scaled_to_zero_is_suspended_and_comes_back(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    text = (stage.root / "services/web/service.yml").read_text()
    stage.write("services/web/service.yml", text.replace("test: 2", "test: 0"))
    stage.settle()
    assert stage.status().health is HealthStatus.SUSPENDED
    assert stage.running("web") == []
    stage.write("services/web/service.yml", text)
    stage.settle()
    assert stage.running("web") == ["v1", "v1"]


def test_a_worker_has_neither_target_group_nor_rule_nor_record(stage: Stage) -> None:
    stage.write("services/worker/service.yml", "instances: {test: 1}\ncpu: 128\nmem: 64\n")
    stage.write("services/worker/release.yml", "test: v1\n")
    stage.settle()
    assert stage.writes() == ["RegisterTaskDefinition", "CreateService"]
    assert stage.running("worker") == ["v1"]


def test_an_operator_killed_between_registration_and_update_registers_nothing_twice(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2")
    stage.kill_before("UpdateService")
    stage.passes(1)
    stage.restart()
    stage.settle()
    assert stage.writes().count("RegisterTaskDefinition") == 2
    assert stage.running("web") == ["v2", "v2"]
