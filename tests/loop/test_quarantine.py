"""After a failure: what serves is kept well, traffic goes back whatever else is wrong, and what comes next is tried."""

import pytest

from reconciler.model import Phase
from reconciler.sandbox import Behaviour, Scenario
from tests.loop.harness import Stage
from tests.loop.test_blue_green import BLUE, GREEN, on_blue, until
from tests.loop.test_drift import AWSVPC, zone

SERVING = {"rolling": "web", "blue-green": "web-blue"}
STRATEGIES = list(SERVING)
DOWN = Behaviour(crashes_after=0)


def in_quarantine(stage: Stage, strategy: str) -> None:
    """Version v1 serves, and v2-crash has failed."""
    stage.web("v1", strategy)
    stage.settle()
    stage.web("v2-crash", strategy)
    until(stage, Phase.FAILED, 10)
    stage.passes(10, 10)


def fail_a_deployment(stage: Stage, scenario: Scenario, service: str) -> None:
    """Somebody else deploys the same release again, at a moment when its tasks can't start."""
    scenario.images["web:v1"] = DOWN
    stage.client("ecs").update_service(cluster="test", service=service, forceNewDeployment=True)
    stage.passes(30, 10)
    assert any("deployment failed" in event["message"] for event in stage.ecs_service(service)["events"])
    del scenario.images["web:v1"]


def security_group(stage: Stage, name: str) -> str:
    """A security group of the cluster's VPC."""
    wanted = {"GroupName": name, "Description": name, "VpcId": "vpc-0a1b2c3d4e5f60001"}
    return str(stage.client("ec2").create_security_group(**wanted)["GroupId"])


def on_fargate(stage: Stage, group: str) -> None:
    """Version v1 in a security group."""
    stage.write("services/web/service.yml", f"{AWSVPC}security_groups: [{group}]\n")
    stage.write("services/web/release.yml", "test: v1\n")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_serves_is_put_back_when_somebody_sets_it_to_0(stage: Stage, strategy: str) -> None:
    in_quarantine(stage, strategy)
    stage.client("ecs").update_service(cluster="test", service=SERVING[strategy], desiredCount=0)
    stage.passes(20)
    assert stage.running(SERVING[strategy]) == ["v1", "v1"]
    assert "v2-crash failed" in stage.status().reason


def test_what_serves_is_put_back_when_it_was_set_to_0_before_the_release_failed(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2-sick", "blue-green")
    until(stage, Phase.VERIFY)
    stage.client("ecs").update_service(cluster="test", service="web-blue", desiredCount=0)
    until(stage, Phase.FAILED, 10)
    stage.passes(30)
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1", "v1"], [])
    assert stage.weights() == BLUE


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_rule_that_is_deleted_by_hand_comes_back(stage: Stage, strategy: str) -> None:
    in_quarantine(stage, strategy)
    before = stage.weights()
    stage.client("elbv2").delete_rule(RuleArn=stage.rule()["RuleArn"])
    stage.passes(10)
    assert stage.weights() == before


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("instances", [5, 1, 0])
def test_what_serves_can_be_scaled_by_a_commit(stage: Stage, strategy: str, instances: int) -> None:
    in_quarantine(stage, strategy)
    stage.web("v2-crash", strategy, instances=instances)
    stage.passes(20)
    assert stage.running(SERVING[strategy]) == ["v1"] * instances


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(sick_after=30)})])
def test_a_change_that_is_refused_does_not_keep_a_sick_release_in_the_traffic(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    text = (stage.root / "services/web/service.yml").read_text()
    stage.write("services/web/service.yml", text.replace("http-internal", "http-public"))
    stage.passes(40)
    assert stage.weights() == BLUE
    assert stage.running("web-blue") == ["v1", "v1"]


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(sick_after=30)})])
def test_a_record_that_nobody_owns_any_more_does_not_keep_a_sick_release_in_the_traffic(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    dns = stage.client("route53")
    records = dns.list_resource_record_sets(HostedZoneId=zone(stage))["ResourceRecordSets"]
    (ownership,) = (record for record in records if record["Type"] == "TXT")
    changes = [{"Action": "DELETE", "ResourceRecordSet": ownership}]
    dns.change_resource_record_sets(HostedZoneId=zone(stage), ChangeBatch={"Changes": changes})
    stage.passes(40)
    assert stage.weights() == BLUE
    assert stage.running("web-blue") == ["v1", "v1"]


def test_the_health_check_of_what_serves_changes_only_after_it_has_lost_the_traffic(stage: Stage) -> None:
    on_blue(stage)
    text = (stage.root / "services/web/service.yml").read_text()
    stage.write("services/web/service.yml", text.replace("port: 8080", "port: 8080, health_check: {path: /v2health}"))
    stage.write("services/web/release.yml", "test: v2\n")
    elb = stage.client("elbv2")

    def path(colour: str) -> str:
        return str(elb.describe_target_groups(Names=[f"test-web-{colour}"])["TargetGroups"][0]["HealthCheckPath"])

    former = path("blue")
    while stage.weights() == BLUE:
        assert path("blue") == former
        stage.passes(1)
    assert path("green") == "/v2health"
    stage.settle(120)
    assert stage.weights() == GREEN


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(starts_after=10**6)})])
def test_a_rolling_release_that_adds_a_listener_and_never_starts_is_taken_back_whole(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2", hosts=("web", "adm"))
    until(stage, Phase.FAILED, 15)
    stage.passes(10)
    service = stage.ecs_service("web")
    assert service["taskDefinition"].endswith("test-web:1")
    assert len(service["loadBalancers"]) == 1
    assert stage.running("web") == ["v1", "v1"]


def test_a_network_change_is_tried_after_a_deployment_of_somebody_elses_has_failed(
    stage: Stage, scenario: Scenario
) -> None:
    first, second = security_group(stage, "first"), security_group(stage, "second")
    on_fargate(stage, first)
    stage.settle()
    fail_a_deployment(stage, scenario, "web")
    stage.settle()
    on_fargate(stage, second)
    stage.settle()
    network = stage.ecs_service("web")["networkConfiguration"]["awsvpcConfiguration"]
    assert network["securityGroups"] == [second]
    assert stage.running("web") == ["v1", "v1"]


def test_a_network_change_that_failed_is_followed_by_one_that_works(stage: Stage, scenario: Scenario) -> None:
    first, wrong, right = (security_group(stage, name) for name in ("first", "wrong", "right"))
    on_fargate(stage, first)
    stage.settle()
    scenario.images["web:v1"] = DOWN  # nothing can reach its database any more
    on_fargate(stage, wrong)
    until(stage, Phase.FAILED, 10)
    del scenario.images["web:v1"]
    on_fargate(stage, right)
    stage.settle()
    network = stage.ecs_service("web")["networkConfiguration"]["awsvpcConfiguration"]
    assert network["securityGroups"] == [right]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_deployment_of_somebody_elses_that_failed_heals_when_its_cause_is_gone(
    stage: Stage, scenario: Scenario, strategy: str
) -> None:
    stage.web("v1", strategy)
    stage.settle()
    fail_a_deployment(stage, scenario, SERVING[strategy])
    assert stage.running(SERVING[strategy]) == ["v1", "v1"]
    stage.settle(120, 10)
    assert stage.running(SERVING[strategy]) == ["v1", "v1"]
    (deployment,) = stage.ecs_service(SERVING[strategy])["deployments"]
    assert deployment["rolloutState"] == "COMPLETED"


def test_a_release_that_failed_was_taken_back_and_comes_again_is_tried(stage: Stage, scenario: Scenario) -> None:
    first, second = security_group(stage, "first"), security_group(stage, "second")
    on_fargate(stage, first)
    stage.settle()
    scenario.images["web:v1"] = DOWN
    on_fargate(stage, second)
    stage.passes(40, 10)
    assert stage.status().phase is Phase.FAILED
    del scenario.images["web:v1"]
    on_fargate(stage, first)
    stage.settle()
    on_fargate(stage, second)
    stage.settle()
    network = stage.ecs_service("web")["networkConfiguration"]["awsvpcConfiguration"]
    assert network["securityGroups"] == [second]


def test_a_failure_of_long_ago_is_not_held_against_a_release_that_is_put_back(stage: Stage, scenario: Scenario) -> None:
    stage.web("v1")
    stage.web("hotfix", service="other")
    stage.settle()
    fail_a_deployment(stage, scenario, "web")
    stage.settle()
    stage.passes(3, 3600)
    (balancer,) = stage.ecs_service("web")["loadBalancers"]
    stage.client("ecs").update_service(
        cluster="test",
        service="web",
        taskDefinition="test-other",
        loadBalancers=[balancer | {"containerName": "other"}],
    )
    stage.settle()
    assert stage.running("web") == ["v1", "v1"]


def test_no_instances_asked_for_while_a_release_is_taken_back_leaves_no_task(stage: Stage, scenario: Scenario) -> None:
    scenario.images["web:v2"] = Behaviour(sick_after=30)
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    until(stage, Phase.ROLLBACK)
    stage.web("v2", "blue-green", instances=0)
    stage.passes(60, 10)
    assert (stage.running("web-blue"), stage.running("web-green")) == ([], [])
