"""Services: what ECS keeps and reads back, how they are listed and updated."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.with_world import Aws, refused


def test_a_service_reads_back_with_the_defaults_of_aws(aws: Aws) -> None:
    aws.cluster()
    definition = aws.define()
    aws.run(taskDefinition="web")
    service = aws.service()
    assert service["taskDefinition"] == definition
    assert service["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {
            "enable": False,
            "rollback": False,
            "resetOnHealthyTask": True,
            "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
        },
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    defaults = {
        "status": "ACTIVE",
        "launchType": "EC2",
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "propagateTags": "NONE",
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "placementConstraints": [],
        "placementStrategy": [],
        "loadBalancers": [],
        "serviceRegistries": [],
        "availabilityZoneRebalancing": "ENABLED",
        "createdAt": aws.clock.now(),
    }
    assert {name: service[name] for name in defaults} == defaults


def test_a_family_means_its_latest_active_revision(aws: Aws) -> None:
    aws.cluster()
    aws.define("web:1")
    aws.ecs.deregister_task_definition(taskDefinition=aws.define("web:2"))
    assert aws.run(taskDefinition="web")["taskDefinition"].endswith("task-definition/web:1")


KEPT: dict[str, Any] = {
    "deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50},
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
    "propagateTags": "SERVICE",
    "placementConstraints": [{"type": "distinctInstance"}],
    "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
    "serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1"}],
    "availabilityZoneRebalancing": "DISABLED",
}


@pytest.mark.parametrize("field", KEPT)
def test_what_a_service_is_created_with_is_read_back(aws: Aws, field: str) -> None:
    aws.cluster()
    aws.define()
    aws.run(**{field: KEPT[field]})
    read: Any = aws.service()[field]
    assert read == (read | KEPT[field] if isinstance(read, dict) else KEPT[field])


@pytest.mark.parametrize("field", KEPT)
def test_what_a_service_is_updated_with_is_read_back(aws: Aws, field: str) -> None:
    aws.cluster()
    aws.define()
    aws.run()
    aws.update(**{field: KEPT[field]})
    read: Any = aws.service()[field]
    assert read == (read | KEPT[field] if isinstance(read, dict) else KEPT[field])


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"type": "binpack", "field": "memory"}, {"type": "binpack", "field": "MEMORY"}),
        ({"type": "binpack", "field": "cpu"}, {"type": "binpack", "field": "CPU"}),
        ({"type": "spread", "field": "host"}, {"type": "spread", "field": "instanceId"}),
        ({"type": "spread", "field": "instanceId"}, {"type": "spread", "field": "instanceId"}),
        ({"type": "random"}, {"type": "random"}),
    ],
)
def test_a_placement_strategy_is_read_back_in_the_words_of_aws(
    aws: Aws, given: dict[str, str], read: dict[str, str]
) -> None:
    aws.cluster()
    aws.define()
    aws.run(placementStrategy=[given])
    assert aws.service()["placementStrategy"] == [read]
    aws.update(placementStrategy=[given])
    assert aws.service()["placementStrategy"] == [read]


DEPLOYED: dict[str, Any] = {
    "serviceConnectConfiguration": {"enabled": True, "namespace": "prod", "services": [{"portName": "http"}]},
    "volumeConfigurations": [
        {"name": "data", "managedEBSVolume": {"roleArn": "arn:aws:iam::123456789012:role/volumes", "sizeInGiB": 10}}
    ],
    "vpcLatticeConfigurations": [
        {
            "roleArn": "arn:aws:iam::123456789012:role/lattice",
            "targetGroupArn": "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-1",
            "portName": "http",
        }
    ],
}
CHANGED: dict[str, Any] = {
    "serviceConnectConfiguration": {"enabled": False},
    "volumeConfigurations": [],
    "vpcLatticeConfigurations": [],
}


@pytest.mark.parametrize("field", DEPLOYED)
def test_what_only_a_deployment_shows_is_not_shown_of_the_service(aws: Aws, field: str) -> None:
    aws.cluster()
    aws.define()
    told = aws.run(**{field: DEPLOYED[field]})
    for service in (told, aws.service()):
        assert field not in service
        assert service["deployments"][0][field] == DEPLOYED[field]


@pytest.mark.parametrize("field", DEPLOYED)
def test_a_deployment_carries_on_what_the_update_does_not_name(aws: Aws, field: str) -> None:
    aws.cluster()
    aws.define()
    aws.run(**{field: DEPLOYED[field]})
    aws.step(5)
    aws.update(taskDefinition=aws.define("web:2"))
    assert [each[field] for each in aws.service()["deployments"]] == [DEPLOYED[field], DEPLOYED[field]]


@pytest.mark.parametrize("field", DEPLOYED)
def test_changing_what_only_a_deployment_shows_starts_one(aws: Aws, field: str) -> None:
    aws.cluster()
    aws.define()
    aws.run(**{field: DEPLOYED[field]})
    aws.step(5)
    aws.update(**{field: DEPLOYED[field]})
    assert len(aws.service()["deployments"]) == 1
    aws.update(**{field: CHANGED[field]})
    primary, former = aws.service()["deployments"]
    assert primary.get(field) == CHANGED[field]
    assert former[field] == DEPLOYED[field]


def test_a_load_balanced_service_keeps_its_grace_period_and_gets_a_role(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    balancers = aws.balanced()
    aws.run(loadBalancers=balancers, healthCheckGracePeriodSeconds=45)
    service = aws.service()
    assert service["loadBalancers"] == balancers
    assert service["healthCheckGracePeriodSeconds"] == 45
    assert service["roleArn"].endswith("role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")


def test_fargate_reads_back_its_platform_and_network(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName="prod")
    aws.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    network = aws.network()
    aws.run(launchType="FARGATE", networkConfiguration=network)
    service = aws.service()
    assert (service["launchType"], service["platformVersion"], service["platformFamily"]) == (
        "FARGATE",
        "LATEST",
        "Linux",
    )
    assert service["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": network["awsvpcConfiguration"]["subnets"],
        "securityGroups": [],
        "assignPublicIp": "DISABLED",
    }
    assert service["deployments"][0]["platformVersion"] == "1.4.0"


def test_tasks_of_a_cluster_that_prefers_fargate_may_have_public_addresses(aws: Aws) -> None:
    aws.ecs.create_cluster(
        clusterName="prod", defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}]
    )
    aws.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    network = aws.network()
    network["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED"
    aws.run(networkConfiguration=network)
    assert aws.service()["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "ENABLED"


def test_an_empty_network_is_none(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(networkConfiguration={})
    assert "networkConfiguration" not in aws.service()


def test_a_capacity_provider_strategy_takes_the_place_of_the_launch_type(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName="prod", capacityProviders=["FARGATE"])
    aws.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    aws.run(capacityProviderStrategy=[{"capacityProvider": "FARGATE"}], networkConfiguration=aws.network())
    service = aws.service()
    assert service["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 0, "base": 0}]
    assert "launchType" not in service
    aws.step(5)
    assert aws.service()["runningCount"] == 2


def test_the_tags_of_a_service_are_shown_when_asked_for(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    arn = aws.run(tags=[{"key": "owner", "value": "reconciler"}])["serviceArn"]
    aws.ecs.tag_resource(resourceArn=arn, tags=[{"key": "hash", "value": "1"}])
    described = aws.ecs.describe_services(cluster="prod", services=["web"])["services"][0]
    assert described.get("tags", []) == []
    shown = {each["key"]: each["value"] for each in aws.service()["tags"]}
    assert shown == {"owner": "reconciler", "hash": "1"}


def test_a_missing_service_is_a_failure_not_an_error(aws: Aws) -> None:
    aws.cluster()
    described = aws.ecs.describe_services(cluster="prod", services=["absent"])
    assert described["services"] == []
    (failure,) = described["failures"]
    assert failure["reason"] == "MISSING"
    assert failure["arn"].endswith("service/prod/absent")


def test_services_are_listed_a_page_at_a_time(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    for number in range(13):
        aws.run(f"web-{number:02}", desired=0)
    first = aws.ecs.list_services(cluster="prod")
    assert len(first["serviceArns"]) == 10
    second = aws.ecs.list_services(cluster="prod", nextToken=first["nextToken"])
    assert [arn.rsplit("/", 1)[-1] for arn in second["serviceArns"]] == ["web-10", "web-11", "web-12"]
    assert "nextToken" not in second
    assert len(aws.ecs.list_services(cluster="prod", maxResults=100)["serviceArns"]) == 13


def test_an_update_of_a_service_that_is_not_there_is_refused(aws: Aws) -> None:
    aws.cluster()
    with pytest.raises(ClientError) as error:
        aws.update("absent", desiredCount=1)
    assert refused(error) == ("ServiceNotFoundException", "Service not found.")
    with pytest.raises(ClientError) as error:
        aws.update(cluster="absent", desiredCount=1)
    assert refused(error) == ("ClusterNotFoundException", "Cluster not found.")


def test_what_the_world_does_not_simulate_is_refused_rather_than_pretended(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    with pytest.raises(ClientError) as error:
        aws.run(deploymentController={"type": "CODE_DEPLOY"})
    assert refused(error)[0] == "UnsupportedFeatureException"


def test_the_cluster_counts_its_services_and_tasks(aws: Aws) -> None:
    aws.cluster()
    aws.define()
    aws.run(desired=3)
    aws.step(1)
    counted = aws.ecs.describe_clusters(clusters=["prod"])["clusters"][0]
    assert (counted["pendingTasksCount"], counted["runningTasksCount"]) == (3, 0)
    aws.step(4)
    counted = aws.ecs.describe_clusters(clusters=["prod"])["clusters"][0]
    assert (counted["pendingTasksCount"], counted["runningTasksCount"]) == (0, 3)
    assert (counted["activeServicesCount"], counted["registeredContainerInstancesCount"]) == (1, 2)


def test_two_regions_know_nothing_of_each_other(aws: Aws) -> None:
    west = Aws(aws.sandbox, aws.clock, region="eu-west-1")
    for each, image in ((aws, "web:east"), (west, "web:west")):
        each.cluster()
        each.define(image)
        each.run()
    aws.step(5)
    aws.ecs.delete_service(cluster="prod", service="web", force=True)
    aws.step(5)
    assert aws.service()["status"] == "INACTIVE"
    assert (west.service()["status"], west.service()["runningCount"]) == ("ACTIVE", 2)
    assert west.service()["serviceArn"].startswith("arn:aws:ecs:eu-west-1:")


def test_an_assumed_role_works_in_the_account_of_the_role(aws: Aws) -> None:
    role = _role_of(aws, "210987654321")
    other_account = Aws(aws.sandbox, aws.clock, credentials=_assume(aws, role))
    other_account.ecs.create_cluster(clusterName="prod")
    other_account.define(networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
    other_account.run(launchType="FARGATE", networkConfiguration=other_account.network())
    aws.step(5)
    service = other_account.service()
    assert service["serviceArn"].startswith("arn:aws:ecs:us-east-1:210987654321:")
    assert service["runningCount"] == 2
    assert aws.ecs.list_clusters()["clusterArns"] == []


def _role_of(aws: Aws, account: str) -> str:
    iam = aws.client("iam")
    in_account = lambda request, **_: request.headers.add_header("x-moto-account-id", account)  # noqa: E731
    iam.meta.events.register("before-sign.iam", in_account)
    made = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')
    return str(made["Role"]["Arn"])


def _assume(aws: Aws, role: str) -> dict[str, str]:
    granted = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": granted["AccessKeyId"],
        "aws_secret_access_key": granted["SecretAccessKey"],
        "aws_session_token": granted["SessionToken"],
    }
