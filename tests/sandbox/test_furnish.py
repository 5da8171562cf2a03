"""The sandbox furnished for cluster files: what they refer to is there, once."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.sandbox.furnish import furnish
from reconciler.spec.models import ClusterSpec
from tests.sandbox.aws import Aws, refusal, running

PROD: dict[str, Any] = {
    "region": "us-west-2",
    "account": "123456789012",
    "vpc": "vpc-0a1b2c3d4e5f60003",
    "load_balancers": {
        "http-internal": {"name": "prod-internal", "port": 80},
        "http-public": {"name": "prod-public", "port": 80},
        "https-public": {"name": "prod-public", "port": 443, "protocol": "HTTPS"},
    },
    "zone": "prod.example",
}


@pytest.fixture
def aws() -> Iterator[Aws]:
    with running() as aws:
        yield aws


def make(aws: Aws, **changes: Any) -> None:
    furnish(aws.sandbox, {"prod": ClusterSpec.model_validate(PROD | changes)}, instances=2)


def test_the_vpc_has_the_declared_id_and_subnets_in_two_zones(aws: Aws) -> None:
    make(aws)

    ec2 = aws.client("ec2", "us-west-2")
    assert ec2.describe_vpcs(VpcIds=[PROD["vpc"]])["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [PROD["vpc"]]}])["Subnets"]
    assert sorted(subnet["AvailabilityZone"] for subnet in subnets) == ["us-west-2a", "us-west-2b"]


def test_declared_subnets_and_security_groups_have_the_declared_ids(aws: Aws) -> None:
    make(aws, subnets=["subnet-aaa", "subnet-bbb"], security_groups=["sg-ccc"])

    ec2 = aws.client("ec2", "us-west-2")
    subnets = ec2.describe_subnets(SubnetIds=["subnet-aaa", "subnet-bbb"])["Subnets"]
    assert {subnet["VpcId"] for subnet in subnets} == {PROD["vpc"]}
    groups = ec2.describe_security_groups(GroupIds=["sg-ccc"])["SecurityGroups"]
    assert [group["VpcId"] for group in groups] == [PROD["vpc"]]


def test_load_balancers_have_their_listeners_which_answer_404_to_what_no_rule_matches(aws: Aws) -> None:
    make(aws)

    elb = aws.client("elbv2", "us-west-2")
    found: dict[str, list[tuple[int, str, str]]] = {}
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        found[balancer["LoadBalancerName"]] = [
            (each["Port"], each["Protocol"], each["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"])
            for each in listeners
        ]
    assert found == {
        "prod-internal": [(80, "HTTP", "404")],
        "prod-public": [(80, "HTTP", "404"), (443, "HTTPS", "404")],
    }


def test_the_ecs_cluster_has_its_instances(aws: Aws) -> None:
    make(aws, ecs_cluster="prod-v2")

    cluster = aws.client("ecs", "us-west-2").describe_clusters(clusters=["prod-v2"])["clusters"][0]
    assert (cluster["status"], cluster["registeredContainerInstancesCount"]) == ("ACTIVE", 2)


def test_the_hosted_zone_is_there_private_when_it_is_declared_so(aws: Aws) -> None:
    make(aws, private_zone=True)

    zones = aws.client("route53").list_hosted_zones()["HostedZones"]
    assert [(zone["Name"], zone["Config"]["PrivateZone"]) for zone in zones] == [("prod.example.", True)]


def test_the_role_of_the_cluster_can_be_assumed(aws: Aws) -> None:
    role = "arn:aws:iam::210987654321:role/operator"
    make(aws, account="210987654321", role=role)

    sts = aws.client("sts")
    assert sts.assume_role(RoleArn=role, RoleSessionName="operator")["Credentials"]
    assert refusal(lambda: sts.assume_role(RoleArn=role + "s", RoleSessionName="operator")).startswith("AccessDenied")


def test_another_account_is_furnished_for_whoever_assumes_its_role(aws: Aws) -> None:
    role = "arn:aws:iam::210987654321:role/operator"
    make(aws, account="210987654321", role=role)

    keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="operator")["Credentials"]
    credentials = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    theirs = aws.client("ecs", "us-west-2", **credentials).list_clusters()["clusterArns"]
    assert theirs == ["arn:aws:ecs:us-west-2:210987654321:cluster/prod"]
    assert aws.client("ecs", "us-west-2").list_clusters()["clusterArns"] == []


def test_furnishing_twice_creates_nothing_twice(aws: Aws) -> None:
    make(aws, subnets=["subnet-aaa"], security_groups=["sg-ccc"], role="arn:aws:iam::123456789012:role/operator")
    before = inventory(aws)

    make(aws, subnets=["subnet-aaa"], security_groups=["sg-ccc"], role="arn:aws:iam::123456789012:role/operator")

    assert inventory(aws) == before


def inventory(aws: Aws) -> dict[str, list[str]]:
    """Everything there is, by its ids."""
    ec2, elb, ecs = (aws.client(service, "us-west-2") for service in ("ec2", "elbv2", "ecs"))
    balancers = [each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"]]
    return {
        "vpcs": [each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]],
        "subnets": [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]],
        "groups": [each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]],
        "balancers": balancers,
        "listeners": [
            each["ListenerArn"]
            for balancer in balancers
            for each in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        ],
        "clusters": ecs.list_clusters()["clusterArns"],
        "instances": ecs.list_container_instances(cluster="prod")["containerInstanceArns"],
        "zones": [each["Id"] for each in aws.client("route53").list_hosted_zones()["HostedZones"]],
        "roles": [each["Arn"] for each in aws.client("iam").list_roles()["Roles"]],
    }
