"""Users of a service during a release: somebody keeps asking, and not one request may fail."""

import pytest

from reconciler.model import Phase
from reconciler.sandbox import Behaviour, Scenario
from tests.loop.harness import Stage
from tests.sandbox.visitors import Visitor, visiting

HOST = "web.test.example"


def address(stage: Stage) -> str:
    """Where the load balancer of `http-internal` takes requests."""
    return stage.sandbox.traffic.addresses()["test-internal", 80]


def release(stage: Stage, visitor: Visitor, *, passes: int = 40, killed: bool = False) -> None:
    """Passes under traffic; each waits for answers, so that every state is seen by requests."""
    for number in range(passes):
        if killed:
            stage.restart()
        stage.passes(1)
        visitor.wait_for(3)
        if number > 2 and stage.settled():
            return


@pytest.mark.parametrize("killed", [False, True], ids=["one operator", "an operator killed before every pass"])
def test_a_blue_green_release_loses_no_request(stage: Stage, killed: bool) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    with visiting(address(stage), HOST) as visitor:
        visitor.wait_for(5)
        stage.web("v2", "blue-green")
        release(stage, visitor, killed=killed)
        visitor.wait_for(5)
    assert stage.settled(), stage.report()
    assert visitor.failures() == []
    assert visitor.versions() == {"v1", "v2"}
    assert visitor.versions(last=4) == {"v2"}


def test_an_operator_killed_in_the_middle_of_the_switch_loses_no_request(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    with visiting(address(stage), HOST) as visitor:
        stage.web("v2", "blue-green")
        stage.kill_before("ModifyRule")
        release(stage, visitor, passes=10)
        assert visitor.versions() == {"v1"}
        stage.restart()
        release(stage, visitor)
        visitor.wait_for(5)
    assert visitor.failures() == []
    assert visitor.versions(last=4) == {"v2"}


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(sick_after=30)})])
def test_the_way_back_loses_no_request_but_those_that_the_sick_release_took(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    with visiting(address(stage), HOST) as visitor:
        stage.web("v2", "blue-green")
        release(stage, visitor)
        assert stage.status().phase is Phase.FAILED
        visitor.wait_for(5)
    assert {answer.version for answer in visitor.failures()} <= {"v2", ""}
    assert visitor.versions(last=4) == {"v1"}


def test_a_rolling_release_loses_no_request(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    with visiting(address(stage), HOST) as visitor:
        stage.web("v2")
        release(stage, visitor)
        visitor.wait_for(5)
    assert stage.settled(), stage.report()
    assert visitor.failures() == []
    assert visitor.versions(last=4) == {"v2"}
