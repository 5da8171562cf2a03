"""What makes a call about ECS services wrong. Each predicate returns what its message is about, or nothing."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from reconciler.sandbox.refusals.live import Live, Parameters

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_PERCENTS = {"minimumHealthyPercent": 100, "maximumPercent": 200}
"""What a service has when nothing else is said."""
_MOST_IN_NETWORK = {"subnets": 16, "securityGroups": 5}


def arn_of_another_region(parameters: Parameters, live: Live) -> tuple[str, str] | None:
    """An ECS ARN of another region than the one called."""
    regions = (text.split(":")[3] for text in _texts(parameters) if text.startswith("arn:aws:ecs:"))
    return next(((region, live.region) for region in regions if region != live.region), None)


def _texts(value: Any) -> Iterator[str]:
    """The texts directly in the parameters or in their lists: where ECS takes identifiers."""
    for part in value.values():
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            yield from (each for each in part if isinstance(each, str))


def not_a_name(field: str) -> Callable[[Parameters, Live], tuple[str] | None]:
    """A name of other characters, or of more of them, than AWS takes."""

    def malformed(parameters: Parameters, _: Live) -> tuple[str] | None:
        name: str | None = parameters.get(field)
        return None if name is None or _NAME.fullmatch(name) else (name,)

    return malformed


def exists(status: str) -> Callable[[Parameters, Live], bool]:
    """A service of that name stands already, in that status."""

    def standing(parameters: Parameters, live: Live) -> bool:
        service = live.service(parameters.get("cluster"), parameters["serviceName"])
        return service is not None and service.status == status

    return standing


def not_active(parameters: Parameters, live: Live) -> bool:
    """The service is being deleted, or was."""
    service = live.service(parameters.get("cluster"), parameters["service"])
    return service is not None and service.status != "ACTIVE"


def scaled_above_zero(parameters: Parameters, live: Live) -> bool:
    """Only a service scaled to 0 is deleted without force."""
    service = live.service(parameters.get("cluster"), parameters["service"])
    if service is None or parameters.get("force") or service.scheduling_strategy == "DAEMON":
        return False
    return bool(service.status == "ACTIVE" and service.desired_count > 0)


def desired_count_negative(parameters: Parameters, _: Live) -> bool:
    """Fewer than no tasks."""
    return (parameters.get("desiredCount") or 0) < 0


def daemon_with_count(parameters: Parameters, _: Live) -> bool:
    """A daemon runs once on each instance."""
    return parameters.get("schedulingStrategy") == "DAEMON" and parameters.get("desiredCount") is not None


def daemon_on_fargate(parameters: Parameters, _: Live) -> bool:
    """Fargate has no instances to run a daemon on."""
    return parameters.get("schedulingStrategy") == "DAEMON" and _on_fargate(parameters)


def launch_type_and_strategy(parameters: Parameters, _: Live) -> bool:
    """Two answers to where tasks run."""
    return bool(parameters.get("launchType") and parameters.get("capacityProviderStrategy"))


def blocks_deployments(parameters: Parameters, live: Live) -> bool:
    """Neither a task more nor a task less than desired: nothing could ever be replaced."""
    standing = _standing(parameters, live).get("deploymentConfiguration", _PERCENTS)
    configuration = standing | (parameters.get("deploymentConfiguration") or {})
    return all(configuration[name] == 100 for name in _PERCENTS)  # noqa: PLR2004


def grace_without_load_balancer(parameters: Parameters, live: Live) -> bool:
    """Nothing checks the health that the grace period is for."""
    return bool(parameters.get("healthCheckGracePeriodSeconds") and not _balancers(_effective(parameters, live)))


def provider_of_another_cluster(parameters: Parameters, live: Live) -> bool:
    """Tasks run on what their cluster has."""
    cluster = live.cluster(parameters.get("cluster"))
    strategy = parameters.get("capacityProviderStrategy") or []
    return cluster is not None and any(
        each["capacityProvider"] not in (cluster.capacity_providers or []) for each in strategy
    )


def definition_blank(parameters: Parameters, _: Live) -> bool:
    """A service of no tasks in particular, which only a deployment controller of one's own may have."""
    controller = (parameters.get("deploymentController") or {}).get("type")
    return not parameters.get("taskDefinition") and controller != "EXTERNAL"


def definition_absent(parameters: Parameters, live: Live) -> bool:
    """The task definition was never registered."""
    name = parameters.get("taskDefinition")
    return bool(name) and live.task_definition(str(name)) is None


def definition_inactive(parameters: Parameters, live: Live) -> bool:
    """The task definition was deregistered."""
    name = parameters.get("taskDefinition")
    definition = live.task_definition(str(name)) if name else None
    return definition is not None and definition.status != "ACTIVE"


def definition_not_for_fargate(parameters: Parameters, live: Live) -> bool:
    """The task definition is not compatible with Fargate."""
    service = _effective(parameters, live)
    definition = _definition(service, live)
    return (
        definition is not None and _on_fargate(service) and "FARGATE" not in (definition.requires_compatibilities or [])
    )


def network_missing(parameters: Parameters, live: Live) -> bool:
    """Tasks with an interface of their own, and no subnet to put it in."""
    service = _effective(parameters, live)
    return _network_mode(service, live) == "awsvpc" and not _network(service)


def network_without_subnets(parameters: Parameters, _: Live) -> bool:
    """A network with nowhere to be."""
    return bool(_network(parameters)) and not _network(parameters).get("subnets")


def network_too_wide(parameters: Parameters, _: Live) -> tuple[str, int] | None:
    """More subnets or security groups than an interface is chosen from."""
    network = _network(parameters)
    return next(((name, most) for name, most in _MOST_IN_NETWORK.items() if len(network.get(name) or []) > most), None)


def not_an_id(kind: str, prefix: str) -> Callable[[Parameters, Live], tuple[str, str, str] | None]:
    """A subnet or security group that is not named by its id."""

    def malformed(parameters: Parameters, _: Live) -> tuple[str, str, str] | None:
        ids = _network(parameters).get(kind) or []
        return next(((", ".join(ids), each, prefix) for each in ids if not each.startswith(f"{prefix}-")), None)

    return malformed


def subnet_absent(parameters: Parameters, live: Live) -> tuple[str, str] | None:
    """A subnet that is not in this account and region."""
    return _absent(_network(parameters).get("subnets") or [], live.subnets)


def security_group_absent(parameters: Parameters, live: Live) -> tuple[str, str] | None:
    """A security group that is not in this account and region."""
    return _absent(_network(parameters).get("securityGroups") or [], live.security_groups)


def _absent(ids: list[str], known: Callable[[], set[str]]) -> tuple[str, str] | None:
    unknown = [each for each in ids if each not in known()]
    return (", ".join(ids), unknown[0]) if unknown else None


def public_address_on_instances(parameters: Parameters, live: Live) -> bool:
    """Tasks on instances have private addresses alone."""
    wanted = _network(parameters).get("assignPublicIp") == "ENABLED"
    return wanted and not _on_fargate(_effective(parameters, live))


def network_needless(parameters: Parameters, live: Live) -> bool:
    """Subnets for tasks that share their instance's interface."""
    mode = _network_mode(_effective(parameters, live), live)
    return bool(_network(parameters)) and mode not in (None, "awsvpc")


def balancer_incomplete(parameters: Parameters, _: Live) -> str | None:
    """A load balancer that doesn't say where its traffic comes from or goes to."""
    for balancer in _balancers(parameters):
        if not balancer.get("targetGroupArn") and not balancer.get("loadBalancerName"):
            return "targetGroupArn"
        for field in ("containerName", "containerPort"):
            if not balancer.get(field):
                return field
    return None


def container_absent(parameters: Parameters, live: Live) -> str | None:
    """A load balancer in front of a container that the task definition lacks."""
    service = _effective(parameters, live)
    containers = _containers(service, live)
    names = (str(each["containerName"]) for each in _balancers(service))
    return next((name for name in names if containers and name not in containers), None)


def container_port_absent(parameters: Parameters, live: Live) -> tuple[str, int] | None:
    """A load balancer in front of a port that its container does not open."""
    service = _effective(parameters, live)
    containers = _containers(service, live)
    for balancer in _balancers(service):
        container = containers.get(balancer["containerName"], {})
        ports = [mapping.get("containerPort") for mapping in container.get("portMappings", [])]
        if container and balancer["containerPort"] not in ports:
            return balancer["containerName"], balancer["containerPort"]
    return None


def group_absent(parameters: Parameters, live: Live) -> str | None:
    """The target group does not exist in this account and region."""
    return next((arn for arn in _groups(parameters) if arn not in live.elbv2.target_groups), None)


def group_unattached(parameters: Parameters, live: Live) -> str | None:
    """No listener and no rule forwards to the target group."""
    return next((arn for arn in _groups(parameters) if not live.balancers_of(arn)), None)


def group_of_wrong_type(parameters: Parameters, live: Live) -> tuple[str, str, str] | None:
    """Tasks with their own interface are targets by IP; the others by instance."""
    service = _effective(parameters, live)
    mode = _network_mode(service, live)
    right = "ip" if mode == "awsvpc" else "instance"
    for arn in _groups(service) if mode else []:
        group = live.elbv2.target_groups.get(arn)
        if group and group.target_type != right:
            return arn, group.target_type, mode or ""
    return None


def role_absent(parameters: Parameters, live: Live) -> bool:
    """ECS cannot assume a role that is not there."""
    return bool(parameters.get("role")) and not live.has_role(parameters["role"])


def cluster_has_services(parameters: Parameters, live: Live) -> bool:
    """A cluster is deleted after its services."""
    cluster = parameters["cluster"].rsplit("/", 1)[-1]
    services = live.ecs.services.items()
    return any(key.split(":")[0] == cluster and each.status == "ACTIVE" for key, each in services)


def cluster_has_instances(parameters: Parameters, live: Live) -> bool:
    """A cluster is deleted after its instances were deregistered."""
    return bool(live.ecs.container_instances.get(parameters["cluster"].rsplit("/", 1)[-1]))


def _balancers(service: Parameters) -> list[Parameters]:
    return service.get("loadBalancers") or []


def _groups(service: Parameters) -> list[str]:
    return [each["targetGroupArn"] for each in _balancers(service) if each.get("targetGroupArn")]


def _on_fargate(service: Parameters) -> bool:
    strategy = service.get("capacityProviderStrategy") or []
    providers = (each["capacityProvider"] for each in strategy)
    return service.get("launchType") == "FARGATE" or any(each.startswith("FARGATE") for each in providers)


def _effective(parameters: Parameters, live: Live) -> Parameters:
    """What the service will be: what the call says over what stands (an update leaves the rest alone)."""
    given = {key: value for key, value in parameters.items() if value is not None}
    placed = given.get("launchType") or given.get("capacityProviderStrategy")
    return (_standing(parameters, live) or ({} if placed else _cluster_default(parameters, live))) | given


def _standing(parameters: Parameters, live: Live) -> Parameters:
    """The fields of the service that an update is about; none where there is no service yet."""
    name = parameters.get("service")
    service = live.service(parameters.get("cluster"), name) if name else None
    return dict(service.fields) if service else {}


def _cluster_default(parameters: Parameters, live: Live) -> Parameters:
    """Where tasks run when nobody says where."""
    cluster = live.cluster(parameters.get("cluster"))
    strategy = cluster.default_capacity_provider_strategy if cluster else None
    return {"capacityProviderStrategy": strategy} if strategy else {}


def _network(parameters: Parameters) -> Parameters:
    return (parameters.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}


def _definition(service: Parameters, live: Live) -> Any | None:
    name = service.get("taskDefinition")
    return live.task_definition(str(name)) if name else None


def _network_mode(service: Parameters, live: Live) -> str | None:
    """The network mode of the task definition; bridge is what AWS takes when none was given."""
    definition = _definition(service, live)
    return (definition.network_mode or "bridge") if definition else None


def _containers(service: Parameters, live: Live) -> dict[str, Parameters]:
    definition = _definition(service, live)
    return {each["name"]: each for each in definition.container_definitions} if definition else {}
