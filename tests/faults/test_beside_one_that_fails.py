"""L4: ten services beside one that always fails are as they should be one pass later at most than without it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from unittest.mock import patch

import pytest

import reconciler.plan.planner
from reconciler.aws.gateway import is_read
from reconciler.model import Snapshot, Waypoint
from reconciler.rollout import Blueprint, next_waypoint
from tests.faults.injector import NOTHING, Asked, Fault, Injector, Refused
from tests.faults.written import Written, installation
from tests.invariants.liveness import assert_not_held_up
from tests.loop.harness import Stage

TEN = {f"s{n}": Written(hosts=(f"s{n}",), strategy=("rolling", "blue-green")[n % 2]) for n in range(10)}
FAILING = "always-fails"
MOST = 30


@contextmanager
def refused(stage: Stage) -> Iterator[None]:
    """AWS refuses whatever is written for it."""

    def decide(asked: Asked) -> Fault:
        its = FAILING in asked.parameters and not is_read(asked.operation)
        return Refused("AccessDeniedException") if its else NOTHING

    stage.on_client = Injector(decide).watch
    yield


@contextmanager
def breaks_the_planner(stage: Stage) -> Iterator[None]:
    """A defect shows with it."""
    stage.recorder.defective = FAILING

    def plan(blueprint: Blueprint, snapshot: Snapshot) -> Waypoint:
        if blueprint.workload.key.service == FAILING:
            raise ZeroDivisionError
        return next_waypoint(blueprint, snapshot)

    with patch.object(reconciler.plan.planner, "next_waypoint", plan):
        yield


WAYS: dict[str, tuple[str, Callable[[Stage], AbstractContextManager[None]]]] = {
    "its writes are refused": ("v1", refused),
    "its tasks crash": ("v1-broken", lambda _: nullcontext()),
    "its targets are never healthy": ("v1-sick", lambda _: nullcontext()),
    "its planning raises": ("v1", breaks_the_planner),
}


def passes_until_well(stage: Stage) -> dict[str, int]:
    """For each of the ten, after how many passes it was first in sync and well."""
    for name, it in TEN.items():
        it.write(stage, name)
    well: dict[str, int] = {}
    for number in range(1, MOST):
        stage.passes(1)
        now = {name for name in TEN if stage.is_well("test", name)}
        well |= dict.fromkeys(now - well.keys(), number)
        if well.keys() == TEN.keys():
            return well
    raise AssertionError(stage.report())


@pytest.fixture(scope="module")
def alone() -> dict[str, int]:
    with installation() as stage:
        return passes_until_well(stage)


@pytest.mark.parametrize("way", WAYS)
def test_a_service_that_always_fails_holds_the_others_up_by_one_pass_at_most(way: str, alone: dict[str, int]) -> None:
    version, fails = WAYS[way]
    with installation() as stage, fails(stage):
        Written(version, "blue-green", (FAILING,)).write(stage, FAILING)
        beside = passes_until_well(stage)
        assert not stage.is_well("test", FAILING)
    for name, passes in alone.items():
        assert_not_held_up(passes, beside[name])
