"""A revision is applied to a service only if it descends from what was applied to it before, or a person says so."""

import threading
from dataclasses import replace
from datetime import datetime

import pytest

from reconciler.intents import confirmation
from reconciler.model import Policy, SyncStatus
from reconciler.source import DirectorySource
from tests.loop.harness import Stage

FIRST, SECOND, REWRITTEN, FOURTH = ("1" * 40, "2" * 40, "3" * 40, "4" * 40)


def push(stage: Stage, *history: str) -> None:
    """What is written is pushed as the last of these commits."""
    tree = DirectorySource(stage.root).read()
    stage.loop.accept(replace(tree, revision=history[-1], history=frozenset(history)))


def passes(stage: Stage, count: int = 1) -> None:
    for _ in range(count):
        stage.loop.run_pass(None, threading.Event())
        stage.clock.step(5)
        stage.sandbox.world.tick()


def deploy(stage: Stage, version: str, *history: str) -> None:
    """Push a version of the service, and converge."""
    stage.web(version)
    push(stage, *history)
    for _ in range(40):
        passes(stage)
        if stage.settled():
            return
    raise AssertionError(stage.report())


def confirm(stage: Stage, revision: str, at: datetime | None = None) -> None:
    """A person confirms a revision, by the tag that the command leaves."""
    ecs = stage.client("ecs")
    (cluster,) = ecs.describe_clusters(clusters=["test"])["clusters"]
    tags = confirmation(revision, "alice", at or stage.clock.now())
    ecs.tag_resource(resourceArn=cluster["clusterArn"], tags=[{"key": k, "value": v} for k, v in tags.items()])


def recorded(stage: Stage) -> str:
    """The commit that AWS remembers of what the service runs."""
    ecs = stage.client("ecs")
    running = stage.ecs_service("web")["taskDefinition"]
    tags = ecs.describe_task_definition(taskDefinition=running, include=["TAGS"])["tags"]
    return str({tag["key"]: tag["value"] for tag in tags}["reconciler:revision"])


def run_by_hand(stage: Stage) -> None:
    """Somebody registers two copies of what the service runs, without its tags, and has it run the second."""
    ecs = stage.client("ecs")
    told = ecs.describe_task_definition(taskDefinition=stage.ecs_service("web")["taskDefinition"])["taskDefinition"]
    fields = {name: told[name] for name in ("family", "containerDefinitions", "cpu", "memory", "networkMode")}
    for _ in range(2):
        copy = ecs.register_task_definition(**fields)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster="test", service="web", taskDefinition=copy)
    for _ in range(10):
        stage.clock.step(5)
        stage.sandbox.world.tick()


def test_what_runs_has_the_commit_on_record_that_it_was_deployed_by(stage: Stage) -> None:
    deploy(stage, "v1", FIRST)
    deploy(stage, "v2", FIRST, SECOND)

    assert recorded(stage) == SECOND


@pytest.mark.parametrize("restarted", [False, True])
def test_a_history_without_what_was_applied_changes_nothing_and_says_how_to_agree(
    stage: Stage, restarted: bool
) -> None:
    deploy(stage, "v1", FIRST)
    deploy(stage, "v2", FIRST, SECOND)
    if restarted:
        stage.restart()
    stage.web("v3")
    push(stage, FIRST, REWRITTEN)

    with stage.observer.forbid_writes("history was rewritten"):
        passes(stage, 3)

    assert stage.status().reason == (
        "history was rewritten: 222222222222 was applied and did not lead to 333333333333; "
        "push what descends from it, or if that is meant: reconciler confirm 333333333333"
    )
    assert {held.policy for held in stage.recorder.plans[-1].held} == {Policy.REWRITTEN_HISTORY}
    assert stage.running("web") == ["v2", "v2"]


def test_a_rewritten_history_is_an_alert_though_nothing_of_a_service_has_changed(stage: Stage) -> None:
    deploy(stage, "v1", FIRST, SECOND)
    push(stage, FIRST, REWRITTEN)
    passes(stage)

    assert (stage.status().sync, stage.status().diverged_from) == (SyncStatus.SYNCED, SECOND)
    assert "reconciler_git_diverged_services 1.0" in stage.metrics()
    assert stage.told().count('"event": "history was rewritten"') == 1


def test_a_branch_that_is_reset_is_noticed_though_no_task_definition_knows_its_last_commit(stage: Stage) -> None:
    deploy(stage, "v1", FIRST)
    stage.web("v1", instances=3)
    push(stage, FIRST, SECOND)
    passes(stage, 5)
    stage.web("v1")
    push(stage, FIRST)

    with stage.observer.forbid_writes("the branch was reset"):
        passes(stage, 2)

    assert len(stage.running("web")) == 3
    assert stage.status().diverged_from == SECOND


def test_a_branch_that_is_reset_past_a_commit_that_did_nothing_has_still_lost_the_one_before_it(stage: Stage) -> None:
    deploy(stage, "v1", FIRST)
    stage.web("v1", instances=3)
    push(stage, FIRST, SECOND)
    passes(stage, 5)
    stage.write("services/broken/release.yml", "test: v1")
    push(stage, FIRST, SECOND, FOURTH)
    passes(stage)
    stage.web("v1")
    push(stage, FIRST)

    with stage.observer.forbid_writes("the branch was reset"):
        passes(stage, 2)

    assert stage.status().diverged_from == SECOND


def test_a_commit_that_was_held_back_whole_may_be_taken_out_of_the_history(stage: Stage) -> None:
    names = [f"w{number}" for number in range(6)]
    for name in names:
        stage.web("v1", service=name, instances=1)
    deploy(stage, "v1", FIRST)
    for name in names:
        stage.web("v2", service=name, instances=1)
    push(stage, FIRST, SECOND)
    with stage.observer.forbid_writes("the change brake"):
        passes(stage, 2)
    for name in names:
        stage.web("v1", service=name, instances=1)

    deploy(stage, "v2", FIRST, REWRITTEN)

    assert recorded(stage) == REWRITTEN


def test_a_commit_counts_as_applied_though_some_services_had_diverged_from_it(stage: Stage) -> None:
    stage.web("v1", service="other")
    deploy(stage, "v1", FIRST)
    deploy(stage, "v2", FIRST, SECOND)
    stage.restart()
    stage.web("v1", service="other", instances=3)
    push(stage, FIRST, REWRITTEN)
    passes(stage, 5)
    assert (stage.status("web").diverged_from, stage.status("other").diverged_from) == (SECOND, "")
    stage.web("v1", service="other", instances=1)
    push(stage, FIRST, FOURTH)

    with stage.observer.forbid_writes("other was changed by a commit that is lost"):
        passes(stage, 2)

    assert stage.status("other").diverged_from == REWRITTEN
    assert len(stage.running("other")) == 3


def test_what_was_lost_and_is_pushed_again_is_applied(stage: Stage) -> None:
    deploy(stage, "v2", FIRST, SECOND)
    push(stage, FIRST, REWRITTEN)
    passes(stage)

    deploy(stage, "v3", FIRST, SECOND, FOURTH)

    assert recorded(stage) == FOURTH
    assert "reconciler_git_diverged_services 0.0" in stage.metrics()


def test_a_confirmed_revision_is_applied_and_so_is_what_descends_from_it(stage: Stage) -> None:
    deploy(stage, "v2", FIRST, SECOND)
    stage.web("v3")
    push(stage, FIRST, REWRITTEN)
    passes(stage)
    confirm(stage, REWRITTEN[:12])

    deploy(stage, "v3", FIRST, REWRITTEN)
    deploy(stage, "v4", FIRST, REWRITTEN, FOURTH)

    assert recorded(stage) == FOURTH


def test_a_service_that_a_confirmed_revision_did_not_change_is_not_asked_about_again(stage: Stage) -> None:
    deploy(stage, "v2", FIRST, SECOND)
    push(stage, REWRITTEN)
    confirm(stage, REWRITTEN)
    passes(stage)

    stage.restart()
    deploy(stage, "v3", REWRITTEN, FOURTH)

    assert recorded(stage) == FOURTH


def test_a_confirmation_does_not_cover_what_was_applied_after_it(stage: Stage) -> None:
    deploy(stage, "v1", FIRST)
    confirm(stage, FIRST)
    stage.clock.step(5)
    deploy(stage, "v2", FIRST, SECOND)
    stage.web("v3")
    push(stage, FIRST, REWRITTEN)

    with stage.observer.forbid_writes("the second commit was applied after the first was confirmed"):
        passes(stage, 2)


@pytest.mark.parametrize("removed", [False, True])
def test_a_definition_that_was_registered_by_hand_does_not_hide_what_was_applied(stage: Stage, removed: bool) -> None:
    stage.web("v1", service="other")
    deploy(stage, "v1", FIRST)
    deploy(stage, "v2", FIRST, SECOND)
    run_by_hand(stage)
    stage.restart()
    if removed:
        stage.delete("web")
    else:
        stage.web("v3")
    push(stage, FIRST, REWRITTEN)

    with stage.observer.forbid_writes("history was rewritten"):
        passes(stage, 3)

    assert stage.status().diverged_from == SECOND


def test_a_service_that_left_with_a_rewritten_history_is_not_removed(stage: Stage) -> None:
    stage.web("v1", service="other")
    deploy(stage, "v1", FIRST, SECOND)
    stage.restart()
    stage.delete("web")
    push(stage, REWRITTEN)

    with stage.observer.forbid_writes("history was rewritten"):
        passes(stage, 4)

    assert stage.running("web") == ["v1", "v1"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_service_that_comes_with_a_rewritten_history_is_not_made_after_a_restart(stage: Stage, at_once: bool) -> None:
    deploy(stage, "v1", FIRST)
    deploy(stage, "v2", FIRST, SECOND)
    stage.restart()
    if not at_once:
        push(stage, FIRST, REWRITTEN)
        passes(stage, 2)
    stage.web("v1", service="new")
    push(stage, FIRST, REWRITTEN, FOURTH)
    with stage.observer.forbid_writes("the last commit that was applied in the cluster is lost"):
        stage.scoped() if not at_once else passes(stage, 4)

    assert stage.status("new").diverged_from == SECOND

    confirm(stage, FOURTH)
    passes(stage, 10)

    assert stage.running("new") == ["v1", "v1"]


def test_a_directory_has_no_history_and_replaces_what_git_had_applied(stage: Stage) -> None:
    deploy(stage, "v1", FIRST)
    stage.restart()
    stage.web("v2")

    stage.settle()

    assert stage.running("web") == ["v2", "v2"]
    assert recorded(stage).startswith("dir:")


def test_what_was_applied_from_a_directory_holds_no_commit_back(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.restart()

    deploy(stage, "v2", FIRST)

    assert recorded(stage) == FIRST


@pytest.mark.parametrize("restarted", [False, True])
def test_a_revision_that_was_confirmed_once_takes_back_nothing_that_was_applied_since(
    stage: Stage, restarted: bool
) -> None:
    deploy(stage, "v1", FIRST)
    confirm(stage, FIRST)  # a brake asked for it
    stage.clock.step(60)
    deploy(stage, "v2", FIRST, SECOND)
    if restarted:
        stage.restart()
    stage.web("v1")
    push(stage, FIRST)
    with stage.observer.forbid_writes("the branch was reset to before what was applied"):
        passes(stage, 4)

    assert stage.status().held_by is Policy.REWRITTEN_HISTORY

    confirm(stage, FIRST)
    deploy(stage, "v1", FIRST)
