"""Blue-green by target-group switch: every phase, every failure, every restart, and strangers at the weights."""

import pytest

from reconciler.model import HealthStatus, Phase, SyncStatus
from reconciler.sandbox import Behaviour, Scenario
from tests.loop.harness import Stage

BLUE, GREEN = {"test-web-blue": 100, "test-web-green": 0}, {"test-web-blue": 0, "test-web-green": 100}
WAY = ["StandUp", "Verify", "Shift", "Bake", "Retire", "Stable"]


def on_blue(stage: Stage) -> None:
    """Version v1 serves in blue."""
    stage.web("v1", "blue-green")
    stage.settle()
    stage.recorder.phases.clear()


def until(stage: Stage, phase: Phase, step: float = 5) -> None:
    """Passes until a phase is told."""
    for _ in range(200):
        stage.passes(1, step)
        if stage.status().phase is phase:
            return
    raise AssertionError(f"never {phase}:\n{stage.report()}")


def move_weights(stage: Stage, weights: dict[str, int]) -> None:
    """Somebody else changes the weights, by hand."""
    elb = stage.client("elbv2")
    groups = {g["TargetGroupName"]: g["TargetGroupArn"] for g in elb.describe_target_groups()["TargetGroups"]}
    forward = [{"TargetGroupArn": groups[name], "Weight": weight} for name, weight in weights.items()]
    elb.modify_rule(
        RuleArn=stage.rule()["RuleArn"], Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": forward}}]
    )


def test_a_first_release_comes_up_in_blue_and_then_nothing_is_written_for_100_passes(stage: Stage) -> None:
    on_blue(stage)
    assert stage.weights() == BLUE
    assert stage.running("web-blue") == ["v1", "v1"]
    assert not stage.ecs_service("web-green")
    with stage.observer.forbid_writes("converged"):
        stage.passes(100)


def test_a_release_stands_up_verifies_shifts_bakes_and_retires(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    stage.settle()
    assert stage.phases() == WAY
    assert stage.weights() == GREEN
    assert stage.running("web-green") == ["v2", "v2"]
    assert stage.running("web-blue") == []
    assert stage.status().version == "v2"


def test_the_next_release_goes_back_to_blue_in_six_writes(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    stage.settle()
    before = len(stage.writes())
    stage.web("v3", "blue-green")
    stage.settle()
    assert stage.weights() == BLUE
    assert stage.running("web-blue") == ["v3", "v3"]
    stand_up, shift, retire = ["RegisterTaskDefinition", "UpdateService"], ["AddTags", "ModifyRule"], ["UpdateService"]
    assert stage.writes()[before:] == [*stand_up, *shift, "AddTags", *retire]


def test_the_old_colour_stands_by_until_the_bake_is_over(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    started = stage.clock.now()
    while stage.status().phase is Phase.BAKE:
        assert stage.running("web-blue") == ["v1", "v1"]
        stage.passes()
    assert (stage.clock.now() - started).total_seconds() >= 50  # the bake is 60 s, read back some seconds before


@pytest.mark.parametrize("phase", [Phase.STAND_UP, Phase.VERIFY, Phase.SHIFT, Phase.BAKE, Phase.RETIRE])
def test_another_operator_goes_on_where_one_was_killed(stage: Stage, phase: Phase) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, phase)
    stage.restart()
    stage.settle()
    assert (stage.weights(), stage.running("web-green"), stage.running("web-blue")) == (GREEN, ["v2", "v2"], [])


def test_an_operator_killed_before_every_single_pass_gets_there_too(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    for _ in range(30):
        stage.restart()
        stage.passes(step=8)
    assert stage.settled(), stage.report()
    assert (stage.weights(), stage.running("web-blue")) == (GREEN, [])


def test_an_operator_killed_between_the_record_of_a_shift_and_the_shift_goes_on(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    stage.kill_before("ModifyRule")
    stage.passes(20)
    assert stage.weights() == BLUE
    stage.restart()
    stage.passes(1)
    assert stage.status().phase is Phase.SHIFT
    assert "the operator left" not in stage.status().reason  # nobody else has changed anything
    stage.settle()
    assert stage.weights() == GREEN


@pytest.mark.parametrize("image", ["v2-crash", "v2-sick", "v2-missing"])
def test_a_release_that_never_becomes_healthy_gets_no_traffic_and_is_told_as_failed(stage: Stage, image: str) -> None:
    on_blue(stage)
    stage.web(image, "blue-green")
    until(stage, Phase.FAILED, step=15)
    stage.passes(3)
    status = stage.status()
    assert (status.sync, status.health, status.phase) == (SyncStatus.OUT_OF_SYNC, HealthStatus.DEGRADED, Phase.FAILED)
    assert f"{image} failed" in status.reason
    assert stage.weights() == BLUE
    assert stage.running("web-blue") == ["v1", "v1"]
    assert stage.running("web-green") == []
    with stage.observer.forbid_writes("in quarantine"):
        stage.passes(20)


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(starts_after=10**6)})])
def test_a_release_that_never_starts_is_taken_back_at_the_operators_deadline(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    stage.passes(39, step=15)  # the deadline is 10 minutes
    assert stage.status().phase is Phase.VERIFY
    stage.passes(10, step=15)
    assert stage.status().phase is Phase.FAILED
    assert "deadline" in stage.status().reason
    assert stage.weights() == BLUE


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(sick_after=30)})])
def test_a_release_that_falls_sick_during_the_bake_is_taken_back(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    assert stage.weights() == GREEN
    until(stage, Phase.FAILED)
    assert stage.weights() == BLUE
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1", "v1"], [])
    assert "during the bake" in stage.status().reason
    with stage.observer.forbid_writes("in quarantine"):
        stage.passes(20)
    stage.web("v3", "blue-green")
    stage.settle()
    assert stage.running("web-green") == ["v3", "v3"]


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(sick_after=30)})])
def test_a_rollback_survives_a_kill_before_every_pass(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    for _ in range(40):
        stage.restart()
        stage.passes(step=8)
    assert (stage.weights(), stage.running("web-blue"), stage.running("web-green")) == (BLUE, ["v1", "v1"], [])


def test_a_commit_that_goes_back_during_the_bake_shifts_back_at_once(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    stage.web("v1", "blue-green")
    stage.passes(2)
    assert stage.weights() == BLUE
    stage.settle()
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1", "v1"], [])


def test_a_commit_that_goes_back_to_more_instances_during_a_long_bake_is_given_its_deadline(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    text = (stage.root / "services/web/service.yml").read_text().replace("bake: 60s", "bake: 2h")
    stage.write("services/web/service.yml", text)
    until(stage, Phase.BAKE)
    stage.passes(5, step=600)  # the colour that stands by is older than the deadline
    stage.write("services/web/service.yml", text.replace("test: 2", "test: 3"))
    stage.write("services/web/release.yml", "test: v1\n")
    until(stage, Phase.BAKE)
    assert (stage.weights(), stage.running("web-blue")) == (BLUE, ["v1"] * 3)
    assert "failed" not in stage.status().reason


def test_a_newer_commit_during_verify_replaces_the_release_that_never_served(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)
    stage.web("v3", "blue-green")
    stage.settle()
    assert stage.running("web-green") == ["v3", "v3"]


def test_fewer_instances_wait_until_the_new_colour_serves(stage: Stage) -> None:
    on_blue(stage)
    text = (stage.root / "services/web/service.yml").read_text()
    stage.write("services/web/service.yml", text.replace("test: 2", "test: 1"))
    stage.write("services/web/release.yml", "test: v2\n")
    until(stage, Phase.BAKE)
    assert stage.running("web-green") == ["v2", "v2"]
    stage.settle()
    assert stage.running("web-green") == ["v2"]


def test_weights_that_somebody_else_moved_are_put_back_twice_and_then_left_alone(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    for _ in range(2):
        move_weights(stage, {"test-web-blue": 50, "test-web-green": 50})
        stage.passes(1)
        assert "50" in stage.status().reason
        stage.passes(2)
        assert stage.weights() == GREEN
    move_weights(stage, {"test-web-blue": 50, "test-web-green": 50})
    stage.passes(1)
    status = stage.status()
    assert (status.health, status.phase) == (HealthStatus.SUSPENDED, Phase.FAILED)
    assert "changed 3 times by somebody else" in status.reason
    with stage.observer.forbid_writes("stopped fighting"):
        stage.passes(20)
    assert stage.weights() == {"test-web-blue": 50, "test-web-green": 50}


def test_a_new_release_ends_the_standstill_from_the_weights_as_they_are(stage: Stage) -> None:
    on_blue(stage)
    for _ in range(3):
        move_weights(stage, {"test-web-blue": 90, "test-web-green": 10})
        stage.passes(3)
    assert stage.status().health is HealthStatus.SUSPENDED
    stage.web("v2", "blue-green")
    stage.settle()
    assert stage.weights() == GREEN
    assert stage.running("web-green") == ["v2", "v2"]


def test_weights_put_back_by_the_same_hand_end_the_standstill(stage: Stage) -> None:
    on_blue(stage)
    for _ in range(3):
        move_weights(stage, {"test-web-blue": 90, "test-web-green": 10})
        stage.passes(3)
    move_weights(stage, BLUE)
    stage.settle()
    assert stage.status().health is HealthStatus.HEALTHY


@pytest.mark.parametrize(("before", "after"), [("rolling", "blue-green"), ("blue-green", "rolling")])
def test_a_change_of_strategy_is_a_switch_and_leaves_nothing_behind(stage: Stage, before: str, after: str) -> None:
    stage.web("v1", before)
    stage.settle()
    stage.web("v1", after)
    stage.settle(120)
    stage.passes(20)
    assert stage.settled(), stage.report()
    names = {"rolling": {"web"}, "blue-green": {"web-blue"}}
    live = {arn.rsplit("/", 1)[-1] for arn in stage.client("ecs").list_services(cluster="test")["serviceArns"]}
    assert live == names[after]
    groups = {g["TargetGroupName"] for g in stage.client("elbv2").describe_target_groups()["TargetGroups"]}
    assert groups == {"rolling": {"test-web"}, "blue-green": {"test-web-blue", "test-web-green"}}[after]


def test_a_rule_deleted_by_hand_comes_back_with_all_weight_on_the_colour_that_serves(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    stage.settle()
    stage.client("elbv2").delete_rule(RuleArn=stage.rule()["RuleArn"])
    stage.settle()
    assert stage.weights() == GREEN
