"""The number of tasks changes in the middle of a release, by the spec, an autoscaler or a hand."""

import pytest

from reconciler.model import Phase
from reconciler.sandbox import Behaviour, Scenario
from tests.loop.harness import Stage
from tests.loop.test_blue_green import BLUE, GREEN, on_blue, until
from tests.loop.test_prune import everything

SLOW = Scenario(images={"web:v2": Behaviour(starts_after=30)})
AUTOSCALED = "ignore: [desiredCount]\n"


def set_count(stage: Stage, service: str, count: int) -> None:
    """An autoscaler, or somebody by hand, changes how many tasks a service has."""
    stage.client("ecs").update_service(cluster="test", service=service, desiredCount=count)


def test_instances_can_be_raised_during_the_bake(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    stage.web("v2", "blue-green", instances=4)
    stage.settle(150)
    assert stage.weights() == GREEN
    assert (stage.running("web-green"), stage.running("web-blue")) == (["v2"] * 4, [])


def test_an_autoscaled_service_is_released_again_and_again(stage: Stage) -> None:
    for version, colour in (("v1", "blue"), ("v2", "green"), ("v3", "blue"), ("v4", "green")):
        stage.web(version, "blue-green", extra=AUTOSCALED)
        stage.settle(150)
        assert stage.running(f"web-{colour}") == [version, version]
        assert stage.weights() == {"v1": BLUE, "v2": GREEN, "v3": BLUE, "v4": GREEN}[version]


def test_an_autoscaler_may_scale_in_during_the_bake(stage: Stage) -> None:
    stage.web("v1", "blue-green", extra=AUTOSCALED, instances=3)
    stage.settle()
    stage.web("v2", "blue-green", extra=AUTOSCALED, instances=3)
    until(stage, Phase.BAKE)
    set_count(stage, "web-green", 2)
    stage.settle(150)
    assert stage.weights() == GREEN
    assert (stage.running("web-green"), stage.running("web-blue")) == (["v2", "v2"], [])


@pytest.mark.parametrize("scenario", [SLOW])
def test_an_autoscaler_may_scale_out_what_serves_while_the_next_release_is_verified(stage: Stage) -> None:
    stage.web("v1", "blue-green", extra=AUTOSCALED)
    stage.settle()
    stage.web("v2", "blue-green", extra=AUTOSCALED)
    until(stage, Phase.VERIFY)
    set_count(stage, "web-blue", 4)
    stage.settle(150)
    assert stage.weights() == GREEN
    assert stage.running("web-green") == ["v2"] * 4


def test_a_commit_that_goes_back_to_fewer_instances_during_the_bake_goes_back_to_the_old_version(stage: Stage) -> None:
    on_blue(stage)
    stage.passes(70, 10)  # what stands by is older than the deadline
    stage.web("v2", "blue-green", instances=4)
    until(stage, Phase.BAKE)
    stage.web("v1", "blue-green")
    stage.settle(150)
    assert stage.weights() == BLUE
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1", "v1"], [])


def test_a_service_that_was_at_0_comes_back_with_a_new_version(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v1", "blue-green", instances=0)
    stage.passes(30)
    assert stage.running("web-blue") == []
    stage.web("v2", "blue-green")
    stage.settle(150)
    assert stage.weights() == GREEN
    assert (stage.running("web-green"), stage.running("web-blue")) == (["v2", "v2"], [])


def test_what_serves_is_set_to_0_by_hand_while_a_good_release_is_verified(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)
    set_count(stage, "web-blue", 0)
    stage.settle(150)
    assert stage.weights() == GREEN
    assert stage.running("web-green") == ["v2", "v2"]


@pytest.mark.parametrize("scenario", [SLOW])
def test_both_colours_are_set_to_0_by_hand_while_a_release_is_verified(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)
    set_count(stage, "web-blue", 0)
    set_count(stage, "web-green", 0)
    stage.settle(150)
    assert stage.weights() == GREEN
    assert stage.running("web-green") == ["v2", "v2"]


@pytest.mark.parametrize("instances", [0, 2], ids=["and stays", "and comes back"])
def test_instances_0_keeps_the_services_of_both_colours(stage: Stage, instances: int) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    stage.settle()
    stage.web("v2", "blue-green", instances=0)
    stage.passes(40)
    assert stage.running("web-green") == []
    stage.web("v2", "blue-green", instances=instances)
    stage.settle(150)
    assert everything(stage)["services"] == ["web-blue", "web-green"]
    assert (stage.running("web-green"), stage.running("web-blue")) == (["v2"] * instances, [])
