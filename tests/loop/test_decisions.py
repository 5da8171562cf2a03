"""A person promotes, aborts or takes back a release, by a tag on its ECS services."""

import pytest

from reconciler import intents
from reconciler.model import HealthStatus, Phase
from tests.loop.harness import Stage
from tests.loop.test_blue_green import until
from tests.loop.test_canary import canary, on_blue, until_weight

BLUE = {"test-web-blue": 100, "test-web-green": 0}
WAITS = "{setWeight: 25}, {pause: {}}, {setWeight: 50}, {pause: {}}"


def say(stage: Stage, tag: str, *, full: bool = False) -> None:
    """What `reconciler promote` and its like do."""
    said = intents.decision(tag, "user/ann", stage.clock.now(), "I say so", full=full)
    ecs = stage.client("ecs")
    for arn in ecs.list_services(cluster="test")["serviceArns"]:
        ecs.tag_resource(resourceArn=arn, tags=[{"key": key, "value": value} for key, value in said.items()])


def waiting_at_25(stage: Stage) -> None:
    on_blue(stage)
    canary(stage, "v2", WAITS)
    until_weight(stage, 25)
    stage.passes(5)


def test_a_promotion_ends_the_pause_and_no_other(stage: Stage) -> None:
    waiting_at_25(stage)
    say(stage, intents.PROMOTED)
    stage.passes(40)
    assert stage.weights()["test-web-green"] == 50
    assert stage.status().phase is Phase.CANARY
    say(stage, intents.PROMOTED)
    stage.settle(100)
    assert (stage.running("web-blue"), stage.running("web-green")) == ([], ["v2"] * 4)


def test_a_promotion_said_in_the_second_in_which_a_pass_heeds_it_counts_once(stage: Stage) -> None:
    waiting_at_25(stage)
    say(stage, intents.PROMOTED)
    stage.passes(3, step=0)
    stage.passes(40)
    assert stage.weights()["test-web-green"] == 50


def test_a_promotion_in_full_skips_every_further_step(stage: Stage) -> None:
    waiting_at_25(stage)
    say(stage, intents.PROMOTED, full=True)
    seen = set()
    for _ in range(100):
        stage.passes()
        seen.add(stage.weights()["test-web-green"])
        if stage.settled():
            break
    assert seen == {25, 100}


def test_a_promotion_of_an_earlier_release_promotes_no_other(stage: Stage) -> None:
    waiting_at_25(stage)
    say(stage, intents.PROMOTED, full=True)
    stage.settle(100)
    stage.clock.step(60)
    canary(stage, "v3", WAITS)
    stage.passes(40)
    assert stage.weights()["test-web-blue"] == 25


@pytest.mark.parametrize("green", [25, 50])
def test_an_aborted_canary_loses_its_traffic_in_the_next_passes_and_stays_out(stage: Stage, green: int) -> None:
    on_blue(stage)
    canary(stage, "v2")
    until_weight(stage, green)
    say(stage, intents.ABORTED)
    stage.passes(2)
    assert stage.weights() == BLUE
    stage.passes(30)
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1"] * 4, [])
    assert (stage.status().phase, stage.status().health) == (Phase.FAILED, HealthStatus.DEGRADED)
    assert "release v2 failed: green: aborted by user/ann: I say so" in stage.status().reason


def test_a_blue_green_release_is_aborted_while_it_bakes(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    say(stage, intents.ABORTED)
    stage.passes(30)
    assert stage.weights() == BLUE
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1"] * 2, [])


def test_a_rolling_release_is_aborted_while_ecs_rolls_it_out(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2")
    until(stage, Phase.ROLLING)
    say(stage, intents.ABORTED)
    stage.passes(30)
    assert stage.running("web") == ["v1", "v1"]
    assert "aborted by user/ann" in stage.status().reason


def test_an_abort_that_comes_too_late_changes_nothing(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    say(stage, intents.ABORTED)
    with stage.observer.forbid_writes("aborted what is through"):
        stage.passes(5)
    assert stage.settled()


@pytest.mark.parametrize("strategy", ["blue-green", "canary"])
def test_a_release_that_is_through_is_rolled_back_to_the_colour_that_stands_idle(stage: Stage, strategy: str) -> None:
    stage.web("v1", strategy)
    stage.settle()
    stage.web("v2", strategy)
    stage.settle(300)
    stage.clock.step(3600)
    say(stage, intents.ROLLED_BACK)
    stage.passes(40)
    assert stage.weights() == BLUE
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1"] * 2, [])
    assert "release v2 failed: rolled back by user/ann: I say so" in stage.status().reason
    with stage.observer.forbid_writes("rolled back"):
        stage.passes(10)


def test_git_may_then_say_the_former_version_or_a_newer_one(stage: Stage) -> None:
    for version in ("v1", "v2"):
        stage.web(version, "blue-green")
        stage.settle()
    say(stage, intents.ROLLED_BACK)
    stage.passes(40)
    stage.web("v1", "blue-green")
    stage.settle()
    assert stage.running("web-blue") == ["v1", "v1"]
    stage.web("v3", "blue-green")
    stage.settle()
    assert stage.running("web-green") == ["v3", "v3"]


def test_what_was_rolled_back_can_be_released_again_after_another_release(stage: Stage) -> None:
    for version in ("v1", "v2"):
        stage.web(version, "blue-green")
        stage.settle()
    say(stage, intents.ROLLED_BACK)
    stage.passes(40)
    for version in ("v1", "v2"):
        stage.web(version, "blue-green")
        stage.settle()
    assert stage.running("web-green") == ["v2", "v2"]


def test_a_rollback_in_the_bake_is_a_change_of_weights(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    stage.passes(2)
    before = len(stage.writes())
    say(stage, intents.ROLLED_BACK)
    stage.passes(3)
    assert stage.weights() == BLUE
    assert stage.writes()[before:].count("ModifyRule") == 1
    assert "UpdateService" not in stage.writes()[before:]


def test_a_word_that_does_not_say_when_is_not_heeded(stage: Stage) -> None:
    waiting_at_25(stage)
    ecs = stage.client("ecs")
    for arn in ecs.list_services(cluster="test")["serviceArns"]:
        ecs.tag_resource(resourceArn=arn, tags=[{"key": "reconciler:abort", "value": "now please"}])
    stage.passes(5)
    assert stage.weights()["test-web-green"] == 25
