"""Out-of-band edits: found by the next sweep, named field by field, put back; what others own is left alone."""

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.model import SyncStatus
from tests.loop.harness import Stage

AWSVPC = """
instances: {test: 2}
cpu: 256
mem: 512
launch_type: FARGATE
execution_role: ecs-execution
listeners:
  - {subdomain: web, port: 8080, protocol: http-internal, deregistration_delay: 10}
monitoring: {team: web-team}
"""


def group(stage: Stage, name: str = "test-web") -> str:
    return str(stage.client("elbv2").describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"])


def update_service(**changes: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.client("ecs").update_service(cluster="test", service="web", **changes)


def modify_group(**changes: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.client("elbv2").modify_target_group(TargetGroupArn=group(stage), **changes)


def modify_rule(**changes: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.client("elbv2").modify_rule(RuleArn=stage.rule()["RuleArn"], **changes)


def lengthen_delay(stage: Stage) -> None:
    stage.client("elbv2").modify_target_group_attributes(
        TargetGroupArn=group(stage), Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "99"}]
    )


def older_definition(stage: Stage) -> None:
    ecs = stage.client("ecs")
    found = ecs.describe_task_definition(taskDefinition="test-web")["taskDefinition"]
    given = ("cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn")
    containers = [{**found["containerDefinitions"][0], "image": "somebody/else:1"}]
    ecs.register_task_definition(
        family="by-hand", containerDefinitions=containers, **{name: found[name] for name in given}
    )
    ecs.update_service(cluster="test", service="web", taskDefinition="by-hand")


def zone(stage: Stage) -> str:
    return str(stage.client("route53").list_hosted_zones()["HostedZones"][0]["Id"])


def change_record(action: str, kind: str, **more: Any) -> Callable[[Stage], None]:
    def change(stage: Stage) -> None:
        dns = stage.client("route53")
        records = dns.list_resource_record_sets(HostedZoneId=zone(stage))["ResourceRecordSets"]
        (record,) = (r for r in records if r["Name"] == "web.test.example." and r["Type"] == kind)
        if more:
            record = {"Name": record["Name"], "Type": kind, **more}
        changes = [{"Action": action, "ResourceRecordSet": record}]
        dns.change_resource_record_sets(HostedZoneId=zone(stage), ChangeBatch={"Changes": changes})

    return change


def evaluate_health(stage: Stage) -> None:
    dns = stage.client("route53")
    records = dns.list_resource_record_sets(HostedZoneId=zone(stage))["ResourceRecordSets"]
    (record,) = (r for r in records if r["Name"] == "web.test.example." and r["Type"] == "A")
    record["AliasTarget"]["EvaluateTargetHealth"] = True
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record}]
    dns.change_resource_record_sets(HostedZoneId=zone(stage), ChangeBatch={"Changes": changes})


def drop_tag(stage: Stage) -> None:
    stage.client("ecs").untag_resource(resourceArn=stage.ecs_service("web")["serviceArn"], tagKeys=["team"])


EDITS: dict[str, tuple[Callable[[Stage], Any], str]] = {
    "the number of tasks": (update_service(desiredCount=7), "desiredCount"),
    "the circuit breaker": (
        update_service(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}}),
        "deploymentConfiguration.deploymentCircuitBreaker.enable",
    ),
    "the grace period": (update_service(healthCheckGracePeriodSeconds=7), "healthCheckGracePeriodSeconds"),
    "the task definition": (older_definition, "taskDefinition"),
    "the health check's path": (modify_group(HealthCheckPath="/other"), "HealthCheckPath"),
    "the health check's interval": (modify_group(HealthCheckIntervalSeconds=77), "HealthCheckIntervalSeconds"),
    "the health check's timeout": (modify_group(HealthCheckTimeoutSeconds=4), "HealthCheckTimeoutSeconds"),
    "the healthy threshold": (modify_group(HealthyThresholdCount=9), "HealthyThresholdCount"),
    "the unhealthy threshold": (modify_group(UnhealthyThresholdCount=9), "UnhealthyThresholdCount"),
    "the health check's port": (modify_group(HealthCheckPort="9999"), "HealthCheckPort"),
    "the health check's protocol": (modify_group(HealthCheckProtocol="HTTPS"), "HealthCheckProtocol"),
    "the matcher": (modify_group(Matcher={"HttpCode": "418"}), "Matcher.HttpCode"),
    "the deregistration delay": (lengthen_delay, "deregistration_delay.timeout_seconds"),
    "the rule's host": (
        modify_rule(Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": ["evil.example"]}}]),
        "Conditions[0].Values",
    ),
    "the rule's action": (
        modify_rule(Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]),
        "Forward",
    ),
    "the address record": (change_record("UPSERT", "A", TTL=60, ResourceRecords=[{"Value": "10.0.0.1"}]), "A"),
    "the record's health evaluation": (evaluate_health, "A.EvaluateTargetHealth"),
    "the IPv6 record": (change_record("DELETE", "AAAA"), "AAAA"),
    "a declared tag": (drop_tag, "tags.team"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_by_hand_is_named_and_put_back_by_the_next_sweep(stage: Stage, edit: str) -> None:
    stage.write("services/web/service.yml", AWSVPC)
    stage.write("services/web/release.yml", "test: v1\n")
    stage.settle()
    change, field = EDITS[edit]
    change(stage)
    stage.passes(1)
    named = [c.path for action in stage.recorder.plans[-1].actions for c in action.changes]
    assert any(path == field or path.startswith((field + ".", field + "[")) for path in named), named
    assert stage.status().sync is SyncStatus.OUT_OF_SYNC
    assert stage.status().drift_fields >= 1
    stage.settle()
    with stage.observer.forbid_writes("put back"):
        stage.passes(2)


def test_a_tag_that_is_taken_off_a_target_group_by_hand_is_put_back(stage: Stage) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    elb = stage.client("elbv2")
    blue = elb.describe_target_groups(Names=["test-web-blue"])["TargetGroups"][0]["TargetGroupArn"]
    before = elb.describe_tags(ResourceArns=[blue])
    elb.remove_tags(ResourceArns=[blue], TagKeys=["reconciler:slot"])
    stage.passes(3)
    assert elb.describe_tags(ResourceArns=[blue])["TagDescriptions"] == before["TagDescriptions"]


def test_tags_that_come_late_after_a_creation_are_found_without_a_sweep(stage: Stage) -> None:
    stage.web("v1")
    stage.passes(1)
    elb, made = stage.client("elbv2"), [stage.rule()["RuleArn"]]
    (described,) = elb.describe_tags(ResourceArns=made)["TagDescriptions"]
    elb.remove_tags(ResourceArns=made, TagKeys=[tag["Key"] for tag in described["Tags"]])
    stage.scoped("web")
    assert "conflict: listener-rule" in stage.status().reason
    elb.add_tags(ResourceArns=made, Tags=described["Tags"])
    stage.scoped("web")
    assert "conflict" not in stage.status().reason


@pytest.mark.parametrize("strategy", ["blue-green", "rolling"], ids=["the group that serves", "of another strategy"])
def test_weights_are_not_judged_while_tags_of_a_group_behind_them_are_late(stage: Stage, strategy: str) -> None:
    stage.web("v1", "blue-green")
    stage.settle()
    elb, blue = stage.client("elbv2"), group(stage, "test-web-blue")
    (described,) = elb.describe_tags(ResourceArns=[blue])["TagDescriptions"]
    elb.remove_tags(ResourceArns=[blue], TagKeys=[tag["Key"] for tag in described["Tags"]])
    stage.restart()
    stage.web("v1", strategy)
    with stage.observer.forbid_writes("nobody knows what leads there"):
        stage.passes(2)
    assert "conflict: target-group test-web-blue" in stage.status().reason
    elb.add_tags(ResourceArns=[blue], Tags=described["Tags"])
    stage.settle(150)


@pytest.mark.parametrize("edit", ["service", "target group", "rule", "record"])
def test_a_resource_deleted_by_hand_is_made_again(stage: Stage, edit: str) -> None:
    stage.web("v1")
    stage.settle()
    elb = stage.client("elbv2")
    if edit == "service":
        stage.client("ecs").delete_service(cluster="test", service="web", force=True)
    elif edit == "rule":
        elb.delete_rule(RuleArn=stage.rule()["RuleArn"])
    elif edit == "target group":
        elb.delete_rule(RuleArn=stage.rule()["RuleArn"])
        elb.delete_target_group(TargetGroupArn=group(stage))
    else:
        change_record("DELETE", "A")(stage)
        change_record("DELETE", "AAAA")(stage)
    stage.settle(120)
    assert stage.running("web") == ["v1", "v1"]
    assert stage.weights() == {"test-web": 100}


def test_a_service_made_to_run_another_ones_definition_by_hand_is_put_back_and_the_other_is_left_alone(
    stage: Stage,
) -> None:
    stage.web("v1")
    stage.web("v1", service="other")
    stage.settle()
    for version in ("v2", "v1"):  # other's first revision and its newest now have the same content
        stage.web(version, service="other")
        stage.settle()
    (balancer,) = stage.ecs_service("web")["loadBalancers"]
    stage.client("ecs").update_service(
        cluster="test",
        service="web",
        taskDefinition="test-other:1",
        loadBalancers=[balancer | {"containerName": "other"}],
    )
    stage.passes(1)
    updated = {outcome.action.id.name for outcome in stage.recorder.outcomes if outcome.action.verb == "update"}
    stage.recorder.outcomes.clear()
    stage.settle()
    assert stage.ecs_service("web")["taskDefinition"].endswith("test-web:1")
    assert stage.ecs_service("other")["taskDefinition"].endswith("test-other:3"), updated


def test_what_is_not_declared_is_nobody_elses_business(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    update_service(enableExecuteCommand=True)(stage)
    stage.client("ecs").tag_resource(
        resourceArn=stage.ecs_service("web")["serviceArn"], tags=[{"key": "cost-centre", "value": "7"}]
    )
    stage.passes(1)
    with stage.observer.forbid_writes("not declared"):
        stage.passes(5)


def test_a_count_that_an_autoscaler_owns_is_left_alone(stage: Stage) -> None:
    stage.web("v1", extra="ignore: [desiredCount]\n")
    stage.settle()
    with stage.observer.forbid_writes("the autoscaler's"):
        update_service(desiredCount=5)(stage)
        stage.passes(5)
    assert len(stage.running("web")) == 5


def test_a_count_that_an_autoscaler_owns_survives_a_blue_green_switch(stage: Stage) -> None:
    stage.web("v1", "blue-green", extra="ignore: [desiredCount]\n")
    stage.settle()
    stage.client("ecs").update_service(cluster="test", service="web-blue", desiredCount=5)
    stage.passes(5)
    stage.web("v2", "blue-green", extra="ignore: [desiredCount]\n")
    stage.settle(120)
    assert stage.running("web-green") == ["v2"] * 5


CONFLICTS: dict[str, Callable[[Stage], Any]] = {
    "service": lambda stage: stage.client("ecs").create_service(
        cluster="test", serviceName="web", taskDefinition=stand_in(stage), desiredCount=1
    ),
    "target-group": lambda stage: stage.client("elbv2").create_target_group(
        Name="test-web", Protocol="HTTP", Port=80, VpcId="vpc-0a1b2c3d4e5f60001"
    ),
    "listener-rule": lambda stage: stage.client("elbv2").create_rule(
        ListenerArn=listener(stage),
        Priority=7,
        Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": ["web.test.example"]}}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    ),
    "dns-record": lambda stage: stage.client("route53").change_resource_record_sets(
        HostedZoneId=zone(stage),
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": "web.test.example",
                        "Type": "CNAME",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": "elsewhere.example"}],
                    },
                }
            ]
        },
    ),
}


def stand_in(stage: Stage) -> str:
    container = {"name": "x", "image": "x", "memory": 64}
    stage.client("ecs").register_task_definition(family="somebody-elses", containerDefinitions=[container])
    return "somebody-elses"


def listener(stage: Stage) -> str:
    elb = stage.client("elbv2")
    (balancer,) = elb.describe_load_balancers(Names=["test-internal"])["LoadBalancers"]
    return str(elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]["ListenerArn"])


@pytest.mark.parametrize("kind", CONFLICTS)
def test_a_foreign_resource_of_the_same_name_is_told_as_a_conflict_and_never_changed(stage: Stage, kind: str) -> None:
    CONFLICTS[kind](stage)
    stage.web("v1")
    with stage.observer.forbid_writes("a conflict"):
        stage.passes(5)
    status = stage.status()
    assert status.sync is SyncStatus.OUT_OF_SYNC
    assert f"conflict: {kind}" in status.reason
    assert "without an owner tag" in status.reason


@pytest.mark.parametrize("kind", ["service", "target-group"])
def test_what_another_installation_has_made_for_the_same_service_is_left_alone(stage: Stage, kind: str) -> None:
    CONFLICTS[kind](stage)
    marks = {"reconciler:owner": "another", "reconciler:cluster": "test", "reconciler:service": "web"}
    if kind == "service":
        tags = [{"key": name, "value": value} for name, value in marks.items()]
        stage.client("ecs").tag_resource(resourceArn=stage.ecs_service("web")["serviceArn"], tags=tags)
    else:
        tags = [{"Key": name, "Value": value} for name, value in marks.items()]
        stage.client("elbv2").add_tags(ResourceArns=[group(stage)], Tags=tags)
    stage.web("v1")
    with stage.observer.forbid_writes("another installation's"):
        stage.passes(5)
    assert "owned by 'another for cluster test'" in stage.status().reason


def test_a_revision_that_was_made_from_ours_by_hand_is_not_taken_for_ours_though_it_has_its_tags(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    ecs = stage.client("ecs")
    found = ecs.describe_task_definition(taskDefinition="test-web", include=["TAGS"])
    containers = [{**found["taskDefinition"]["containerDefinitions"][0], "image": "somebody/else:1"}]
    ecs.register_task_definition(family="test-web", containerDefinitions=containers, tags=found["tags"])
    ecs.update_service(cluster="test", service="web", taskDefinition="test-web:2")
    stage.settle()
    assert stage.ecs_service("web")["taskDefinition"].endswith(("test-web:1", "test-web:3"))


def test_a_conflict_of_one_service_does_not_keep_another_from_coming_up(stage: Stage) -> None:
    CONFLICTS["target-group"](stage)
    stage.web("v1")
    stage.web("v1", service="other")
    stage.passes(15)
    assert stage.running("other") == ["v1", "v1"]


def test_a_listener_that_would_move_to_another_load_balancer_is_refused_with_what_to_do(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    text = (stage.root / "services/web/service.yml").read_text()
    stage.write("services/web/service.yml", text.replace("http-internal", "http-public"))
    with stage.observer.forbid_writes("a rule can't move"):
        stage.passes(3)
    assert "declare it under another subdomain" in stage.status().reason
    assert stage.running("web") == ["v1", "v1"]
