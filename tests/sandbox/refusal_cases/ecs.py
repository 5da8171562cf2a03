"""What ECS and STS refuse."""

from typing import Any

from tests.sandbox.house import WEB, Cases, House, after

ABSENT_SUBNET = "subnet-0123456789abcdef0"
ABSENT_SECURITY_GROUP = "sg-0123456789abcdef0"


def _network(house: House, **more: Any) -> dict[str, Any]:
    return {"networkConfiguration": {"awsvpcConfiguration": {"subnets": house.subnets} | more}}


def _on_instances(house: House, **more: Any) -> None:
    """A service of tasks with their own interface, on instances."""
    house.define(family="own-interface", networkMode="awsvpc")
    house.serve(**{"taskDefinition": "own-interface"} | more)


def _fargate_service(house: House, **more: Any) -> None:
    house.define_fargate()
    network = {"awsvpcConfiguration": {"subnets": house.subnets, "securityGroups": []}}
    house.serve(**{"taskDefinition": "fargate", "launchType": "FARGATE", "networkConfiguration": network} | more)


CASES: Cases = {
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
        after(
            lambda house: house.ecs.create_cluster(clusterName="serving"),
            lambda house: house.serve(cluster="serving"),
            lambda house: house.ecs.delete_cluster(cluster="serving"),
        ),
        "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.",
    ),
    "deleting a cluster with instances": (
        after(
            lambda house: house.ecs.create_cluster(clusterName="running"),
            lambda house: house.aws.sandbox.world.add_instances("running", 1),
            lambda house: house.ecs.delete_cluster(cluster="running"),
        ),
        (
            "ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container Instances are "
            "active or draining."
        ),
    ),
    "a new service of a name that is still draining": (
        after(
            lambda house: house.ecs.create_cluster(clusterName="draining"),
            lambda house: house.aws.sandbox.world.add_instances("draining", 1),
            lambda house: house.serve(cluster="draining", **house.balanced()),
            lambda house: house.aws.step(5),
            lambda house: house.ecs.delete_service(cluster="draining", service="web", force=True),
            lambda house: house.serve(cluster="draining"),
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
    "a cluster's name of 256 characters": (
        lambda house: house.ecs.create_cluster(clusterName="c" * 256),
        "InvalidParameterException: The cluster name '*' must be 1 to 255 letters, numbers, hyphens and underscores.",
    ),
    "a service's name of 256 characters": (
        lambda house: house.serve("s" * 256),
        "InvalidParameterException: The service name '*' must be 1 to 255 letters, numbers, hyphens and underscores.",
    ),
    "a service's name that is empty": (
        lambda house: house.serve(""),
        "InvalidParameterException: The service name '' must be 1 to 255 letters, numbers, hyphens and underscores.",
    ),
    "a service's name with a dot": (
        lambda house: house.serve("web.1"),
        (
            "InvalidParameterException: The service name 'web.1' must be 1 to 255 letters, numbers, hyphens and "
            "underscores."
        ),
    ),
    "a service without a task definition": (
        lambda house: house.ecs.create_service(cluster="prod", serviceName="nothing", desiredCount=1),
        "InvalidParameterException: TaskDefinition can not be blank.",
    ),
    "a capacity provider that the cluster lacks": (
        lambda house: house.serve(capacityProviderStrategy=[{"capacityProvider": "FARGATE"}]),
        (
            "InvalidParameterException: The specified capacity provider strategy cannot contain a capacity provider "
            "that is not associated with the cluster. Associate the capacity provider with the cluster or specify a "
            "valid capacity provider and try again."
        ),
    ),
    "a second service of the same name": (
        after(lambda house: house.serve("twice"), lambda house: house.serve("twice")),
        "InvalidParameterException: Creation of service was not idempotent.",
    ),
    "deleting a service that is scaled above 0": (
        after(
            lambda house: house.serve("scaled"),
            lambda house: house.ecs.delete_service(cluster="prod", service="scaled"),
        ),
        "InvalidParameterException: The service cannot be stopped while it is scaled above 0.",
    ),
    "updating a deleted service": (
        after(
            lambda house: house.serve("deleted", desiredCount=0),
            lambda house: house.ecs.delete_service(cluster="prod", service="deleted"),
            lambda house: house.ecs.update_service(cluster="prod", service="deleted", desiredCount=1),
        ),
        "ServiceNotActiveException: Service was not ACTIVE.",
    ),
    "fewer than no tasks": (
        lambda house: house.serve(desiredCount=-1),
        "InvalidParameterException: Desired count cannot be negative.",
    ),
    "a daemon with a desired count": (
        lambda house: house.serve(schedulingStrategy="DAEMON"),
        (
            "InvalidParameterException: The daemon scheduling strategy does not support a desired count for services. "
            "Remove the desired count value and try again."
        ),
    ),
    "a daemon on Fargate": (
        lambda house: house.ecs.create_service(
            cluster="prod", serviceName="d", taskDefinition="web", schedulingStrategy="DAEMON", launchType="FARGATE"
        ),
        "InvalidParameterException: The Fargate launch type does not support the DAEMON scheduling strategy.",
    ),
    "a launch type and a capacity provider strategy": (
        lambda house: house.serve(launchType="EC2", capacityProviderStrategy=[{"capacityProvider": "x"}]),
        (
            "InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        ),
    ),
    "a deployment that could neither stop nor start a task": (
        lambda house: house.serve(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 100}),
        (
            "InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments."
        ),
    ),
    "a grace period without a load balancer": (
        lambda house: house.serve(healthCheckGracePeriodSeconds=60),
        (
            "InvalidParameterException: Health check grace period is only valid for services configured to use load "
            "balancers."
        ),
    ),
    "a service role that is missing": (
        lambda house: house.serve(role="ecsServiceRole", **house.balanced()),
        (
            "InvalidParameterException: Unable to assume role and validate the specified targetGroupArn. Please verify "
            "that the ECS service role being passed has the proper permissions."
        ),
    ),
    "a task definition that was never registered": (
        lambda house: house.serve(taskDefinition="nothing:1"),
        "ClientException: TaskDefinition not found.",
    ),
    "an inactive task definition": (
        after(
            lambda house: house.define(family="old"),
            lambda house: house.ecs.deregister_task_definition(taskDefinition="old:1"),
            lambda house: house.serve(taskDefinition="old:1"),
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
        (
            "InvalidParameterException: Network Configuration is not valid for the given networkMode of this task "
            "definition."
        ),
    ),
    "tasks with their own interface in a group of instances": (
        lambda house: _fargate_service(house, **house.balanced()),
        (
            "InvalidParameterException: The provided target group * has target type instance, which is incompatible "
            "with the awsvpc network mode specified in the task definition."
        ),
    ),
    "assuming a role that is missing": (
        lambda house: house.sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/gone", RoleSessionName="me"),
        "AccessDenied: Not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/gone",
    ),
    "a tag value of 257 characters": (
        lambda house: house.serve(tags=[{"key": "x", "value": "v" * 257}]),
        (
            "InvalidParameterException: 1 validation error detected: Value '*' at 'tags.1.member.value' failed to "
            "satisfy constraint: Member must have length less than or equal to 256"
        ),
    ),
    "51 tags": (
        lambda house: house.serve(tags=[{"key": f"k{n}", "value": ""} for n in range(51)]),
        (
            "InvalidParameterException: 1 validation error detected: Value '*' at 'tags' failed to satisfy constraint: "
            "Member must have length less than or equal to 50"
        ),
    ),
    "a log driver that there is not": (
        lambda house: house.define(WEB | {"logConfiguration": {"logDriver": "paper"}}),
        (
            "InvalidParameterException: 1 validation error detected: Value 'paper' at "
            "'containerDefinitions.1.member.logConfiguration.logDriver' failed to satisfy constraint: Member must "
            "satisfy enum value set: *"
        ),
    ),
    "half a deployment configuration that could neither stop nor start a task": (
        lambda house: house.serve(deploymentConfiguration={"maximumPercent": 100}),
        (
            "InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments."
        ),
    ),
    "an update to a deployment that could neither stop nor start a task": (
        after(
            lambda house: house.serve("blocked"),
            lambda house: house.ecs.update_service(
                cluster="prod", service="blocked", deploymentConfiguration={"maximumPercent": 100}
            ),
        ),
        (
            "InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments."
        ),
    ),
    "tasks on instances with their own interface and no network": (
        _on_instances,
        "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    "an update to tasks with their own interface and no network": (
        after(
            lambda house: house.serve("shared"),
            lambda house: house.define(family="own-interface", networkMode="awsvpc"),
            lambda house: house.ecs.update_service(cluster="prod", service="shared", taskDefinition="own-interface"),
        ),
        "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    "one task with its own interface and no network": (
        after(
            lambda house: house.define(family="own-interface", networkMode="awsvpc"),
            lambda house: house.ecs.run_task(cluster="prod", taskDefinition="own-interface"),
        ),
        "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    "a network without a subnet": (
        lambda house: _on_instances(house, **_network(house, subnets=[], securityGroups=[])),
        "InvalidParameterException: subnets can not be empty.",
    ),
    "17 subnets": (
        lambda house: _on_instances(house, **_network(house, subnets=[ABSENT_SUBNET] * 17)),
        "InvalidParameterException: subnets can have at most 16 items.",
    ),
    "six security groups": (
        lambda house: _on_instances(house, **_network(house, securityGroups=[ABSENT_SECURITY_GROUP] * 6)),
        "InvalidParameterException: securityGroups can have at most 5 items.",
    ),
    "a subnet by its name": (
        lambda house: _on_instances(house, **_network(house, subnets=["private"])),
        (
            'InvalidParameterException: Error retrieving subnet information for [private]: Invalid id: "private" '
            '(expecting "subnet-...") (ErrorCode: InvalidSubnetID.Malformed)'
        ),
    ),
    "a subnet that is not there": (
        lambda house: _on_instances(house, **_network(house, subnets=[house.subnets[0], ABSENT_SUBNET])),
        (
            f"InvalidParameterException: Error retrieving subnet information for [*, {ABSENT_SUBNET}]: The subnet ID "
            f"'{ABSENT_SUBNET}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
        ),
    ),
    "a security group by its name": (
        lambda house: _on_instances(house, **_network(house, securityGroups=["default"])),
        (
            "InvalidParameterException: Error retrieving security group information for [default]: Invalid id: "
            '"default" (expecting "sg-...") (ErrorCode: InvalidGroupId.Malformed)'
        ),
    ),
    "a security group that is not there": (
        lambda house: _on_instances(house, **_network(house, securityGroups=[ABSENT_SECURITY_GROUP])),
        (
            f"InvalidParameterException: Error retrieving security group information for [{ABSENT_SECURITY_GROUP}]: "
            f"The security group '{ABSENT_SECURITY_GROUP}' does not exist (ErrorCode: InvalidGroup.NotFound)"
        ),
    ),
    "a public address for tasks on instances": (
        lambda house: _on_instances(house, **_network(house, assignPublicIp="ENABLED")),
        "InvalidParameterException: Assign public IP is not supported for this launch type.",
    ),
}
