"""How ECS is told to keep and to replace tasks: whether it can, and whether it would take it."""

from collections.abc import Iterator
from math import ceil, floor
from typing import Any

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.wording import did_you_mean

_CONFIGURATION: Path = ("service", "deploymentConfiguration")
_PROVIDERS: Path = ("service", "capacityProviderStrategy")
_MOST_HEALTHY = 100
_MOST_RUNNING = 1000
_OF_FARGATE = {"FARGATE", "FARGATE_SPOT"}


def check_deployment(case: Case) -> Iterator[SpecError]:
    """Tasks can be replaced a few at a time, on capacity that they are made for."""
    service = case.spec.service
    percents = service.get("deploymentConfiguration", {})
    wrong = list(_percents(case, percents))
    yield from wrong or _room(case, percents)
    yield from _providers(case, service.get("capacityProviderStrategy", []))
    yield from _conditions(case)


def _percents(case: Case, percents: dict[str, Any]) -> Iterator[SpecError]:
    limits = {"minimumHealthyPercent": (0, _MOST_HEALTHY), "maximumPercent": (_MOST_HEALTHY, _MOST_RUNNING)}
    for name, (low, high) in limits.items():
        value = percents.get(name)
        if value is not None and not low <= value <= high:
            yield case.error((*_CONFIGURATION, name), f"`{name}` must be from {low} to {high}, not {value}")


def _room(case: Case, percents: dict[str, Any]) -> Iterator[SpecError]:
    """Whether ECS may start one task more than there should be, or stop one."""
    least, most = percents.get("minimumHealthyPercent", 100), percents.get("maximumPercent", 200)
    advice = "raise `maximumPercent` or lower `minimumHealthyPercent`"
    if least == most:
        message = f"with {least} % to keep and {most} % at most, ECS can replace no task; {advice}"
        yield case.error_at_key((*_CONFIGURATION, "maximumPercent"), message)
        return
    for workload in case.workloads if case.spec.rollout.strategy == "rolling" else ():
        count, cluster = workload.instances, workload.key.cluster
        if count and ceil(count * least / 100) >= count and floor(count * most / 100) <= count:
            message = f"with {least} % to keep and {most} % at most, ECS can replace none of the {count} in `{cluster}`"
            yield case.error_at_key(_CONFIGURATION, f"{message}; {advice}")


def _providers(case: Case, strategy: list[dict[str, Any]]) -> Iterator[SpecError]:
    if not strategy:
        return
    names = {item["capacityProvider"] for item in strategy}
    kinds = {"FARGATE" if name in _OF_FARGATE else "EC2" for name in names}
    if len(kinds) > 1:
        message = "a service runs on Fargate's capacity providers or on those of instances; keep one kind"
        yield case.error(_PROVIDERS, message)
    elif other := sorted({found.launch_type for found in case.workloads} - kinds):
        kind = kinds.pop()
        message = (
            f"these capacity providers are {kind}'s, and the task is made for {other[0]}; set `launch_type: {kind}`"
        )
        yield case.error(_PROVIDERS, message)
    if len(strategy) > 1 and all(item.get("weight", 0) == 0 for item in strategy):
        yield case.error(_PROVIDERS, "no capacity provider has a weight, so none would run a task; give one a weight")
    if len(names) < len(strategy):
        yield case.error(_PROVIDERS, "a capacity provider stands here twice; join the two")
    if sum(bool(item.get("base")) for item in strategy) > 1:
        yield case.error(_PROVIDERS, "only one capacity provider may have a `base`; keep one")


def _conditions(case: Case) -> Iterator[SpecError]:
    """Fields that ECS takes on a condition only."""
    service = case.spec.service
    yield from _names(case)
    if service.get("healthCheckGracePeriodSeconds", 0) < 0:
        yield case.error(("service", "healthCheckGracePeriodSeconds"), "a period of grace is at least 0 seconds")
    if service.get("healthCheckGracePeriodSeconds") and not case.spec.listeners:
        grace: Path = ("service", "healthCheckGracePeriodSeconds")
        yield case.error_at_key(grace, "without a listener nobody checks the health that this waits for; remove it")
    if service.get("enableExecuteCommand"):
        for cluster in (found.key.cluster for found in case.workloads if not found.task_role):
            advice = f"set `task_role:` here or in the defaults of clusters/{cluster}.yml"
            message = f"commands are executed by the task's role, and there is none in `{cluster}`; {advice}"
            yield case.error_at_key(("service", "enableExecuteCommand"), message)
    if "platformVersion" in service and any(found.launch_type == "EC2" for found in case.workloads):
        yield case.error_at_key(("service", "platformVersion"), "only Fargate has platform versions; remove it")
    most = service.get("deploymentConfiguration", {}).get("maximumPercent")
    if service.get("availabilityZoneRebalancing") == "ENABLED" and most == _MOST_HEALTHY:
        message = "to rebalance zones ECS starts a task before it stops one; raise `maximumPercent`"
        yield case.error_at_key(("service", "availabilityZoneRebalancing"), message)


def _names(case: Case) -> Iterator[SpecError]:
    """What the service says of containers and ports is there."""
    containers = case.containers
    for number, registry in enumerate(case.spec.service.get("serviceRegistries", ())):
        path: Path = ("service", "serviceRegistries", number)
        name = registry.get("containerName")
        if "registryArn" not in registry:
            yield case.error(path, "a registry without its `registryArn`; add it")
        if name and name not in containers:
            yield case.error((*path, "containerName"), f"unknown container `{name}`; {did_you_mean(name, containers)}")
    proxy = case.spec.task_definition.get("proxyConfiguration", {}).get("containerName")
    if proxy and proxy not in containers:
        path = ("task_definition", "proxyConfiguration", "containerName")
        yield case.error(path, f"unknown container `{proxy}`; {did_you_mean(proxy, containers)}")
    ports = {item.get("name") for found in containers.values() for item in found.over.get("portMappings", ())} - {None}
    connected = case.spec.service.get("serviceConnectConfiguration", {}).get("services", ())
    for number, item in enumerate(connected):
        if item["portName"] not in ports:
            path = ("service", "serviceConnectConfiguration", "services", number, "portName")
            advice = did_you_mean(item["portName"], ports)
            yield case.error(path, f"no port is named `{item['portName']}` in a container's `portMappings`; {advice}")
