"""What a cluster file refers to, looked up by name: load balancers, listeners, hosted zone, ECS cluster.

Never created or changed. What is missing is a problem that names the file to correct or the thing to make.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.aws import AwsError, ErrorClass, Gateway
from reconciler.kinds.grants import Grant, Territory, reading
from reconciler.model import Infrastructure
from reconciler.spec.models import ClusterSpec

_CLUSTERS_PER_CALL = 100  # ECS DescribeClusters


class InfrastructureError(Exception):
    """The cluster as a whole can't be worked on."""


@dataclass(frozen=True, slots=True)
class EcsCluster:
    """An active ECS cluster and its tags, which hold what people tell the operator."""

    arn: str
    tags: Mapping[str, str]


def ecs_cluster(aws: Gateway, name: str, spec: ClusterSpec, beside: Collection[str] = ()) -> EcsCluster:
    """The ECS cluster that a cluster file names, asked for together with those `beside` it.

    Raises `InfrastructureError` when there is none, `AwsError` when it can't be read.
    """
    wanted = spec.ecs_cluster or name
    try:
        found = _ecs_clusters(aws, {wanted, *beside})
    except AwsError as error:
        if error.kind is not ErrorClass.REFUSED or not beside:
            raise
        found = _ecs_clusters(aws, {wanted})  # one that may not be read must not cost the others
    if wanted not in found:
        raise InfrastructureError(f"clusters/{name}.yml: there is no active ECS cluster {wanted} in {spec.region}")
    return found[wanted]


def _ecs_clusters(aws: Gateway, names: Collection[str]) -> dict[str, EcsCluster]:
    """Those that there are, by name."""
    found: dict[str, EcsCluster] = {}
    ordered = sorted(names)
    for start in range(0, len(ordered), _CLUSTERS_PER_CALL):
        asked = ordered[start : start + _CLUSTERS_PER_CALL]
        for item in aws.call("ecs", "DescribeClusters", clusters=asked, include=["TAGS"])["clusters"]:
            if item["status"] == "ACTIVE":
                tags = {tag["key"]: tag.get("value", "") for tag in item.get("tags", ())}
                found[item["clusterName"]] = EcsCluster(item["clusterArn"], tags)
    return found


def find(aws: Gateway, name: str, spec: ClusterSpec, cluster_arn: str) -> Infrastructure:
    """Look everything else up. Raises `InfrastructureError` when the zone is missing, `AwsError` when unread."""
    balancers = _balancers(aws, spec)
    listeners: dict[str, str] = {}
    addresses: dict[str, Mapping[str, str]] = {}
    problems: dict[str, str] = {}
    for protocol, wanted in spec.load_balancers.items():
        where = f"clusters/{name}.yml: load_balancers.{protocol}"
        balancer = balancers.get(wanted.name)
        if balancer is None:
            problems[protocol] = f"{where}: there is no load balancer {wanted.name} in {spec.region}"
        elif balancer["VpcId"] != spec.vpc:
            problems[protocol] = f"{where}: {wanted.name} is in {balancer['VpcId']}, the cluster is in {spec.vpc}"
        elif (arn := _listener(aws, balancer["LoadBalancerArn"], wanted.port, wanted.protocol)) is None:
            problems[protocol] = f"{where}: {wanted.name} has no {wanted.protocol} listener on port {wanted.port}"
        else:
            listeners[protocol] = arn
            addresses[protocol] = {
                "dns_name": balancer["DNSName"],
                "zone_id": balancer["CanonicalHostedZoneId"],
                "arn": balancer["LoadBalancerArn"],
            }
    return Infrastructure(name, cluster_arn, listeners, addresses, zone_id(aws, name, spec), problems)


def permissions(territory: Territory) -> tuple[Grant, ...]:
    """Only reads."""
    cluster = territory.arn("ecs", f"cluster/{territory.ecs_cluster}")
    grants = [Grant("ReadCluster", ("ecs:DescribeClusters",), (cluster,))]
    if territory.balancers:
        grants.append(reading("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeListeners"))
    if territory.spec.zone:
        grants.append(reading("route53:ListHostedZonesByName"))
    if territory.spec.zone and territory.spec.private_zone:
        grants.append(Grant("ReadPrivateZone", ("route53:GetHostedZone",), (territory.zone,)))
    return tuple(grants)


def _balancers(aws: Gateway, spec: ClusterSpec) -> dict[str, Any]:
    """By name. All of the region's, because DescribeLoadBalancers fails whole when one of the names is missing."""
    if not spec.load_balancers:
        return {}
    found = aws.pages("elbv2", "DescribeLoadBalancers", "LoadBalancers", ("NextMarker", "Marker"), PageSize=400)
    return {balancer["LoadBalancerName"]: balancer for balancer in found}


def _listener(aws: Gateway, balancer: str, port: int, protocol: str) -> str | None:
    token = ("NextMarker", "Marker")
    found = aws.pages("elbv2", "DescribeListeners", "Listeners", token, LoadBalancerArn=balancer, PageSize=100)
    return next((item["ListenerArn"] for item in found if (item["Port"], item["Protocol"]) == (port, protocol)), None)


def zone_id(aws: Gateway, name: str, spec: ClusterSpec) -> str:
    """Id of the cluster's hosted zone, empty when it has none. Raises `InfrastructureError` when there is not one."""
    if spec.zone is None:
        return ""
    zones = [
        str(found["Id"]).removeprefix("/hostedzone/")
        for found in aws.call("route53", "ListHostedZonesByName", DNSName=spec.zone)["HostedZones"]
        if found["Name"].rstrip(".") == spec.zone and found["Config"]["PrivateZone"] == spec.private_zone
    ]
    if spec.private_zone:
        zones = [zone for zone in zones if _serves(aws, zone, spec.vpc)]
    kind = f"private hosted zone {spec.zone} for {spec.vpc}" if spec.private_zone else f"public hosted zone {spec.zone}"
    if not zones:
        raise InfrastructureError(f"clusters/{name}.yml: there is no {kind}")
    if len(zones) > 1:
        which = f"{' and '.join(zones)}: resolvers ask only one of them"
        raise InfrastructureError(f"clusters/{name}.yml: there is more than one {kind}, {which}; remove the others")
    return zones[0]


def _serves(aws: Gateway, zone: str, vpc: str) -> bool:
    """Whether a private zone answers in a VPC."""
    return any(item["VPCId"] == vpc for item in aws.call("route53", "GetHostedZone", Id=zone).get("VPCs", ()))
