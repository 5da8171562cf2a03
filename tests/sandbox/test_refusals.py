"""Each row of the table of refusals, seen from a client: what is asked, and what AWS says to it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reconciler.sandbox.refusals import REFUSALS
from reconciler.sandbox.refusals.table import Refusal
from tests.sandbox.aws import Aws, refusal, running

WEB = {"name": "web", "image": "httpbin:1", "memory": 64, "portMappings": [{"containerPort": 80}]}


class House:
    """An account with a VPC, a load balancer that forwards to `main`, a cluster, a task definition and a zone."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.ec2, self.ecs = aws.client("ec2"), aws.client("ecs")
        self.elb, self.dns = aws.client("elbv2"), aws.client("route53")
        self.sts = aws.client("sts")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self.subnet(0, "us-east-1a"), self.subnet(1, "us-east-1b")]
        self.balancer = self.load_balancer("front")
        self.main, self.other = self.group("main"), self.group("other")
        self.listener = self.listen(self.balancer, 80, self.main)
        self.ecs.create_cluster(clusterName="prod")
        self.define()
        self.zone = self.dns.create_hosted_zone(Name="prod.example", CallerReference="1")["HostedZone"]["Id"]
        self.change("CREATE", name="a.prod.example", type="A", values=["192.0.2.1"])

    def subnet(self, number: int, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    def load_balancer(self, name: str, subnets: list[str] | None = None, **more: Any) -> str:
        made = self.elb.create_load_balancer(Name=name, Subnets=subnets or self.subnets, **more)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def group(self, name: str, **more: Any) -> str:
        made = self.elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, **more)
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def listen(self, balancer: str, port: int, group: str, protocol: str = "HTTP") -> str:
        action = {"Type": "forward", "TargetGroupArn": group}
        made = self.elb.create_listener(
            LoadBalancerArn=balancer, Protocol=protocol, Port=port, DefaultActions=[action]
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def rule(
        self,
        *weights: int,
        priority: int = 10,
        hosts: tuple[str, ...] = ("a.example",),
        listener: str | None = None,
        group: str | None = None,
        **more: Any,
    ) -> str:
        groups = [{"TargetGroupArn": group or self.main, "Weight": weight} for weight in weights or (1,)]
        made = self.elb.create_rule(
            ListenerArn=listener or self.listener,
            Priority=priority,
            Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": list(hosts)}}] if hosts else [],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
            **more,
        )
        return str(made["Rules"][0]["RuleArn"])

    def default_rule(self) -> str:
        rules = self.elb.describe_rules(ListenerArn=self.listener)["Rules"]
        return str(next(rule["RuleArn"] for rule in rules if rule["IsDefault"]))

    def define(self, *containers: dict[str, Any], family: str = "web", **more: Any) -> None:
        self.ecs.register_task_definition(family=family, containerDefinitions=list(containers or (WEB,)), **more)

    def define_fargate(self, **more: Any) -> None:
        compatible = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
        self.define(**compatible | {"cpu": "256", "memory": "512", "family": "fargate"} | more)

    def serve(self, name: str = "web", **more: Any) -> None:
        self.ecs.create_service(
            **{"cluster": "prod", "serviceName": name, "taskDefinition": "web", "desiredCount": 1} | more
        )

    def update(self, **more: Any) -> None:
        self.ecs.update_service(cluster="prod", service="web", **more)

    def balanced(self, group: str | None = None, container: str = "web", port: int = 80) -> dict[str, Any]:
        target = {"targetGroupArn": group or self.main, "containerName": container, "containerPort": port}
        return {"loadBalancers": [target]}

    def change(self, *actions: str, **record: Any) -> None:
        changes = [{"Action": action, "ResourceRecordSet": _record(**record)} for action in actions]
        self.dns.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})


def _record(
    name: str, type: str, values: list[str] | None = None, ttl: int | None = 60, **more: Any
) -> dict[str, Any]:
    plain: dict[str, Any] = {"ResourceRecords": [{"Value": value} for value in values]} if values else {}
    if values and ttl is not None:
        plain["TTL"] = ttl
    return {"Name": name, "Type": type, **plain, **more}


@pytest.fixture
def house() -> Iterator[House]:
    with running() as aws:
        yield House(aws)


Ask = Callable[[House], object]


def _tags(count: int) -> list[dict[str, str]]:
    return [{"Key": f"k{number}", "Value": ""} for number in range(count)]


def _alias(name: str, zone_id: str = "Z2P70J7EXAMPLE") -> dict[str, Any]:
    return {"AliasTarget": {"HostedZoneId": zone_id, "DNSName": name, "EvaluateTargetHealth": False}}


def _after(*asks: Ask) -> Ask:
    """The last of these calls, after the others were accepted."""

    def ask(house: House) -> object:
        for earlier in asks[:-1]:
            assert refusal(lambda each=earlier: each(house)) == "accepted"  # type: ignore[misc]
        return asks[-1](house)

    return ask


def _fargate_service(house: House, **more: Any) -> None:
    house.define_fargate()
    network = {"awsvpcConfiguration": {"subnets": house.subnets, "securityGroups": []}}
    house.serve(**{"taskDefinition": "fargate", "launchType": "FARGATE", "networkConfiguration": network} | more)


ABSENT_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/gone/0123456789abcdef"
ABSENT_BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/gone/0123456789abcdef"
ABSENT_LISTENER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/gone/01/02"
ABSENT_RULE = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/gone/01/02/03"

IN_ECS: dict[str, tuple[Ask, str]] = {
    "an ARN of another region": (
        lambda house: house.ecs.describe_clusters(clusters=["arn:aws:ecs:eu-west-1:123456789012:cluster/prod"]),
        "InvalidParameterException: Invalid identifier: Unexpected region 'eu-west-1'. Expected 'us-east-1'.",
    ),
    "no service to describe": (
        lambda house: house.ecs.describe_services(cluster="prod", services=[]),
        "InvalidParameterException: Services cannot be empty.",
    ),
    "eleven services to describe": (
        lambda house: house.ecs.describe_services(cluster="prod", services=[f"s{n}" for n in range(11)]),
        "InvalidParameterException: Services cannot have more than 10 elements.",
    ),
    "no task to describe": (
        lambda house: house.ecs.describe_tasks(cluster="prod", tasks=[]),
        "InvalidParameterException: Tasks cannot be empty.",
    ),
    "101 tasks to describe": (
        lambda house: house.ecs.describe_tasks(cluster="prod", tasks=[f"t{n}" for n in range(101)]),
        "InvalidParameterException: Tasks cannot have more than 100 elements.",
    ),
    "101 clusters to describe": (
        lambda house: house.ecs.describe_clusters(clusters=[f"c{n}" for n in range(101)]),
        "InvalidParameterException: Clusters cannot have more than 100 elements.",
    ),
    "no instance to describe": (
        lambda house: house.ecs.describe_container_instances(cluster="prod", containerInstances=[]),
        "InvalidParameterException: Container instances cannot be empty.",
    ),
    "101 instances to describe": (
        lambda house: house.ecs.describe_container_instances(
            cluster="prod", containerInstances=[f"i{n}" for n in range(101)]
        ),
        "InvalidParameterException: Container instances cannot have more than 100 elements.",
    ),
    "deleting a cluster with services": (
        _after(lambda house: house.serve(), lambda house: house.ecs.delete_cluster(cluster="prod")),
        "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.",
    ),
    "deleting a cluster with instances": (
        _after(
            lambda house: house.aws.sandbox.world.add_instances("prod", 1),
            lambda house: house.ecs.delete_cluster(cluster="prod"),
        ),
        "ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container Instances are "
        "active or draining.",
    ),
    "a new service of a name that is still draining": (
        _after(
            lambda house: house.aws.sandbox.world.add_instances("prod", 1),
            lambda house: house.serve(),
            lambda house: house.aws.step(5),
            lambda house: house.ecs.delete_service(cluster="prod", service="web", force=True),
            lambda house: house.serve(),
        ),
        "InvalidParameterException: Unable to Start a service that is still Draining.",
    ),
    "a tag of AWS's own": (
        lambda house: house.serve(tags=[{"key": "aws:x", "value": ""}]),
        "InvalidParameterException: Tag key 'aws:x' is reserved: keys that start with 'aws:' can't be set.",
    ),
    "a tag given twice": (
        lambda house: house.serve(tags=[{"key": "x", "value": "1"}, {"key": "x", "value": "2"}]),
        "InvalidParameterException: Duplicate tag key: 'x'.",
    ),
    "a second service of the same name": (
        _after(lambda house: house.serve(), lambda house: house.serve()),
        "InvalidParameterException: Creation of service was not idempotent.",
    ),
    "deleting a service that is scaled above 0": (
        _after(lambda house: house.serve(), lambda house: house.ecs.delete_service(cluster="prod", service="web")),
        "InvalidParameterException: The service cannot be stopped while it is scaled above 0.",
    ),
    "updating a deleted service": (
        _after(
            lambda house: house.serve(desiredCount=0),
            lambda house: house.ecs.delete_service(cluster="prod", service="web", force=True),
            lambda house: house.update(desiredCount=1),
        ),
        "ServiceNotActiveException: Service was not ACTIVE.",
    ),
    "fewer than no tasks": (
        lambda house: house.serve(desiredCount=-1),
        "InvalidParameterException: Desired count cannot be negative.",
    ),
    "a daemon with a desired count": (
        lambda house: house.serve(schedulingStrategy="DAEMON"),
        "InvalidParameterException: The daemon scheduling strategy does not support a desired count for services. "
        "Remove the desired count value and try again.",
    ),
    "a daemon on Fargate": (
        lambda house: house.ecs.create_service(
            cluster="prod", serviceName="d", taskDefinition="web", schedulingStrategy="DAEMON", launchType="FARGATE"
        ),
        "InvalidParameterException: The Fargate launch type does not support the DAEMON scheduling strategy.",
    ),
    "a launch type and a capacity provider strategy": (
        lambda house: house.serve(launchType="EC2", capacityProviderStrategy=[{"capacityProvider": "x"}]),
        "InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported. "
        "Remove one and try again.",
    ),
    "a deployment that could neither stop nor start a task": (
        lambda house: house.serve(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 100}),
        "InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
        "deployments.",
    ),
    "a grace period without a load balancer": (
        lambda house: house.serve(healthCheckGracePeriodSeconds=60),
        "InvalidParameterException: Health check grace period is only valid for services configured to use load "
        "balancers.",
    ),
    "a service role that is missing": (
        lambda house: house.serve(role="ecsServiceRole", **house.balanced()),
        "InvalidParameterException: Unable to assume role and validate the specified targetGroupArn. Please verify "
        "that the ECS service role being passed has the proper permissions.",
    ),
    "a task definition that was never registered": (
        lambda house: house.serve(taskDefinition="nothing:1"),
        "ClientException: TaskDefinition not found.",
    ),
    "an inactive task definition": (
        _after(
            lambda house: house.ecs.deregister_task_definition(taskDefinition="web:1"),
            lambda house: house.serve(taskDefinition="web:1"),
        ),
        "ClientException: TaskDefinition is inactive",
    ),
    "Fargate with a task definition for instances": (
        lambda house: house.serve(launchType="FARGATE"),
        "InvalidParameterException: Task definition does not support launch_type FARGATE.",
    ),
    "Fargate without a network": (
        lambda house: _fargate_service(house, networkConfiguration={}),
        "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    "a network for tasks that share their instance's": (
        lambda house: house.serve(networkConfiguration={"awsvpcConfiguration": {"subnets": house.subnets}}),
        "InvalidParameterException: Network Configuration is not valid for the given networkMode of this task "
        "definition.",
    ),
    "a load balancer for a container that is not there": (
        lambda house: house.serve(**house.balanced(container="nginx")),
        "InvalidParameterException: The container nginx does not exist in the task definition.",
    ),
    "a load balancer for a port that is not open": (
        lambda house: house.serve(**house.balanced(port=8080)),
        "InvalidParameterException: The container web did not have a container port 8080 defined.",
    ),
    "a target group that is absent": (
        lambda house: house.serve(**house.balanced(ABSENT_GROUP)),
        f"InvalidParameterException: The target group with targetGroupArn {ABSENT_GROUP} does not exist.",
    ),
    "a target group that nothing forwards to": (
        lambda house: house.serve(**house.balanced(house.other)),
        "InvalidParameterException: The target group with targetGroupArn * does not have an associated load balancer.",
    ),
    "tasks with their own interface in a group of instances": (
        lambda house: _fargate_service(house, **house.balanced()),
        "InvalidParameterException: The provided target group * has target type instance, which is incompatible "
        "with the awsvpc network mode specified in the task definition.",
    ),
    "assuming a role that is missing": (
        lambda house: house.sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/gone", RoleSessionName="me"),
        "AccessDenied: Not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/gone",
    ),
    "a tag value of 257 characters": (
        lambda house: house.serve(tags=[{"key": "x", "value": "v" * 257}]),
        "InvalidParameterException: 1 validation error detected: Value '*' at 'tags.1.member.value' failed to "
        "satisfy constraint: Member must have length less than or equal to 256",
    ),
    "51 tags": (
        lambda house: house.serve(tags=[{"key": f"k{n}", "value": ""} for n in range(51)]),
        "InvalidParameterException: 1 validation error detected: Value '*' at 'tags' failed to satisfy constraint: "
        "Member must have length less than or equal to 50",
    ),
}

NO_DEPENDENCY = WEB | {"dependsOn": [{"containerName": "db", "condition": "START"}]}

IN_TASK_DEFINITIONS: dict[str, tuple[Ask, str]] = {
    "a family of other characters": (lambda house: house.define(family="a b"), "Family contains invalid characters."),
    "no containers": (
        lambda house: house.ecs.register_task_definition(family="web", containerDefinitions=[]),
        "Container definitions should not be null or empty.",
    ),
    "a container name of other characters": (
        lambda house: house.define(WEB | {"name": "a b"}),
        "Container.name contains invalid characters.",
    ),
    "two containers of one name": (lambda house: house.define(WEB, WEB), "Container names must be unique: 'web'."),
    "nothing essential": (
        lambda house: house.define(WEB | {"essential": False}),
        "A TaskDefinition must have at least one essential container.",
    ),
    "waiting for a container that is not there": (
        lambda house: house.define(NO_DEPENDENCY),
        "Container dependency 'db' does not exist in the task definition.",
    ),
    "waiting for the health of a container without a check": (
        lambda house: house.define(
            WEB | {"name": "db"}, WEB | {"dependsOn": [{"containerName": "db", "condition": "HEALTHY"}]}
        ),
        "A dependency container with HEALTHY condition must have a health check defined.",
    ),
    "waiting for the end of an essential container": (
        lambda house: house.define(
            WEB | {"name": "db"}, WEB | {"dependsOn": [{"containerName": "db", "condition": "SUCCESS"}]}
        ),
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container.",
    ),
    "another host port with an interface of its own": (
        lambda house: house.define(
            WEB | {"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, networkMode="awsvpc"
        ),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    "secrets that nobody may read": (
        lambda house: house.define(WEB | {"secrets": [{"name": "KEY", "valueFrom": "/key"}]}),
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    ),
    "a role that is none": (lambda house: house.define(taskRoleArn="no such role!"), "Role is not valid"),
    "Fargate in bridge mode": (
        lambda house: house.define_fargate(networkMode="bridge"),
        "Fargate only supports network mode 'awsvpc'.",
    ),
    "Fargate without cpu": (
        lambda house: house.define_fargate(cpu=""),
        "Fargate requires that 'cpu' be defined at the task level.",
    ),
    "Fargate without memory": (
        lambda house: house.define_fargate(memory=""),
        "Fargate requires that 'memory' be defined at the task level.",
    ),
    "Fargate logs without an execution role": (
        lambda house: house.define(
            WEB | {"logConfiguration": {"logDriver": "awslogs", "options": {}}},
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
        ),
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    ),
    "a size that Fargate has not": (
        lambda house: house.define_fargate(cpu="256", memory="4096"),
        "No Fargate configuration exists for given values: 256 CPU, 4096 memory.",
    ),
    "no memory limit at all": (
        lambda house: house.define({"name": "web", "image": "httpbin:1"}),
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    ),
}

IN_BALANCING: dict[str, tuple[Ask, str]] = {
    "21 resources to describe the tags of": (
        lambda house: house.elb.describe_tags(ResourceArns=[house.main] * 21),
        "ValidationError: Cannot have more than 20 resources described",
    ),
    "21 target groups to describe": (
        lambda house: house.elb.describe_target_groups(Names=[f"g{n}" for n in range(21)]),
        "ValidationError: You cannot describe more than '20' target groups at a time",
    ),
    "21 load balancers to describe": (
        lambda house: house.elb.describe_load_balancers(Names=[f"g{n}" for n in range(21)]),
        "ValidationError: You cannot describe more than '20' load balancers at a time",
    ),
    "tags of a target group that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_GROUP]),
        f"TargetGroupNotFound: Target group '{ABSENT_GROUP}' not found",
    ),
    "tags of a load balancer that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_BALANCER]),
        f"LoadBalancerNotFound: Load balancer '{ABSENT_BALANCER}' not found",
    ),
    "tags of a listener that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_LISTENER]),
        f"ListenerNotFound: Listener '{ABSENT_LISTENER}' not found",
    ),
    "tags of a rule that is not there": (
        lambda house: house.elb.describe_tags(ResourceArns=[ABSENT_RULE]),
        f"RuleNotFound: Rule '{ABSENT_RULE}' not found",
    ),
    "a tag of AWS's own": (
        lambda house: house.elb.add_tags(ResourceArns=[house.main], Tags=[{"Key": "aws:x", "Value": ""}]),
        "ValidationError: Tag key 'aws:x' is reserved: keys that start with 'aws:' can't be set.",
    ),
    "a tag given twice": (
        lambda house: house.elb.add_tags(ResourceArns=[house.main], Tags=_tags(1) * 2),
        "DuplicateTagKeys: Tag key was specified more than once: 'k0'",
    ),
    "more than 50 tags in all": (
        _after(
            lambda house: house.elb.add_tags(ResourceArns=[house.main], Tags=_tags(50)),
            lambda house: house.elb.add_tags(ResourceArns=[house.main], Tags=[{"Key": "one", "Value": "more"}]),
        ),
        "TooManyTags: The maximum number of tags for the resource has been reached",
    ),
    "a load balancer's name of 33 characters": (
        lambda house: house.load_balancer("n" * 33),
        f"ValidationError: The load balancer name '{'n' * 33}' cannot be longer than '32' characters",
    ),
    "a second load balancer of the same name": (
        lambda house: house.load_balancer("front"),
        "DuplicateLoadBalancerName: A load balancer with the same name 'front' exists, but with different settings",
    ),
    "a load balancer in one zone": (
        lambda house: house.load_balancer("lone", house.subnets[:1]),
        "ValidationError: At least two subnets in two different Availability Zones must be specified",
    ),
    "deleting a protected load balancer": (
        _after(
            lambda house: house.elb.modify_load_balancer_attributes(
                LoadBalancerArn=house.balancer,
                Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
            ),
            lambda house: house.elb.delete_load_balancer(LoadBalancerArn=house.balancer),
        ),
        "OperationNotPermitted: Load balancer '*' cannot be deleted because deletion protection is enabled",
    ),
    "another listener on a port in use": (
        lambda house: house.listen(house.balancer, 80, house.other),
        "DuplicateListener: A listener already exists on this port for this load balancer '*'",
    ),
    "HTTPS without a certificate": (
        lambda house: house.listen(house.balancer, 443, house.main, protocol="HTTPS"),
        "ValidationError: A certificate must be specified for HTTPS listeners",
    ),
    "a rule without a condition": (
        lambda house: house.rule(hosts=()),
        "ValidationError: A condition must be specified",
    ),
    "a rule without an action": (
        lambda house: house.elb.create_rule(
            ListenerArn=house.listener,
            Priority=1,
            Conditions=[{"Field": "host-header", "Values": ["a.example"]}],
            Actions=[],
        ),
        "ValidationError: An action must be specified",
    ),
    "a rule with six hosts": (
        lambda house: house.rule(hosts=tuple(f"{n}.example" for n in range(6))),
        "ValidationError: A rule can only have '5' condition values",
    ),
    "a weight over 999": (
        lambda house: house.rule(1000),
        "ValidationError: Weight '1000' must be between 0 and 999",
    ),
    "weights that sum to zero": (
        lambda house: house.rule(0, 0),
        "InvalidLoadBalancerAction: The sum of the target group weights in a forward action must be greater than 0",
    ),
    "weights that sum to zero, in place of better ones": (
        lambda house: house.elb.modify_rule(
            RuleArn=house.rule(1),
            Actions=[
                {
                    "Type": "forward",
                    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": house.main, "Weight": 0}]},
                }
            ],
        ),
        "InvalidLoadBalancerAction: The sum of the target group weights in a forward action must be greater than 0",
    ),
    "six target groups in one forward action": (
        lambda house: house.rule(1, 1, 1, 1, 1, 1),
        "TooManyTargetGroups: A forward action can have '5' target groups at most",
    ),
    "one target group behind two load balancers": (
        lambda house: house.listen(house.load_balancer("back"), 80, house.main),
        "TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load "
        "balancer: *",
    ),
    "deleting a rule that is not there": (
        lambda house: house.elb.delete_rule(RuleArn=ABSENT_RULE),
        "RuleNotFound: One or more rules not found",
    ),
    "deleting the default rule": (
        lambda house: house.elb.delete_rule(RuleArn=house.default_rule()),
        "OperationNotPermitted: Default rule '*' cannot be deleted",
    ),
    "modifying the default rule": (
        lambda house: house.elb.modify_rule(
            RuleArn=house.default_rule(), Actions=[{"Type": "forward", "TargetGroupArn": house.other}]
        ),
        "OperationNotPermitted: Default rule '*' cannot be modified",
    ),
    "priorities of two listeners at once": (
        lambda house: house.elb.set_rule_priorities(
            RulePriorities=[
                {"RuleArn": house.rule(priority=1), "Priority": 2},
                {
                    "RuleArn": house.rule(listener=house.listen(house.balancer, 81, house.main), priority=1),
                    "Priority": 3,
                },
            ]
        ),
        "ValidationError: All rules must belong to the same listener",
    ),
    "a priority over 50,000": (
        lambda house: house.rule(priority=50_001),
        "ValidationError: 1 validation error detected: Value '50001' at 'priority' failed to satisfy constraint: "
        "Member must have value less than or equal to 50000",
    ),
    "a page of more than 400": (
        lambda house: house.elb.describe_target_groups(PageSize=401),
        "ValidationError: 1 validation error detected: Value '401' at 'pageSize' failed to satisfy constraint: "
        "Member must have value less than or equal to 400",
    ),
    "a priority in use": (
        _after(lambda house: house.rule(priority=7), lambda house: house.rule(priority=7)),
        "PriorityInUse: The specified priority is in use.",
    ),
    "a target group's name of 33 characters": (
        lambda house: house.group("n" * 33),
        f"ValidationError: Target group name '{'n' * 33}' cannot be longer than '32' characters",
    ),
    "a second target group of the same name": (
        lambda house: house.group("main", HealthCheckPath="/health"),
        "DuplicateTargetGroupName: A target group with the same name 'main' exists, but with different settings",
    ),
    "deleting a target group in use": (
        lambda house: house.elb.delete_target_group(TargetGroupArn=house.main),
        "ResourceInUse: The target group '*' is currently in use by a listener or a rule",
    ),
    "a target group of another region": (
        lambda house: house.aws.client("elbv2", "eu-west-1").describe_target_health(TargetGroupArn=house.main),
        "TargetGroupNotFound: One or more target groups not found",
    ),
}

IN_DNS: dict[str, tuple[Ask, str]] = {
    "neither an alias nor values": (
        lambda house: house.change("CREATE", name="b.prod.example", type="A"),
        "InvalidInput: Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
        "TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name=b.prod.example., Type=A, "
        "SetIdentifier=null]",
    ),
    "a weight without an identifier": (
        lambda house: house.change("CREATE", name="b.prod.example", type="A", values=["192.0.2.1"], Weight=1),
        "InvalidInput: Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, "
        "Name=b.prod.example., Type=A, SetIdentifier=null]",
    ),
    "an identifier without a weight": (
        lambda house: house.change(
            "CREATE", name="b.prod.example", type="A", values=["192.0.2.1"], SetIdentifier="blue"
        ),
        "InvalidInput: Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or "
        "MultiValueAnswer], but found none in Change with [Action=CREATE, Name=b.prod.example., Type=A, "
        "SetIdentifier=blue]",
    ),
    "too many characters for one batch": (
        lambda house: house.change(
            "UPSERT", name="b.prod.example", type="TXT", values=[f'"{n:03}{"x" * 200}"' for n in range(100)]
        ),
        "InvalidChangeBatch: [Number of characters in the batch's values exceeds 32000]",
    ),
    "a name outside the zone": (
        lambda house: house.change("CREATE", name="a.stage.example", type="A", values=["192.0.2.1"]),
        "InvalidChangeBatch: [RRSet with DNS name a.stage.example. is not permitted in zone prod.example.]",
    ),
    "deleting the zone's own NS": (
        lambda house: house.change("DELETE", name="prod.example", type="NS", values=["ns.example."]),
        "InvalidChangeBatch: [A HostedZone must contain at least one NS record for the zone itself.]",
    ),
    "deleting the zone's own SOA": (
        lambda house: house.change("DELETE", name="prod.example", type="SOA", values=["ns.example. x. 1 2 3 4 5"]),
        "InvalidChangeBatch: [A HostedZone must contain exactly one SOA record.]",
    ),
    "creating what is there": (
        lambda house: house.change("CREATE", name="a.prod.example", type="A", values=["192.0.2.2"]),
        "InvalidChangeBatch: [Tried to create resource record set [name='a.prod.example.', type='A'] but it already "
        "exists]",
    ),
    "deleting what is not there": (
        lambda house: house.change("DELETE", name="b.prod.example", type="A", values=["192.0.2.1"]),
        "InvalidChangeBatch: [Tried to delete resource record set [name='b.prod.example.', type='A'] but it was not "
        "found]",
    ),
    "deleting the same twice in one batch": (
        lambda house: house.change("DELETE", "DELETE", name="a.prod.example", type="A", values=["192.0.2.1"]),
        "InvalidChangeBatch: [Tried to delete resource record set [name='a.prod.example.', type='A'] but it was not "
        "found]",
    ),
    "deleting with other values": (
        lambda house: house.change("DELETE", name="a.prod.example", type="A", values=["192.0.2.9"]),
        "InvalidChangeBatch: [Tried to delete resource record set [name='a.prod.example.', type='A'] but the values "
        "provided do not match the current values]",
    ),
    "an address that is none": (
        lambda house: house.change("CREATE", name="b.prod.example", type="A", values=["192.0.2.256"]),
        "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a "
        "valid IPv4 address) encountered with '192.0.2.256'']",
    ),
    "an IPv6 address that is none": (
        lambda house: house.change("CREATE", name="b.prod.example", type="AAAA", values=["192.0.2.1"]),
        "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: AAAARRDATAIllegalIPv6Address (Value is not a "
        "valid IPv6 address) encountered with '192.0.2.1'']",
    ),
    "an unquoted TXT value": (
        lambda house: house.change("CREATE", name="b.prod.example", type="TXT", values=["owner"]),
        "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be "
        "enclosed in quotation marks) encountered with 'owner'']",
    ),
    "a TXT string of 256 characters": (
        lambda house: house.change("CREATE", name="b.prod.example", type="TXT", values=[f'"{"x" * 256}"']),
        "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) "
        "encountered with '*'']",
    ),
    "the same value twice": (
        lambda house: house.change("CREATE", name="b.prod.example", type="A", values=["192.0.2.1"] * 2),
        "InvalidChangeBatch: [Duplicate Resource Record: '192.0.2.1']",
    ),
    "a CNAME of the zone itself": (
        lambda house: house.change("CREATE", name="prod.example", type="CNAME", values=["a.example."]),
        "InvalidChangeBatch: [RRSet of type CNAME with DNS name prod.example. is not permitted at apex in zone "
        "prod.example.]",
    ),
    "a CNAME beside an A": (
        lambda house: house.change("CREATE", name="a.prod.example", type="CNAME", values=["a.example."]),
        "InvalidChangeBatch: [RRSet of type CNAME with DNS name a.prod.example. is not permitted as it conflicts "
        "with other records with the same DNS name in zone prod.example.]",
    ),
    "an A beside a CNAME": (
        _after(
            lambda house: house.change("CREATE", name="c.prod.example", type="CNAME", values=["a.example."]),
            lambda house: house.change("CREATE", name="c.prod.example", type="A", values=["192.0.2.1"]),
        ),
        "InvalidChangeBatch: [RRSet of type A with DNS name c.prod.example. is not permitted because a conflicting "
        "RRSet of type CNAME with the same DNS name already exists in zone prod.example.]",
    ),
    "a simple record beside a weighted one": (
        _after(
            lambda house: house.change(
                "CREATE", name="w.prod.example", type="A", values=["192.0.2.1"], SetIdentifier="blue", Weight=1
            ),
            lambda house: house.change("CREATE", name="w.prod.example", type="A", values=["192.0.2.1"]),
        ),
        "InvalidChangeBatch: [RRSet with DNS name w.prod.example., type A cannot be created as other RRSets exist "
        "with the same name and type.]",
    ),
    "a weighted record beside a simple one": (
        lambda house: house.change(
            "CREATE", name="a.prod.example", type="A", values=["192.0.2.1"], SetIdentifier="blue", Weight=1
        ),
        "InvalidChangeBatch: [RRSet with DNS name a.prod.example., type A, SetIdentifier blue cannot be created "
        "because a non multi-answer rrset exists with the same name and type.]",
    ),
    "an alias of a load balancer that is not there": (
        lambda house: house.change(
            "CREATE", name="b.prod.example", type="A", **_alias("gone-1.us-east-1.elb.amazonaws.com")
        ),
        "InvalidChangeBatch: [Tried to create an alias that targets gone-1.us-east-1.elb.amazonaws.com., type A in "
        "zone Z2P70J7EXAMPLE, but that target was not found]",
    ),
    "an alias of a record that is not there": (
        lambda house: house.change(
            "CREATE",
            name="b.prod.example",
            type="A",
            **_alias("c.prod.example", house.zone.removeprefix("/hostedzone/")),
        ),
        "InvalidChangeBatch: [Tried to create an alias that targets c.prod.example., type A in zone *, but that "
        "target was not found]",
    ),
}

CASES = {
    **{f"ECS: {name}": case for name, case in IN_ECS.items()},
    **{f"ECS: {name}": (ask, f"ClientException: {said}") for name, (ask, said) in IN_TASK_DEFINITIONS.items()},
    **{f"ELB: {name}": case for name, case in IN_BALANCING.items()},
    **{f"DNS: {name}": case for name, case in IN_DNS.items()},
}


@pytest.mark.parametrize(("ask", "said"), CASES.values(), ids=CASES.keys())
def test_aws_refuses(house: House, ask: Ask, said: str) -> None:
    assert _like(said).fullmatch(refusal(lambda: ask(house)))


def _like(said: str) -> re.Pattern[str]:
    """`*` stands for an ARN or a value too long to repeat."""
    return re.compile(re.escape(said).replace(r"\*", ".*"))


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.service} {row.operations}: {row.message}")
def test_every_row_of_the_table_is_shown_by_a_case(row: Refusal) -> None:
    words = re.compile(re.escape(f"{row.code}: {row.message}").replace(r"\{\}", ".*"))

    assert any(words.fullmatch(said) for _, said in CASES.values())


def test_an_aws_that_refuses_nothing_would_fail_these_cases(house: House) -> None:
    assert refusal(lambda: house.rule(1, 0, 999)) == "accepted"
