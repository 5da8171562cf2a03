"""What happens between the reading and the write: the operator looks once more, and never assumes."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from reconciler.model import HealthStatus, Phase
from reconciler.sandbox import AwsRefusal, Behaviour, Call, Scenario
from tests.loop.harness import Stage, is_operators
from tests.loop.test_blue_green import BLUE, GREEN, move_weights, on_blue, until

HALF = {"test-web-blue": 50, "test-web-green": 50}


def when_it_calls(stage: Stage, operation: str, happen: Callable[[], Any]) -> None:
    """Something happens, once, just before the operator's next call of an operation is answered."""
    waiting = True

    def hook(call: Call) -> None:
        nonlocal waiting
        if waiting and is_operators() and call.operation == operation:
            waiting = False
            happen()

    stage.sandbox.hooks.before.append(hook)


def unregister(stage: Stage, colour: str, count: int) -> list[dict[str, Any]]:
    """Somebody takes so many targets of a colour out of its target group."""
    elb = stage.client("elbv2")
    (group,) = elb.describe_target_groups(Names=[f"test-web-{colour}"])["TargetGroups"]
    known = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    targets = [item["Target"] for item in known if item["TargetHealth"]["State"] == "healthy"][:count]
    elb.deregister_targets(TargetGroupArn=group["TargetGroupArn"], Targets=targets)
    return targets


def register(stage: Stage, colour: str, targets: list[dict[str, Any]]) -> None:
    """They are put back."""
    elb = stage.client("elbv2")
    (group,) = elb.describe_target_groups(Names=[f"test-web-{colour}"])["TargetGroups"]
    elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=targets)


def test_a_target_that_is_lost_once_all_are_deployed_is_waited_for(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)
    for _ in range(60):  # the new colour becomes healthy before the operator looks again
        stage.clock.step(1)
        stage.sandbox.world.tick()
    lost = unregister(stage, "green", 1)
    with stage.observer.forbid_writes("not whole"):
        stage.passes(3)
    assert "green: 1 of 2 targets healthy" in stage.status().reason
    register(stage, "green", lost)
    stage.settle()
    assert stage.weights() == GREEN


def test_targets_that_are_lost_just_before_a_shift_stop_it(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)
    when_it_calls(stage, "AddTags", lambda: unregister(stage, "green", 1))  # the record of the shift comes first
    until(stage, Phase.SHIFT)
    assert stage.weights() == BLUE
    assert "2 healthy are needed" in stage.status().reason


def test_weights_that_somebody_moves_just_before_a_shift_stop_it(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)
    when_it_calls(stage, "AddTags", lambda: move_weights(stage, HALF))
    until(stage, Phase.SHIFT)
    assert stage.weights() == HALF
    assert "was changed by somebody else since it was read" in stage.status().reason


def lose_notes(stage: Stage) -> None:
    """Somebody takes off the rule when its weights were read back."""
    stage.client("elbv2").remove_tags(ResourceArns=[stage.rule()["RuleArn"]], TagKeys=["reconciler:shifted-at"])


def disown(stage: Stage) -> None:
    """Somebody takes the rule, and leads it to the old colour."""
    move_weights(stage, BLUE)
    stage.client("elbv2").remove_tags(ResourceArns=[stage.rule()["RuleArn"]], TagKeys=["reconciler:owner"])


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda stage: move_weights(stage, HALF), "it keeps its tasks"),
        (lose_notes, "it keeps its tasks"),
        (disown, "it keeps its tasks"),
        (lambda stage: unregister(stage, "green", 1), "where the traffic goes there is 1 healthy"),
    ],
    ids=["weights", "notes", "owner", "targets"],
)
def test_what_happens_just_before_the_old_colour_goes_keeps_it(
    stage: Stage, happens: Callable[[Stage], Any], why: str
) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    stage.clock.step(60)
    look_again = partial(when_it_calls, stage, "DescribeServices", partial(happens, stage))
    when_it_calls(stage, "DescribeTargetHealth", look_again)  # the last that is read before a plan is made
    stage.passes(1)
    assert (stage.status().phase, stage.running("web-blue")) == (Phase.RETIRE, ["v1", "v1"])
    assert why in stage.status().reason


def test_no_weight_moves_before_its_record_is_known_to_be_made(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)

    def be_away() -> None:
        raise AwsRefusal("503", "", 503)

    when_it_calls(stage, "AddTags", be_away)
    until(stage, Phase.SHIFT)
    assert stage.weights() == BLUE
    stage.settle()
    assert stage.weights() == GREEN


def test_once_it_is_told_to_stop_no_further_write_begins(stage: Stage) -> None:
    stage.web("v1")
    stop = threading.Event()
    when_it_calls(stage, "RegisterTaskDefinition", stop.set)
    stage.commit()
    stage.loop.run_pass(None, stop)
    assert stage.writes() == ["RegisterTaskDefinition"]


def test_once_it_is_told_to_stop_what_it_is_reading_is_no_news(stage: Stage) -> None:
    stage.web("v1")
    stop = threading.Event()
    when_it_calls(stage, "DescribeClusters", stop.set)
    stage.commit()
    stage.loop.run_pass(None, stop)
    assert (stage.writes(), stage.loop.status.services) == ([], {})


def test_the_old_colour_stays_while_the_new_one_has_lost_a_target(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    lost = unregister(stage, "green", 1)
    stage.passes(20)
    assert "blue stays: only 1 of 2 targets of green are healthy" in stage.status().reason
    assert stage.running("web-blue") == ["v1", "v1"]
    register(stage, "green", lost)
    stage.settle()
    assert (stage.running("web-green"), stage.running("web-blue")) == (["v2", "v2"], [])


def test_a_sick_release_is_not_held_back_while_nothing_else_could_serve(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    unregister(stage, "blue", 2)
    lost = unregister(stage, "green", 2)
    stage.passes(5)
    assert stage.status().health is HealthStatus.DEGRADED
    assert "no other slot is fit to take over" in stage.status().reason
    register(stage, "green", lost)
    stage.settle()
    assert stage.weights() == GREEN


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(sick_after=30)})])
def test_a_release_that_failed_keeps_the_traffic_until_another_colour_can_carry_it(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    lost: list[dict[str, Any]] = []
    when_it_calls(stage, "TagResource", lambda: lost.extend(unregister(stage, "blue", 2)))  # the record of the failure
    stage.passes(8)
    assert "no other slot is fit to take over" in stage.status().reason
    assert stage.weights() == GREEN
    register(stage, "blue", lost)
    stage.passes(20)
    assert stage.weights() == BLUE


@pytest.mark.parametrize(("bake", "delay"), [("1s", 90), ("90s", 1)])
def test_the_old_colour_stands_by_for_its_bake_and_until_its_targets_have_drained(
    stage: Stage, bake: str, delay: int
) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    text = (stage.root / "services/web/service.yml").read_text().replace("bake: 60s", f"bake: {bake}")
    text = text.replace("deregistration_delay: 10", f"deregistration_delay: {delay}")
    stage.write("services/web/service.yml", text)
    until(stage, Phase.BAKE)
    stage.passes(16)
    assert stage.running("web-blue") == ["v1", "v1"]
    stage.settle()
    assert stage.running("web-blue") == []


def test_two_rules_that_would_have_the_same_priority_are_made_in_one_pass(stage: Stage) -> None:
    for service in ("web37", "web156"):  # whose host names fall on the same number
        stage.web("v1", service=service)
    stage.passes(1)
    assert [stage.rule(service)["Actions"][0]["Type"] for service in ("web37", "web156")] == ["forward"] * 2
