"""A canary: the new version gets its traffic step by step, with the tasks that its share takes, and is watched."""

import pytest

from reconciler.model import HealthStatus, Phase
from reconciler.sandbox import Behaviour, Scenario
from tests.loop.harness import Stage
from tests.loop.test_blue_green import move_weights, until

STEPS = "{setWeight: 25}, {pause: {duration: 60s}}, {setWeight: 50}, {pause: {duration: 60s}}"


@pytest.fixture
def scenario() -> Scenario:
    return Scenario(images={"*-crash": Behaviour(crashes_after=0), "*-falls": Behaviour(sick_after=60)})


def on_blue(stage: Stage) -> None:
    """Version v1 serves in blue, with four tasks."""
    canary(stage, "v1")
    stage.settle()
    stage.recorder.phases.clear()


def canary(stage: Stage, version: str, steps: str = STEPS) -> None:
    stage.web(version, "canary", instances=4, steps=steps)


def until_weight(stage: Stage, green: int) -> None:
    """Passes until green has so much of the traffic."""
    for _ in range(200):
        stage.passes()
        if stage.weights().get("test-web-green") == green:
            return
    raise AssertionError(f"never {green} %:\n{stage.report()}")


def test_the_traffic_moves_step_by_step_and_the_tasks_follow(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2")
    seen: list[tuple[int, int]] = []
    for _ in range(100):
        stage.passes()
        now = stage.weights()["test-web-green"], len(stage.running("web-green"))
        seen += [now] if now not in seen else []
        if stage.settled():
            break
    assert seen == [(0, 1), (25, 1), (25, 2), (50, 2), (50, 4), (100, 4)], stage.report()
    assert (stage.running("web-blue"), stage.running("web-green")) == ([], ["v2"] * 4)
    step = ["StandUp", "Verify", "Shift", "Canary"]
    assert stage.phases() == [*step, *step, "StandUp", "Verify", "Shift", "Bake", "Retire", "Stable"]


def test_after_it_nothing_is_written(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2")
    stage.settle(100)
    with stage.observer.forbid_writes("converged"):
        stage.passes(20)


def test_each_pause_lasts_from_when_its_share_was_read_back(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2")
    until_weight(stage, 25)
    began = stage.clock.now()
    until_weight(stage, 50)
    assert 60 <= (stage.clock.now() - began).total_seconds() <= 110  # read back, 60 s, and another task to verify


def test_a_pause_without_a_duration_lasts_until_it_is_promoted(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2", "{setWeight: 25}, {pause: {}}")
    until(stage, Phase.CANARY)
    stage.passes(30, step=600)
    assert stage.weights()["test-web-green"] == 25
    assert stage.status().health is HealthStatus.SUSPENDED
    assert "is watched until it is promoted" in stage.status().reason


def test_a_canary_that_falls_sick_is_taken_back_at_once(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2-falls")
    until(stage, Phase.CANARY)
    until(stage, Phase.FAILED)
    assert stage.weights() == {"test-web-blue": 100, "test-web-green": 0}
    stage.passes(20)
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1"] * 4, [])
    assert "only 0 healthy with 25 percent of the traffic" in stage.status().reason


def test_a_canary_that_crashes_gets_no_traffic(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2-crash")
    until(stage, Phase.FAILED)
    assert stage.weights() == {"test-web-blue": 100, "test-web-green": 0}


def test_a_release_that_failed_at_a_later_step_begins_at_the_first_when_it_is_tried_again(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2-falls")
    until(stage, Phase.FAILED)
    stage.passes(20)
    canary(stage, "v1")
    stage.settle()
    canary(stage, "v2-falls")
    until(stage, Phase.CANARY)
    assert stage.weights()["test-web-green"] == 25
    assert "step 1 of 4" in stage.status().reason


def test_a_newer_release_takes_the_place_of_one_on_trial_once_that_has_no_traffic(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2")
    until_weight(stage, 25)
    canary(stage, "v3")
    stage.passes()
    assert stage.weights()["test-web-green"] == 0
    assert stage.running("web-green") == ["v2"]
    stage.settle(100)
    assert (stage.running("web-blue"), stage.running("web-green")) == ([], ["v3"] * 4)


def test_back_in_git_takes_the_traffic_back(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2")
    until_weight(stage, 50)
    canary(stage, "v1")
    stage.settle(100)
    assert stage.weights() == {"test-web-blue": 100, "test-web-green": 0}
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1"] * 4, [])


def test_weights_that_somebody_else_moves_in_the_middle_are_put_back(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2")
    until_weight(stage, 25)
    stage.passes(2)
    move_weights(stage, {"test-web-blue": 100, "test-web-green": 0})
    stage.passes()
    assert stage.weights()["test-web-green"] == 25


def test_when_the_old_version_dies_the_new_one_takes_all(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2", "{setWeight: 25}, {pause: {}}")
    until(stage, Phase.CANARY)
    stage.passes(3)
    stage.client("ecs").update_service(cluster="test", service="web-blue", desiredCount=0)
    stage.settle(100)
    assert stage.weights() == {"test-web-blue": 0, "test-web-green": 100}


@pytest.mark.parametrize("killed_after", [1, 2, 3, 5, 8])
def test_an_operator_killed_anywhere_goes_on_with_the_step_it_was_at(stage: Stage, killed_after: int) -> None:
    on_blue(stage)
    canary(stage, "v2")
    for number in range(100):
        if number % killed_after == 0:
            stage.restart()
        stage.passes()
        if stage.settled():
            break
    assert (stage.running("web-blue"), stage.running("web-green")) == ([], ["v2"] * 4), stage.report()
