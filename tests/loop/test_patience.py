"""What can't be done at once is tried again later and later, and nobody else waits for it."""

import threading
from datetime import datetime, timedelta

from reconciler.sandbox import AwsRefusal, Call
from tests.loop.harness import Stage, is_operators
from tests.loop.test_agenda import run_until_settled


class Refusing:
    """AWS refuses an operation on what belongs to one service, and remembers when it was asked."""

    def __init__(self, stage: Stage, operation: str, code: str) -> None:
        self.asked: list[datetime] = []
        self._stage, self._operation, self._code = stage, operation, code
        stage.sandbox.hooks.before.append(self._refuse)

    def relent(self) -> None:
        """From now on it is allowed."""
        self._stage.sandbox.hooks.before.remove(self._refuse)

    def pauses(self) -> list[float]:
        """Seconds between one attempt and the next."""
        return [(later - earlier).total_seconds() for earlier, later in zip(self.asked, self.asked[1:], strict=False)]

    def _refuse(self, call: Call) -> None:
        if is_operators() and call.operation == self._operation:
            self.asked.append(self._stage.clock.now())
            raise AwsRefusal(self._code, "not now", 400)


def run_for(stage: Stage, seconds: float) -> int:
    """Let the loop run by its own agenda for so long; returns how many passes it made."""
    end = stage.clock.now() + timedelta(seconds=seconds)
    passes = 0

    def over(_last: object) -> bool:
        nonlocal passes
        passes += 1
        stage.sandbox.world.tick()
        return stage.clock.now() >= end

    stage.commit()
    stage.loop.run(threading.Event(), until=over)
    return passes


def test_a_shift_that_is_denied_is_tried_later_and_later_and_done_when_it_is_allowed(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    denial = Refusing(stage, "ModifyRule", "AccessDenied")
    stage.web("v2", "blue-green")
    run_for(stage, 600)
    assert "AccessDenied" in stage.status().reason
    assert 3 <= len(denial.asked) <= 20
    assert denial.pauses()[-1] >= 30 > denial.pauses()[0]
    denial.relent()
    run_until_settled(stage)
    assert stage.weights() == {"test-web-blue": 0, "test-web-green": 100}


def test_a_conflict_is_tried_later_and_later_and_told(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    conflict = Refusing(stage, "UpdateService", "ConflictException")
    stage.web("v2")
    run_for(stage, 600)
    assert "ConflictException" in stage.status().reason
    assert 3 <= len(conflict.asked) <= 20
    assert conflict.pauses()[-1] >= 30 > conflict.pauses()[0]
    conflict.relent()
    run_until_settled(stage)
    assert stage.running("web") == ["v2", "v2"]


def test_another_service_is_released_while_one_is_refused(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.web("v1", service="worker")
    stage.settle()
    Refusing(stage, "ModifyRule", "AccessDenied")
    stage.web("v2", "blue-green")
    run_for(stage, 120)
    stage.web("v2", service="worker")
    run_for(stage, 60)
    assert stage.running("worker") == ["v2", "v2"]
    assert stage.weights() == {"test-web-blue": 100, "test-web-green": 0}


def test_a_refused_write_does_not_end_the_turn_of_another_service_in_the_same_pass(stage: Stage) -> None:
    services = ("a", "b", "c")
    for service in services:
        stage.web("v1", service=service)
    stage.settle()

    def refuse(call: Call) -> None:
        if is_operators() and call.operation == "UpdateService" and call.parameters["service"] == "b":
            raise AwsRefusal("AccessDeniedException", "not now", 400)

    stage.sandbox.hooks.before.append(refuse)
    for service in services:
        stage.web("v2", service=service)
    stage.passes(1)
    revisions = [stage.ecs_service(service)["taskDefinition"].rsplit(":")[-1] for service in services]
    assert revisions == ["2", "1", "2"]


def test_a_removal_that_waits_for_a_person_makes_no_haste(stage: Stage) -> None:
    for number in range(4):
        stage.web("v1", service=f"web{number}")
    stage.settle()
    for number in range(2):
        stage.delete(f"web{number}")
    with stage.observer.forbid_writes("prune brake"):
        passes = run_for(stage, 600)
    assert stage.recorder.plans[-1].held
    assert passes <= 600 / 60 + 3


def test_a_service_is_released_while_a_removal_waits_for_a_person(stage: Stage) -> None:
    for number in range(4):
        stage.web("v1", service=f"web{number}")
    stage.settle()
    for number in range(2):
        stage.delete(f"web{number}")
    run_for(stage, 120)
    stage.web("v2", service="web3")
    run_for(stage, 60)
    assert stage.running("web3") == ["v2", "v2"]
