"""Freeze windows: nothing new begins in them, and what has begun is not left half done."""

import pytest

from reconciler.model import Phase, Policy
from tests.loop.harness import CLUSTER, Stage

WINDOW = "freeze: [{start: 2026-01-01T00:10:00Z, end: 2026-01-01T00:30:00Z, why: new year}]\n"
BEFORE, WITHIN, AFTER = 9 * 60, 11 * 60, 31 * 60


def sleep_until(stage: Stage, seconds: int) -> None:
    """The clock is put to so many seconds after midnight."""
    elapsed = (stage.clock.now() - stage.loop.status.started_at).total_seconds() if stage.loop.status.started_at else 0
    stage.clock.step(seconds - elapsed)
    stage.sandbox.world.tick()


@pytest.fixture
def frozen(stage: Stage) -> Stage:
    """Two services in sync, and a freeze from ten past midnight on."""
    stage.write("clusters/test.yml", CLUSTER + WINDOW)
    for service in ("web", "other"):
        stage.web("v1", "blue-green", service)
    stage.settle()
    return stage


def test_in_a_freeze_no_release_no_repair_no_removal_and_no_creation_begins(frozen: Stage) -> None:
    sleep_until(frozen, WITHIN)
    frozen.web("v2", "blue-green")
    frozen.web("v1", service="new")
    frozen.delete("other")
    frozen.client("ecs").update_service(cluster="test", service="web-blue", desiredCount=1)
    with frozen.observer.forbid_writes("frozen"):
        frozen.passes(5)
    assert frozen.status().held_by is Policy.FROZEN
    assert frozen.status().reason == "frozen until 2026-01-01T00:30:00Z: new year"
    assert 'reconciler_frozen_until_timestamp_seconds{cluster="test"} 1.7672274e+09' in frozen.metrics()

    sleep_until(frozen, AFTER)
    frozen.settle()

    assert frozen.running("web-green") == ["v2", "v2"]
    assert "reconciler_frozen_until_timestamp_seconds{" not in frozen.metrics()


def test_a_rollout_that_is_under_way_when_the_freeze_begins_goes_to_its_end(frozen: Stage) -> None:
    sleep_until(frozen, BEFORE)
    frozen.web("v2", "blue-green")
    while frozen.status().phase is not Phase.VERIFY:
        frozen.passes(1, step=1)
    sleep_until(frozen, WITHIN)
    frozen.settle()

    assert frozen.running("web-green") == ["v2", "v2"]
    assert frozen.loop.status.freezes


@pytest.mark.parametrize("phase", [Phase.SHIFT, Phase.BAKE])
def test_a_release_that_comes_while_another_one_bakes_takes_its_place_in_a_freeze_as_well(
    frozen: Stage, phase: Phase
) -> None:
    sleep_until(frozen, BEFORE)
    frozen.web("v2", "blue-green")
    while frozen.status().phase is not phase:
        frozen.passes(1, step=1)
    sleep_until(frozen, WITHIN)
    frozen.web("v3", "blue-green")
    frozen.settle()

    assert frozen.loop.status.freezes
    assert (frozen.running("web-blue"), frozen.running("web-green")) == (["v3", "v3"], [])


def test_a_release_that_comes_while_another_one_only_stands_up_waits_until_the_freeze_is_over(frozen: Stage) -> None:
    sleep_until(frozen, BEFORE)
    frozen.web("v2", "blue-green")
    while frozen.status().phase is not Phase.VERIFY:
        frozen.passes(1, step=1)
    sleep_until(frozen, WITHIN)
    frozen.web("v3", "blue-green")
    with frozen.observer.forbid_writes("frozen"):
        frozen.passes(5)

    assert frozen.running("web-blue") == ["v1", "v1"]


def test_a_rollout_that_fails_in_a_freeze_goes_back(frozen: Stage) -> None:
    sleep_until(frozen, BEFORE)
    frozen.web("v2", "blue-green")
    while frozen.status().phase is not Phase.BAKE:
        frozen.passes(1, step=1)
    sleep_until(frozen, WITHIN)
    frozen.client("ecs").update_service(cluster="test", service="web-green", desiredCount=0)
    frozen.passes(20)

    assert frozen.status().phase is Phase.FAILED
    assert frozen.weights()["test-web-blue"] > 0
    assert frozen.running("web-blue") == ["v1", "v1"]


def test_the_operator_wakes_when_the_freeze_ends(frozen: Stage) -> None:
    sleep_until(frozen, WITHIN)
    frozen.web("v2", "blue-green")
    frozen.passes(1)

    assert list(frozen.loop.status.ends()) == [frozen.loop.status.freezes[0].until]


def test_a_change_of_strategy_does_not_begin_in_a_freeze(stage: Stage) -> None:
    stage.write("clusters/test.yml", CLUSTER + WINDOW)
    stage.web("v1")
    stage.settle()
    sleep_until(stage, WITHIN)
    stage.web("v2", "blue-green")
    with stage.observer.forbid_writes("frozen"):
        stage.passes(5)
    assert stage.status().held_by is Policy.FROZEN
