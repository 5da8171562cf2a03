"""The operator dies at each of its writes, before it arrives or before its answer does, and another one goes on."""

from collections.abc import Callable

import pytest

from reconciler.sandbox import AwsRefusal, Behaviour, Call, Scenario
from tests.loop.harness import Stage, is_operators

STEP = 8


def release(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    stage.web("v2", "blue-green")


def release_that_falls_sick(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    stage.web("v2-falls", "blue-green")


def change_of_strategy(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2", "blue-green")


SCENARIOS: dict[str, tuple[Callable[[Stage], None], int]] = {
    "a release": (release, 6),
    "a release that falls sick": (release_that_falls_sick, 9),
    "a change of strategy": (change_of_strategy, 12),
}
ENDS = {
    "a release": {"web-blue": 0, "web-green": 2},
    "a release that falls sick": {"web-blue": 2, "web-green": 0},
    "a change of strategy": {"web-blue": 2},
}
"""How many tasks each ECS service has when nobody dies."""


@pytest.fixture
def scenario() -> Scenario:
    return Scenario(images={"web:v2-falls": Behaviour(sick_after=30)})


def die_at(stage: Stage, number: int, *, answered: bool) -> Callable[[], bool]:
    """The operator dies at its so-manieth write; with `answered`, AWS has carried it out. Tells whether it has died."""
    writes, dead = 0, False

    def before(call: Call) -> None:
        nonlocal writes, dead
        if is_operators():
            writes += not call.operation.startswith(("Describe", "List", "Get"))
            dead = dead or (writes == number and not answered)
            if dead:
                raise AwsRefusal("Killed", "the operator is dead")

    def after(_call: Call, _error: str | None) -> None:
        nonlocal dead
        if is_operators() and writes == number and not dead:
            dead = True
            raise AwsRefusal("Killed", "the operator is dead")

    stage.kill_with(before, after)
    return lambda: dead


def play_to_the_end(stage: Stage) -> None:
    """Passes until nothing more is written for a while."""
    quiet, before = 0, len(stage.writes())
    for _ in range(100):
        stage.passes(1, STEP)
        quiet = quiet + 1 if len(stage.writes()) == before else 0
        before = len(stage.writes())
        if quiet > 12:  # longer than the bake
            return
    raise AssertionError(f"never at rest:\n{stage.report()}")


@pytest.mark.parametrize("answered", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, (_, most) in SCENARIOS.items() for number in range(1, most + 1)]
)
def test_killed_at_any_write_the_end_is_the_same(stage: Stage, name: str, number: int, *, answered: bool) -> None:
    play, most = SCENARIOS[name]
    play(stage)
    has_died = die_at(stage, number, answered=answered)
    for _ in range(60):
        stage.passes(1, STEP)
        if has_died():
            break
    assert has_died(), f"{name} has fewer than {most} writes"
    stage.restart()
    play_to_the_end(stage)
    ecs = stage.client("ecs")
    names = sorted(arn.rsplit("/", 1)[-1] for arn in ecs.list_services(cluster="test")["serviceArns"])
    assert {each: len(stage.running(each)) for each in names} == ENDS[name]
    groups = [group["TargetGroupName"] for group in stage.client("elbv2").describe_target_groups()["TargetGroups"]]
    assert sorted(groups) == ["test-web-blue", "test-web-green"]
    assert stage.weights()[f"test-{max(names, key=ENDS[name].__getitem__)}"] == 100
    assert len(ecs.list_task_definitions(familyPrefix="test-web")["taskDefinitionArns"]) == 2
