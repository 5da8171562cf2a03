"""What ECS refuses of the load balancers of a service."""

from tests.sandbox.house import WEB, Ask, Cases, House, after

ABSENT_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/gone/0123456789abcdef"


def _without(field: str) -> Ask:
    """A new service whose load balancer lacks a field."""

    def ask(house: House) -> None:
        (balancer,) = house.balanced()["loadBalancers"]
        house.serve(loadBalancers=[{key: value for key, value in balancer.items() if key != field}])

    return ask


CASES: Cases = {
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
    "six target groups behind one service": (
        lambda house: house.serve(loadBalancers=house.balanced()["loadBalancers"] * 6),
        "InvalidParameterException: loadBalancers can have at most 5 items.",
    ),
    "a load balancer without a target group": (
        _without("targetGroupArn"),
        "InvalidParameterException: A load balancer of a service needs a 'targetGroupArn'.",
    ),
    "a load balancer without a container": (
        _without("containerName"),
        "InvalidParameterException: A load balancer of a service needs a 'containerName'.",
    ),
    "a load balancer without a port": (
        _without("containerPort"),
        "InvalidParameterException: A load balancer of a service needs a 'containerPort'.",
    ),
    "a container without ports": (
        after(
            lambda house: house.define({**WEB, "portMappings": []}, family="closed"),
            lambda house: house.serve(taskDefinition="closed", **house.balanced()),
        ),
        "InvalidParameterException: The container web did not have a container port 80 defined.",
    ),
    "a load balancer changed to a port that is not open": (
        after(
            lambda house: house.serve("ported", **house.balanced()),
            lambda house: house.update("ported", **house.balanced(port=8080)),
        ),
        "InvalidParameterException: The container web did not have a container port 8080 defined.",
    ),
    "a task definition that no longer opens the port of a load balancer that stands": (
        after(
            lambda house: house.serve("moved", **house.balanced()),
            lambda house: house.define({**WEB, "portMappings": [{"containerPort": 8080}]}, family="moved"),
            lambda house: house.update("moved", taskDefinition="moved"),
        ),
        "InvalidParameterException: The container web did not have a container port 80 defined.",
    ),
    "a task definition without the container of a load balancer that stands": (
        after(
            lambda house: house.serve("renamed", **house.balanced()),
            lambda house: house.define({**WEB, "name": "app"}, family="renamed"),
            lambda house: house.update("renamed", taskDefinition="renamed"),
        ),
        "InvalidParameterException: The container web does not exist in the task definition.",
    ),
    "tasks that get an interface of their own in a group of instances that stands": (
        after(
            lambda house: house.serve("interfaced", **house.balanced()),
            lambda house: house.define(family="own-interface", networkMode="awsvpc"),
            lambda house: house.update(
                "interfaced",
                taskDefinition="own-interface",
                networkConfiguration={"awsvpcConfiguration": {"subnets": house.subnets}},
            ),
        ),
        (
            "InvalidParameterException: The provided target group * has target type instance, which is incompatible "
            "with the awsvpc network mode specified in the task definition."
        ),
    ),
    "a grace period for a service that stands without a load balancer": (
        after(
            lambda house: house.serve("unbalanced"),
            lambda house: house.update("unbalanced", healthCheckGracePeriodSeconds=60),
        ),
        (
            "InvalidParameterException: Health check grace period is only valid for services configured to use load "
            "balancers."
        ),
    ),
}
