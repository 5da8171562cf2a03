"""When the loop looks at what: a commit at once and alone, a rollout as it goes, everything at each sweep."""

import threading
from collections import Counter

import pytest

from reconciler.loop import Pass, reading
from reconciler.source import DirectorySource, SourceError, Tree
from tests.loop.harness import Stage


def run_until_settled(stage: Stage, most: int = 200) -> list[Pass]:
    """Let the loop run by its own agenda, time passing as it waits, until all is in sync or for so many passes."""
    passes: list[Pass] = []

    def done(last: Pass) -> bool:
        passes.append(last)
        stage.sandbox.world.tick()
        return stage.settled() or len(passes) >= most

    stage.loop.run(threading.Event(), until=done)
    assert stage.settled(), stage.report()
    return passes


def test_by_its_own_agenda_the_loop_brings_a_first_commit_into_sync(stage: Stage) -> None:
    stage.web("v1")
    stage.web("v1", "blue-green", service="shop")
    stage.commit()
    run_until_settled(stage)
    assert stage.running("web") == ["v1", "v1"]
    assert stage.running("shop-blue") == ["v1", "v1"]


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
def test_a_commit_to_one_service_is_acted_on_at_once_without_looking_at_the_others(stage: Stage, strategy: str) -> None:
    for service in ("web", "other"):
        stage.web("v1", strategy, service=service)
    stage.commit()
    run_until_settled(stage)
    began = stage.clock.now()
    stage.calls.clear()
    stage.web("v2", strategy)
    stage.commit()
    (first, *_) = run_until_settled(stage)
    assert {action.id.key.service for action in first.plan.actions} == {"web"}
    assert (first.status.services[first.plan.waypoints[0].key].version) == "v2"
    counts = Counter(call.operation for call in stage.calls)
    sweeps = 1 + (stage.clock.now() - began).total_seconds() // 60
    assert counts["ListServices"] <= sweeps


def test_a_commit_that_only_removes_a_service_is_swept_for(stage: Stage) -> None:
    for service in ("web", "other"):
        stage.web("v1", service=service)
    stage.commit()
    run_until_settled(stage)
    stage.delete("other")
    stage.commit()
    run_until_settled(stage)
    assert [str(key) for key in stage.loop.status.services] == ["test/web"]
    assert not stage.ecs_service("other") or stage.ecs_service("other")["status"] == "INACTIVE"


def test_drift_is_found_by_the_next_sweep(stage: Stage) -> None:
    stage.web("v1")
    stage.commit()
    run_until_settled(stage)
    stage.client("ecs").update_service(cluster="test", service="web", desiredCount=5)
    began = stage.clock.now()
    stop = threading.Event()
    stage.loop.run(stop, until=lambda last: bool(last.plan.actions))
    assert (stage.clock.now() - began).total_seconds() <= 60


def test_when_the_source_is_away_the_last_commit_stays_in_force(stage: Stage) -> None:
    stage.web("v1")
    stage.commit()
    run_until_settled(stage)
    stage.client("ecs").update_service(cluster="test", service="web", desiredCount=5)
    stage.loop.accept(SourceError("git.example is away"))
    stage.loop.run(threading.Event(), until=lambda last: bool(last.plan.actions))
    run_until_settled(stage)
    assert stage.loop.status.source_error == "git.example is away"
    assert stage.ecs_service("web")["desiredCount"] == 2
    stage.commit()
    stage.passes(1)
    assert stage.loop.status.source_error == ""


def test_a_defect_in_one_pass_does_not_end_the_operator(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.web("v1")
    stage.commit()
    broken: list[Exception] = []
    monkeypatch.setattr(stage.recorder, "broke", broken.append)
    passed = stage.recorder.passed
    blow = iter([True])

    def passed_badly(*told: object) -> None:
        if next(blow, False):
            raise RuntimeError("a defect")
        passed(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.recorder, "passed", passed_badly)
    run_until_settled(stage)
    assert [str(error) for error in broken] == ["a defect"]


def test_an_older_reading_that_comes_late_is_still_a_reading(stage: Stage) -> None:
    tree = reading(DirectorySource(stage.root))
    assert isinstance(tree, Tree)
    stage.web("v1")
    stage.commit()
    run_until_settled(stage)
    with stage.observer.forbid_writes("an empty tree removes nothing"):
        stage.loop.accept(tree)
        stage.loop.run_pass(None, threading.Event())


def test_a_source_that_was_away_from_the_start_is_told_and_nothing_counts_as_a_good_pass(stage: Stage) -> None:
    stage.loop.accept(SourceError("git.example is away"))
    stage.loop.run_pass(None, threading.Event())
    assert stage.loop.status.passed_at is None
    assert "git.example is away" in stage.told()
    stage.passes(1)
    assert stage.loop.status.passed_at is not None
