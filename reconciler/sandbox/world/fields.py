"""The fields of a service as ECS keeps them: what was asked for, over AWS's own defaults."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

SETTABLE = (
    "taskDefinition",
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "roleArn",
    "deploymentConfiguration",
    "deploymentController",
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)

_DEFAULTS: Mapping[str, Any] = {
    "loadBalancers": [],
    "serviceRegistries": [],
    "deploymentController": {"type": "ECS"},
    "placementConstraints": [],
    "placementStrategy": [],
    "schedulingStrategy": "REPLICA",
    "enableECSManagedTags": False,
    "propagateTags": "NONE",
    "enableExecuteCommand": False,
}

_BREAKER_DEFAULTS: Mapping[str, Any] = {
    "enable": False,
    "rollback": False,
    "resetOnHealthyTask": True,
    "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
}

_DEPLOYMENT_DEFAULTS: Mapping[str, Any] = {
    "deploymentCircuitBreaker": {},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}


def created(wanted: Mapping[str, Any], account: str, cluster: Any) -> dict[str, Any]:
    """The fields of a new service."""
    fields = deepcopy({**_DEFAULTS, **_given(wanted)})
    fields["deploymentConfiguration"] = _DEPLOYMENT_DEFAULTS | fields.get("deploymentConfiguration", {})
    fields.setdefault(
        "availabilityZoneRebalancing",
        "ENABLED" if fields["deploymentConfiguration"]["maximumPercent"] > 100 else "DISABLED",  # noqa: PLR2004
    )
    if fields["loadBalancers"]:
        fields.setdefault("healthCheckGracePeriodSeconds", 0)
        fields["roleArn"] = wanted.get("role") or (
            f"arn:aws:iam::{account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
        )
    if "launchType" not in fields and "capacityProviderStrategy" not in fields:
        fields |= _cluster_default(cluster)
    return _normalised(fields)


def updated(fields: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields after an update: what it doesn't mention stays."""
    changes = deepcopy(_given(wanted))
    if "deploymentConfiguration" in changes:
        changes["deploymentConfiguration"] = {
            **fields["deploymentConfiguration"],
            **changes["deploymentConfiguration"],
        }
    kept = dict(fields)
    if "capacityProviderStrategy" in changes:
        kept.pop("launchType", None)
    return _normalised(kept | changes)


def _given(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: wanted[name] for name in SETTABLE if wanted.get(name) not in (None, {})}


def _cluster_default(cluster: Any) -> dict[str, Any]:
    strategy = cluster.default_capacity_provider_strategy
    return {"capacityProviderStrategy": deepcopy(strategy)} if strategy else {"launchType": "EC2"}


def _normalised(fields: dict[str, Any]) -> dict[str, Any]:
    """As AWS reads it back: with the defaults of what is nested."""
    for provider in fields.get("capacityProviderStrategy", ()):
        provider.setdefault("weight", 0)
        provider.setdefault("base", 0)
    deployment = fields["deploymentConfiguration"]
    deployment["deploymentCircuitBreaker"] = deepcopy(_BREAKER_DEFAULTS) | deployment["deploymentCircuitBreaker"]
    for strategy in fields["placementStrategy"]:
        _normalise_strategy(strategy)
    if "networkConfiguration" in fields:
        vpc = fields["networkConfiguration"]["awsvpcConfiguration"]
        vpc.setdefault("securityGroups", [])
        vpc.setdefault("assignPublicIp", "DISABLED")
    if fields.get("launchType") == "FARGATE":
        fields.setdefault("platformVersion", "LATEST")
        fields.setdefault("platformFamily", "Linux")
    return fields


def _normalise_strategy(strategy: dict[str, str]) -> None:
    """ECS keeps a resource to pack by in capitals, and knows a host as an instance."""
    if strategy["type"] == "binpack":
        strategy["field"] = strategy["field"].upper()
    elif strategy.get("field") == "host":
        strategy["field"] = "instanceId"
