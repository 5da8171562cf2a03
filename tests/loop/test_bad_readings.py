"""Partial readings, and resources that hands have bent: no traffic moves for them, and each heals by itself."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from reconciler.model import Phase, SyncStatus
from tests.loop.harness import Stage, is_operators
from tests.loop.test_blue_green import BLUE, GREEN, on_blue, until
from tests.loop.test_drift import zone

Answer = Mapping[str, Any]


@contextmanager
def answering(stage: Stage, operation: str, change: Callable[[Answer], Answer]) -> Iterator[None]:
    """ECS answers the operator something else."""
    answers = stage.sandbox.hooks.answers
    honest = answers["ecs", operation]
    answers["ecs", operation] = lambda call: change(honest(call)) if is_operators() else honest(call)
    yield
    answers["ecs", operation] = honest


def missing(service: str) -> Callable[[Answer], Answer]:
    """DescribeServices says that a service that was listed is missing."""

    def change(answer: Answer) -> Answer:
        lost = [item for item in answer["services"] if item["serviceName"] == service]
        kept = [item for item in answer["services"] if item["serviceName"] != service]
        failures = [{"arn": item["serviceArn"], "reason": "MISSING"} for item in lost]
        return {**answer, "services": kept, "failures": [*answer.get("failures", ()), *failures]}

    return change


def unlisted(service: str) -> Callable[[Answer], Answer]:
    """ListServices does not know of a service yet."""
    return lambda answer: {
        **answer,
        "serviceArns": [arn for arn in answer["serviceArns"] if not arn.endswith(f"/{service}")],
    }


def change_records(stage: Stage, *changes: tuple[str, Mapping[str, Any]]) -> None:
    """Somebody else changes records of the zone, by hand, in one batch."""
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    stage.client("route53").change_resource_record_sets(HostedZoneId=zone(stage), ChangeBatch={"Changes": batch})


def records(stage: Stage, name: str) -> dict[str, Any]:
    """The records of a name by their type."""
    found = stage.client("route53").list_resource_record_sets(HostedZoneId=zone(stage))["ResourceRecordSets"]
    return {record["Type"]: record for record in found if record["Name"] == f"{name}."}


def lose_slot_tag(stage: Stage) -> None:
    """Somebody takes the tag from the blue service that says which colour it is."""
    arn = stage.ecs_service("web-blue")["serviceArn"]
    stage.client("ecs").untag_resource(resourceArn=arn, tagKeys=["reconciler:slot"])


def tags(stage: Stage) -> dict[str, str]:
    """The tags of the rule."""
    (found,) = stage.client("elbv2").describe_tags(ResourceArns=[stage.rule()["RuleArn"]])["TagDescriptions"]
    return {tag["Key"]: tag["Value"] for tag in found["Tags"]}


@pytest.mark.parametrize("phase", [Phase.STABLE, Phase.BAKE])
@pytest.mark.parametrize("reading", ["DescribeServices", "ListServices"])
def test_a_partial_reading_of_the_services_moves_no_traffic(stage: Stage, phase: Phase, reading: str) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, phase)
    change = {"DescribeServices": missing, "ListServices": unlisted}[reading]
    with answering(stage, reading, change("web-green")):
        stage.passes(2)
    assert stage.weights() == GREEN
    assert stage.running("web-green") == ["v2", "v2"]
    stage.settle()
    assert stage.weights() == GREEN


def test_a_service_that_a_reading_lacks_keeps_its_traffic_though_its_strategy_changes(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v1", "blue-green")
    with answering(stage, "ListServices", unlisted("web")):
        stage.passes(2)
        assert stage.weights()["test-web"] == 100
    stage.settle(150)
    assert stage.weights() == BLUE


def test_a_listed_service_that_ecs_does_not_describe_makes_its_cluster_unread(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    with answering(stage, "DescribeServices", missing("web")), stage.observer.forbid_writes("half of a reading"):
        stage.passes(3)
    assert stage.status().sync is SyncStatus.UNKNOWN
    assert "is listed and MISSING" in stage.status().reason


def test_what_serves_is_deleted_by_hand_and_comes_back(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    stage.settle()
    stage.client("ecs").delete_service(cluster="test", service="web-green", force=True)
    stage.settle(150)
    assert stage.running("web-green") == ["v2", "v2"]
    assert stage.weights() == GREEN
    with stage.observer.forbid_writes("it came back"):
        stage.passes(10)


def test_a_release_takes_its_turn_though_what_serves_has_lost_its_slot_tag(stage: Stage) -> None:
    on_blue(stage)
    lose_slot_tag(stage)
    stage.web("v2", "blue-green")
    stage.settle()
    assert stage.weights() == GREEN
    assert (stage.running("web-green"), stage.running("web-blue")) == (["v2", "v2"], [])


def test_a_slot_tag_comes_back_and_no_traffic_moves(stage: Stage) -> None:
    on_blue(stage)
    lose_slot_tag(stage)
    stage.passes(1)
    stage.settle()
    assert {"key": "reconciler:slot", "value": "blue"} in stage.ecs_service("web-blue")["tags"]
    assert stage.weights() == BLUE
    assert not stage.ecs_service("web-green")


def test_a_definition_that_was_deregistered_is_registered_again_when_it_is_needed(stage: Stage) -> None:
    on_blue(stage)
    stage.client("ecs").deregister_task_definition(taskDefinition="test-web:1")
    stage.web("v1", "rolling")
    stage.settle(150)
    assert stage.running("web") == ["v1", "v1"]
    assert stage.ecs_service("web")["taskDefinition"].endswith("test-web:2")


def test_an_alias_where_an_ownership_record_could_be_hinders_nobody(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    alias = {"HostedZoneId": zone(stage).rsplit("/", 1)[-1], "DNSName": "x.test.example", "EvaluateTargetHealth": False}
    change_records(
        stage,
        ("CREATE", {"Name": "x.test.example", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"a"'}]}),
        ("CREATE", {"Name": "_reconciler.y.test.example", "Type": "TXT", "AliasTarget": alias}),
    )
    stage.web("v2")
    stage.settle()
    assert stage.running("web") == ["v2", "v2"]
    assert records(stage, "_reconciler.y.test.example")["TXT"]["AliasTarget"]["DNSName"].startswith("x.test.example")


def test_a_cname_that_was_laid_over_our_name_is_put_right(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    ours = records(stage, "web.test.example")
    cname = {"Name": "web.test.example", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "x.example"}]}
    change_records(stage, *(("DELETE", record) for record in ours.values()), ("CREATE", cname))
    stage.passes(1)
    assert stage.status().sync is SyncStatus.OUT_OF_SYNC
    stage.settle()
    assert records(stage, "web.test.example") == ours


@pytest.mark.parametrize("look", [Stage.passes, lambda stage: stage.scoped("web")], ids=["sweep", "service alone"])
def test_a_rule_that_was_let_go_just_before_a_shift_is_left_alone(stage: Stage, look: Callable[[Stage], None]) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.VERIFY)
    for _ in range(60):  # the new colour becomes healthy before the operator looks again
        stage.clock.step(1)
        stage.sandbox.world.tick()
    stage.client("elbv2").remove_tags(ResourceArns=[stage.rule()["RuleArn"]], TagKeys=["reconciler:owner"])
    left = tags(stage)
    look(stage)
    stage.passes(10)
    assert tags(stage) == left
    assert stage.weights() == BLUE
    assert "conflict" in stage.status().reason
