"""A service that says everything there is to say converges like any other, whatever defaults AWS adds."""

from typing import Any

import pytest

from tests.loop.harness import Stage

COMMON = """
instances: {test: 2}
cpu: 512
mem: 1024
command: [serve, --port, "40001"]
entrypoint: [/bin/app]
environment: {MODE: fast}
secrets:
  DATABASE: {ssm: "/{cluster}/{service}/database"}
  API: {secretsmanager: "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/api-a1B2c3", key: token}
task_role: shop-task
execution_role: shop-execution
listeners:
  - subdomain: shop
    port: 8080
    protocol: http-internal
    container: nginx
    deregistration_delay: 5
    health_check: {path: /up, interval: 6, timeout: 3, healthy_threshold: 2, unhealthy_threshold: 4, matcher: 200-299}
  - {subdomain: shop-admin, port: 9090, protocol: http-public, deregistration_delay: 5}
  - {subdomain: dualstack, port: 8080, protocol: http-internal, container: nginx, deregistration_delay: 5}
depends_on: {migrate: START}
health_check: {command: [CMD-SHELL, "curl -f http://localhost:40001/up"], interval: 10, retries: 2, start_period: 5}
sidecars:
  nginx:
    image: nginx:1.27
    port: 8080
    cpu: 64
    mem: 64
    depends_on: {shop: HEALTHY}
    environment: {UPSTREAM: "localhost:40001"}
    health_check: {command: [CMD, nginx, -t]}
  migrate: {image: "registry.example/migrate:v1", cpu: 32, mem: 32, essential: false}
monitoring: {team: shop-team, slack_channel: {alerts: shop-alerts, deploys: deploys}}
logging: {options: {mode: non-blocking}}
task_definition:
  containerDefinitions:
    - {name: shop, ulimits: [{name: nofile, softLimit: 1024, hardLimit: 4096}], stopTimeout: 20}
service:
  enableExecuteCommand: true
  propagateTags: SERVICE
  deploymentConfiguration: {minimumHealthyPercent: 50, maximumPercent: 150}
  serviceConnectConfiguration: {enabled: true, namespace: shops}
"""
LAUNCHES = {
    "EC2": """
launch_type: EC2
placementConstraints: [{type: memberOf, expression: "attribute:ecs.instance-type =~ t3.*"}, {type: distinctInstance}]
placementStrategy: [{type: spread, field: host}, {type: binpack, field: memory}]
""",
    "FARGATE": """
launch_type: FARGATE
security_groups: [sg-0a1b2c3d4e5f60001]
""",
}

ROLLOUTS = {"rolling": "rolling", "blue-green": "blue-green, bake: 5s"}


def play(stage: Stage, launch: str, strategy: str) -> None:
    stage.write("services/shop/service.yml", COMMON + LAUNCHES[launch] + f"rollout: {{strategy: {ROLLOUTS[strategy]}}}")
    stage.write("services/shop/release.yml", "test: v1\n")
    stage.settle()


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
@pytest.mark.parametrize("launch", LAUNCHES)
def test_a_service_that_says_everything_converges_and_stays(stage: Stage, launch: str, strategy: str) -> None:
    play(stage, launch, strategy)
    stage.restart()
    with stage.observer.forbid_writes("converged"):
        stage.passes(10)
    stage.write("services/shop/release.yml", "test: v2\n")
    stage.settle()
    with stage.observer.forbid_writes("converged"):
        stage.passes(10)


def registered(stage: Stage) -> dict[str, Any]:
    return dict(stage.client("ecs").describe_task_definition(taskDefinition="test-shop")["taskDefinition"])


def test_its_log_is_found_under_cluster_service_and_version(stage: Stage) -> None:
    play(stage, "EC2", "rolling")
    options = registered(stage)["containerDefinitions"][0]["logConfiguration"]["options"]
    assert (options["awslogs-group"], options["awslogs-stream-prefix"]) == ("test/shop", "v1")
    assert options["mode"] == "non-blocking"


def test_its_containers_are_what_was_written(stage: Stage) -> None:
    play(stage, "EC2", "rolling")
    own, nginx, migrate = registered(stage)["containerDefinitions"]
    assert own["image"] == "registry.example/shop:v1"
    assert (own["cpu"], own["memory"]) == (416, 928)
    assert own["ulimits"] == [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}]
    assert {item["name"]: item["valueFrom"] for item in own["secrets"]} == {
        "DATABASE": "/test/shop/database",
        "API": "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/api-a1B2c3:token::",
    }
    assert nginx["dependsOn"] == [{"containerName": "shop", "condition": "HEALTHY"}]
    assert (nginx["links"], migrate.get("links", [])) == (["shop"], [])  # the main container waits for migrate
    assert [port["containerPort"] for port in nginx["portMappings"]] == [8080]
    assert registered(stage)["taskRoleArn"] == "arn:aws:iam::123456789012:role/shop-task"


def test_a_sidecar_that_the_main_container_is_linked_to_is_not_linked_back(stage: Stage) -> None:
    linked = "task_definition: {containerDefinitions: [{name: web, links: [statsd]}]}\n"
    stage.web("v1", extra="sidecars: {statsd: {image: statsd:1}}\n" + linked)
    stage.settle()
    definition = stage.client("ecs").describe_task_definition(taskDefinition="test-web")["taskDefinition"]
    web, statsd = definition["containerDefinitions"]
    assert (web["links"], statsd.get("links", [])) == (["statsd"], [])


def test_the_proxy_in_front_takes_the_traffic(stage: Stage) -> None:
    play(stage, "FARGATE", "rolling")
    balanced = stage.ecs_service("shop")["loadBalancers"]
    ways_in = [("nginx", 8080), ("shop", 9090), ("nginx", 8080)]
    assert [(item["containerName"], item["containerPort"]) for item in balanced] == ways_in
    network = stage.ecs_service("shop")["networkConfiguration"]["awsvpcConfiguration"]
    assert network["securityGroups"] == ["sg-0a1b2c3d4e5f60001"]
    assert network["assignPublicIp"] == "DISABLED"


def test_its_people_are_tags(stage: Stage) -> None:
    play(stage, "EC2", "rolling")
    tags = {tag["key"]: tag["value"] for tag in stage.ecs_service("shop")["tags"]}
    assert (tags["team"], tags["slack-alerts"], tags["slack-deploys"]) == ("shop-team", "shop-alerts", "deploys")


def test_a_service_that_takes_its_listener_out_becomes_a_worker_and_leaves_nothing_behind(stage: Stage) -> None:
    stage.web("v1")
    stage.web("v1", service="other")
    stage.settle()
    stage.write("services/web/service.yml", "instances: {test: 2}\ncpu: 128\nmem: 128\n")
    stage.passes(40)
    assert stage.settled(), stage.report()
    assert stage.ecs_service("web")["loadBalancers"] == []
    assert [group["TargetGroupName"] for group in stage.client("elbv2").describe_target_groups()["TargetGroups"]] == [
        "test-other"
    ]


def test_a_constraint_taken_out_of_the_spec_is_taken_off_the_service(stage: Stage) -> None:
    stage.web("v1", extra="placementConstraints: [{type: distinctInstance}]\n")
    stage.settle()
    stage.web("v1")
    stage.settle()
    assert stage.ecs_service("web")["placementConstraints"] == []
