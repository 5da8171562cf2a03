"""What ECS refuses to register; each is a ClientException."""

from tests.sandbox.house import WEB, Cases

NO_DEPENDENCY = WEB | {"dependsOn": [{"containerName": "db", "condition": "START"}]}

CASES: Cases = {
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
