"""Pauses: while a person says so nothing at all is written, wherever a service is; then it goes on from there."""

from datetime import timedelta

import pytest

from reconciler.model import Phase, Policy
from tests.loop.harness import Stage
from tests.loop.people import cluster_arn, pause_cluster, pause_service, paused, resume, tag


def test_a_paused_cluster_is_not_written_to_until_it_is_resumed(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    pause_cluster(stage)
    stage.web("v2")
    stage.web("v1", service="other")
    with stage.observer.forbid_writes("paused"):
        stage.passes(5)
    assert stage.status("web").reason == "paused by alice until it is resumed: incident 4711"
    assert stage.status("other").held_by is Policy.PAUSED

    resume(stage, cluster_arn(stage))
    stage.settle()

    assert stage.running("web") == ["v2", "v2"]


def test_a_paused_service_is_left_alone_and_its_neighbours_are_not(stage: Stage) -> None:
    for service in ("web", "other"):
        stage.web("v1", service=service)
    stage.settle()
    pause_service(stage, "web")
    for service in ("web", "other"):
        stage.web("v2", service=service)
    stage.passes(8)

    assert (stage.running("web"), stage.running("other")) == (["v1", "v1"], ["v2", "v2"])


@pytest.mark.parametrize(("phase", "colour"), [(Phase.VERIFY, "web-blue"), (Phase.BAKE, "web-green")])
def test_a_pause_on_either_colour_stops_a_rollout_where_it_is(stage: Stage, phase: Phase, colour: str) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    stage.web("v2", "blue-green")
    while stage.status().phase is not phase:
        stage.passes(1, step=1)
    pause_service(stage, colour)
    stage.passes(1)
    before = stage.weights()
    with stage.observer.forbid_writes("paused"):
        stage.passes(4, step=60)
    assert stage.weights() == before

    resume(stage, stage.ecs_service(colour)["serviceArn"])
    stage.settle()

    assert stage.running("web-green") == ["v2", "v2"]


def test_a_removal_stops_where_it_is(stage: Stage) -> None:
    for service in ("web", "other"):
        stage.web("v1", service=service)
    stage.settle()
    stage.delete("web")
    stage.passes(2)
    pause_service(stage, "web")
    with stage.observer.forbid_writes("paused"):
        stage.passes(4)

    resume(stage, stage.ecs_service("web")["serviceArn"])
    stage.passes(20)

    assert [str(key) for key in stage.loop.status.services] == ["test/other"]


def test_a_pause_ends_by_itself_and_its_tag_is_left_where_it_is(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    pause_service(stage, "web", until=stage.clock.now() + timedelta(minutes=1))
    stage.web("v2")
    with stage.observer.forbid_writes("paused"):
        stage.passes(5, step=10)
    assert "paused by alice until 2026-01-01T00:" in stage.status().reason
    stage.settle()

    assert stage.running("web") == ["v2", "v2"]
    assert "reconciler:paused" in {item["key"] for item in stage.ecs_service("web")["tags"]}
    with stage.observer.forbid_writes("the tag is a person's"):
        stage.passes(3)
    assert "reconciler_paused{" not in stage.metrics()


def test_a_tag_written_by_hand_in_a_hurry_is_a_pause_without_an_end(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    tag(stage, cluster_arn(stage), {"reconciler:paused": "until=tomorrow ask bob"})
    stage.web("v2")
    with stage.observer.forbid_writes("paused"):
        stage.passes(5)

    assert stage.status().reason == "paused by somebody until it is resumed: until=tomorrow ask bob"


def test_a_restarted_operator_knows_the_pause_from_its_first_pass(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    pause_service(stage, "web")
    stage.web("v2")
    stage.restart()
    with stage.observer.forbid_writes("paused"):
        stage.passes(3)


def test_a_pause_is_told_in_status_metrics_log_and_at_the_terminal_even_if_nothing_is_held(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    pause_service(stage, "web")
    stage.passes(2)

    assert stage.settled()
    told = stage.told()
    assert 'reconciler_paused{cluster="test",service="web"} 1.0' in told
    assert '"event": "paused"' in told
    assert "test/web                paused by alice until it is resumed: incident 4711" in told

    resume(stage, stage.ecs_service("web")["serviceArn"])
    stage.passes(1)

    assert "test/web                goes on: no longer paused or frozen" in stage.told()


def test_a_pass_over_other_services_does_not_forget_a_pause(stage: Stage) -> None:
    for service in ("web", "other"):
        stage.web("v1", service=service)
    stage.settle()
    pause_service(stage, "web")
    pause_cluster(stage)
    stage.passes(1)

    stage.scoped("other")

    assert [pause.subject for pause in stage.loop.status.pauses] == ["cluster test", "test/web"]


def test_two_pauses_of_one_service_hold_until_both_are_taken_back(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    pause_service(stage, "web")
    tag(stage, cluster_arn(stage), paused(stage))
    resume(stage, cluster_arn(stage))
    stage.web("v2")
    with stage.observer.forbid_writes("the service is still paused"):
        stage.passes(3)


@pytest.mark.parametrize("giver", ["kept", "renamed"])
def test_the_record_of_a_paused_service_stays_when_another_one_asks_for_its_host(stage: Stage, giver: str) -> None:
    stage.web("v1")
    stage.settle()
    pause_service(stage, "web")
    records = owners(stage)
    stage.web("v1", service="taker", hosts=("web",))
    if giver == "kept":
        stage.web("v1", hosts=("other",))
    else:
        stage.delete("web")
    stage.passes(12)

    assert owners(stage) == records
    assert stage.status("taker").reason == (
        "web.test.example is test/web's still: paused by alice until it is resumed: incident 4711"
    )

    resume(stage, stage.ecs_service("web")["serviceArn"])
    stage.settle()

    assert "taker" in owners(stage)["_reconciler.web.test.example."]


def test_a_pass_over_the_taker_alone_does_not_reach_for_the_record_of_a_paused_service(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    pause_service(stage, "web")
    stage.web("v1", service="taker", hosts=("web",))
    stage.web("v1", hosts=("other",))
    stage.passes(8)
    with stage.observer.forbid_writes("the pass has not read who is paused"):
        stage.scoped("taker")

    assert stage.status("taker").reason == "web.test.example is test/web's still: a pass over everything decides"


def owners(stage: Stage) -> dict[str, str]:
    """What the zone says of who owns which name."""
    route53 = stage.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return {item["Name"]: item["ResourceRecords"][0]["Value"] for item in records if item["Type"] == "TXT"}
