"""What ECS refuses to register; each is a ClientException."""

from tests.sandbox.house import WEB, Cases

NO_DEPENDENCY = WEB | {"dependsOn": [{"containerName": "db", "condition": "START"}]}

DB = WEB | {"name": "db"}
START_DB = [{"containerName": "db", "condition": "START"}]
CHECK = {"command": ["CMD-SHELL", "true"]}
CYCLE = "Container links should not have a cycle"
NO_SUCH_RUN = "Container 'web' has a health check whose command starts with neither CMD, CMD-SHELL nor NONE."

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
        "Cannot depend on container + 'db' because it does not exist",
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
    "a link to a container that is not there": (
        lambda house: house.define(WEB | {"links": ["db:database"]}),
        "Container links: container 'db' does not exist in the task definition.",
    ),
    "a link in a network that has none": (
        lambda house: house.define(WEB | {"links": ["db"]}, DB, networkMode="host"),
        "Links are not supported when networkMode=host.",
    ),
    "links in a circle": (lambda house: house.define(WEB | {"links": ["db:d"]}, DB | {"links": ["web"]}), CYCLE),
    "dependencies in a circle": (
        lambda house: house.define(
            WEB | {"dependsOn": START_DB}, DB | {"dependsOn": [{"containerName": "web", "condition": "START"}]}
        ),
        CYCLE,
    ),
    "a dependency against a link": (
        lambda house: house.define(WEB | {"dependsOn": START_DB}, DB | {"links": ["web"]}),
        CYCLE,
    ),
    "a health check that is only a command": (
        lambda house: house.define(WEB | {"healthCheck": {"command": ["curl", "-f", "localhost"]}}),
        NO_SUCH_RUN,
    ),
    "a health check without a command": (
        lambda house: house.define(WEB | {"healthCheck": {"command": []}}),
        NO_SUCH_RUN,
    ),
    "a health check every second": (
        lambda house: house.define(WEB | {"healthCheck": CHECK | {"interval": 1}}),
        "Health check interval of container 'web' must be between 5 and 300.",
    ),
    "a mount of a volume that is not there": (
        lambda house: house.define(WEB | {"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}),
        "Unknown volume 'data'.",
    ),
    "a secret of a variable's name": (
        lambda house: house.define(
            WEB | {"secrets": [{"name": "KEY", "valueFrom": "/key"}], "environment": [{"name": "KEY", "value": "1"}]},
            executionRoleArn="execution",
        ),
        (
            "The secret name must be unique and not shared with any new or existing environment variables set on the "
            "container, such as 'KEY'."
        ),
    ),
    "an ARN of no account as a role": (
        lambda house: house.define(executionRoleArn="arn:aws:iam::1:role/execution"),
        "Role is not valid",
    ),
    "a task with less CPU than there is to have": (
        lambda house: house.define(cpu="127"),
        "Invalid 'cpu' setting for task.",
    ),
    "a task with more CPU than there is to have": (
        lambda house: house.define(cpu="193 vCPU"),
        "Invalid 'cpu' setting for task.",
    ),
    "CPU that is no number": (lambda house: house.define(cpu="lots"), "Invalid 'cpu' setting for task."),
    "memory that is no number": (lambda house: house.define(memory="lots"), "Invalid 'memory' setting for task."),
    "a container with less memory than Docker takes": (
        lambda house: house.define(WEB | {"memory": 5}),
        "Invalid setting for container 'web'. 'memory' must be at least 6.",
    ),
    "a container that reserves more than its limit": (
        lambda house: house.define(WEB | {"memoryReservation": 65}),
        "Invalid setting for container 'web'. 'memoryReservation' must be no more than 'memory'.",
    ),
    "containers with more memory than their task": (
        lambda house: house.define(WEB, DB, memory="127"),
        "The containers of a task can't have more 'memory' than the task.",
    ),
    "containers with more CPU than their task": (
        lambda house: house.define(WEB | {"cpu": 257}, cpu="256"),
        "The containers of a task can't have more 'cpu' than the task.",
    ),
    "a log driver that Fargate has not": (
        lambda house: house.define_fargate(WEB | {"logConfiguration": {"logDriver": "syslog"}}),
        "Fargate does not support the log driver 'syslog'.",
    ),
    "a definition over 64 KiB": (
        lambda house: house.define(WEB | {"environment": [{"name": "LONG", "value": "x" * 65536}]}),
        "Actual length: '*'. Max allowed length is '65536' bytes.",
    ),
}
