"""The embedded AWS as its users meet it: boto3 clients over HTTP, a clock that tests step, and a small estate."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox, Scenario, TaskRecord
from tests.transport import in_process

HEALTH = {"HealthCheckIntervalSeconds": 5, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}
"""Ten seconds to become healthy, and ten to become unhealthy."""

SESSION = boto3.session.Session()
"""One for all tests, so that each service's model is read once."""


@dataclass
class Aws:
    """One account and region of a sandbox, with what tests build there again and again."""

    sandbox: Sandbox
    clock: SteppedClock
    region: str = "us-east-1"
    credentials: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ecs, self.elb = self.client("ecs"), self.client("elbv2")

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "AKIASANDBOX000000000", "aws_secret_access_key": "sandbox"} | self.credentials
        once = Config(retries={"total_max_attempts": 1})
        make: Any = SESSION.client
        return make(service, self.region, endpoint_url=self.sandbox.endpoint, config=once, **keys)

    def step(self, seconds: float) -> None:
        self.clock.step(seconds)
        self.sandbox.world.tick()

    def seconds(self, number: int) -> Iterator[int]:
        """Let that many seconds pass, and look after each."""
        for second in range(1, number + 1):
            self.step(1)
            yield second

    def cluster(self, name: str = "prod", instances: int = 2, memory: int = 16384) -> str:
        self.ecs.create_cluster(clusterName=name)
        self.sandbox.world.add_instances(name, instances, region=self.region, memory=memory)
        return name

    def define(
        self, image: str = "web:1", family: str = "web", container: dict[str, Any] | None = None, **more: Any
    ) -> str:
        web = {"name": "web", "image": image, "memory": 64, "portMappings": [{"containerPort": 80}]}
        made = self.ecs.register_task_definition(family=family, containerDefinitions=[web | (container or {})], **more)
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def network(self) -> dict[str, Any]:
        """The default VPC's subnets, for tasks with an interface of their own."""
        subnets = self.client("ec2").describe_subnets()["Subnets"]
        return {"awsvpcConfiguration": {"subnets": [each["SubnetId"] for each in subnets]}}

    def listener(self, name: str = "front") -> str:
        """A load balancer whose listener forwards nowhere."""
        subnets = self.client("ec2").describe_subnets()["Subnets"]
        balancer = self.elb.create_load_balancer(Name=name, Subnets=[each["SubnetId"] for each in subnets])
        made = self.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def group(self, name: str = "web", delay: int = 0, **settings: Any) -> str:
        vpc = self.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        made = self.elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, **(HEALTH | settings))
        arn = str(made["TargetGroups"][0]["TargetGroupArn"])
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}
        self.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[attribute])
        return arn

    def forward(self, listener: str, *groups: str, priority: int = 1) -> str:
        """A rule of the listener that sends all traffic to the first group, and none to the others."""
        made = self.elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "host-header", "Values": [f"{priority}.example"]}],
            Actions=[forwarding(*groups)],
        )
        return str(made["Rules"][0]["RuleArn"])

    def balanced(self, delay: int = 0, **settings: Any) -> list[dict[str, Any]]:
        """A target group with a rule that forwards to it, as the load balancers of a service."""
        group = self.group(delay=delay, **settings)
        self.forward(self.listener(), group)
        return [{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]

    def run(self, name: str = "web", desired: int = 2, cluster: str = "prod", **more: Any) -> dict[str, Any]:
        wanted = {"taskDefinition": "web"} | more
        made = self.ecs.create_service(cluster=cluster, serviceName=name, desiredCount=desired, **wanted)
        return dict(made["service"])

    def update(self, name: str = "web", cluster: str = "prod", **changes: Any) -> dict[str, Any]:
        return dict(self.ecs.update_service(cluster=cluster, service=name, **changes)["service"])

    def service(self, name: str = "web", cluster: str = "prod") -> dict[str, Any]:
        described = self.ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])
        return dict(described["services"][0])

    def tasks(self, service: str = "web", cluster: str = "prod") -> tuple[TaskRecord, ...]:
        return self.sandbox.world.tasks(cluster=cluster, service=service)

    def serving(self, service: str = "web") -> list[str]:
        """The images of the tasks that run and are healthy in all their target groups."""
        return sorted(
            each.image
            for each in self.tasks(service)
            if each.status == "RUNNING" and all(target.health == "healthy" for target in each.targets)
        )

    def health(self, group: str) -> list[str]:
        """The state of each target of a group."""
        described = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sorted(each["TargetHealth"]["State"] for each in described)

    def events(self, service: str = "web") -> list[str]:
        """What ECS said about a service, oldest first."""
        return [each["message"] for each in reversed(self.service(service)["events"])]

    def rollouts(self, service: str = "web") -> list[tuple[str, str, str]]:
        """Each deployment of a service: its status, its state, and the revision of its task definition."""
        return [
            (each["status"], each["rolloutState"], each["taskDefinition"].rsplit("/", 1)[-1])
            for each in self.service(service)["deployments"]
        ]


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    """Code and message of a refusal."""
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def forwarding(*groups: str) -> dict[str, Any]:
    weights = [{"TargetGroupArn": group, "Weight": int(group == groups[0])} for group in groups]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}


@contextmanager
def embedded(scenario: Scenario | None = None, seed: int | None = None) -> Iterator[Aws]:
    clock = SteppedClock()
    with Sandbox(clock, scenario, seed=seed) as sandbox, in_process(sandbox):
        yield Aws(sandbox, clock)
