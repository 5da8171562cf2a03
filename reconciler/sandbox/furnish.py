"""Puts into an empty sandbox the infrastructure that cluster files refer to and the operator does not create."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from moto.acm.models import acm_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends, security_groups, subnets, vpcs
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.route53.models import route53_backends

from reconciler.sandbox.corrections.capacity import OF_AWS
from reconciler.sandbox.server import Sandbox
from reconciler.spec.models import ClusterSpec, LoadBalancer

_ZONES = "abc"
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
_NO_RULE = {
    "Type": "fixed-response",
    "Order": 1,
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no rule matches\n"},
}


def furnish(sandbox: Sandbox, clusters: Mapping[str, ClusterSpec], *, instances: int = 3) -> None:
    """Make what the clusters need to be there: networks, load balancers, zones, ECS clusters with instances, roles.

    Whatever is there already stays as it is, so it can be called again when the files have changed.
    """
    with sandbox.world.lock:
        for name, spec in clusters.items():
            _network(spec)
            _role(spec)
            _balancers(spec)
            _zone(spec)
            _ecs_cluster(sandbox, spec.ecs_cluster or name, spec, instances)


def furnish_lease(sandbox: Sandbox, table: str, region: str | None) -> None:
    """Make the table that a lease is kept in, where there is none: its key is the name of the installation."""
    there = dynamodb_backends[DEFAULT_ACCOUNT_ID][region or sandbox.environment()["AWS_DEFAULT_REGION"]]
    with sandbox.world.lock:
        if table not in there.tables:
            there.create_table(
                table,
                schema=[{"AttributeName": "owner", "KeyType": "HASH"}],
                attr=[{"AttributeName": "owner", "AttributeType": "S"}],
                throughput=None,
                indexes=None,
                global_indexes=None,
                streams=None,
                billing_mode="PAY_PER_REQUEST",
                sse_specification=None,
                tags=[],
                deletion_protection_enabled=True,
                warm_throughput=None,
            )


def _network(spec: ClusterSpec) -> None:
    ec2 = ec2_backends[spec.account][spec.region]
    if spec.vpc not in ec2.vpcs:
        with _next_id(vpcs, "random_vpc_id", spec.vpc):
            ec2.create_vpc(f"10.{len(ec2.vpcs)}.0.0/16")
    for subnet in spec.subnets:
        _subnet(ec2, spec, subnet)
    while len(_subnets(ec2, spec)) < len(_ZONES) - 1:
        _subnet(ec2, spec, None)
    for group in spec.security_groups:
        if ec2.get_security_group_from_id(group) is None:
            with _next_id(security_groups, "random_security_group_id", group):
                ec2.create_security_group(group, "a security group of tasks", vpc_id=spec.vpc)


def _subnet(ec2: Any, spec: ClusterSpec, declared: str | None) -> None:
    have = _subnets(ec2, spec)
    if declared in {subnet.id for subnet in have}:
        return
    block = ec2.vpcs[spec.vpc].cidr_block.rsplit(".", 2)[0]
    zone = f"{spec.region}{_ZONES[len(have) % len(_ZONES)]}"
    with _next_id(subnets, "random_subnet_id", declared):
        ec2.create_subnet(spec.vpc, f"{block}.{len(have)}.0/24", availability_zone=zone)


def _subnets(ec2: Any, spec: ClusterSpec) -> list[Any]:
    return [subnet for by_id in ec2.subnets.values() for subnet in by_id.values() if subnet.vpc_id == spec.vpc]


def _role(spec: ClusterSpec) -> None:
    if spec.role is None:
        return
    iam = iam_backends[spec.role.split(":")[4]]["aws"]
    name = spec.role.rsplit("/", 1)[-1]
    if all(role.name != name for role in iam.roles.values()):
        iam.create_role(name, "{}", "/", None, "assumed for a cluster", [], "3600")


def _balancers(spec: ClusterSpec) -> None:
    for wanted in spec.load_balancers.values():
        balancer = _balancer(spec, wanted.name)
        if all(int(listener.port) != wanted.port for listener in balancer.listeners.values()):
            _listener(spec, balancer, wanted)


def _balancer(spec: ClusterSpec, name: str) -> Any:
    elbv2 = elbv2_backends[spec.account][spec.region]
    standing = next((each for each in elbv2.load_balancers.values() if each.name == name), None)
    if standing is not None:
        return standing
    subnet_ids = [subnet.id for subnet in _subnets(ec2_backends[spec.account][spec.region], spec)]
    scheme = "internal" if "internal" in name else "internet-facing"
    return elbv2.create_load_balancer(name, list(spec.security_groups), subnet_ids, scheme=scheme)


def _listener(spec: ClusterSpec, balancer: Any, wanted: LoadBalancer) -> None:
    https = wanted.protocol == "HTTPS"
    elbv2_backends[spec.account][spec.region].create_listener(
        balancer.arn,
        wanted.protocol,
        str(wanted.port),
        _TLS_POLICY if https else "",
        _certificate(spec) if https else None,
        [dict(_NO_RULE)],
    )


def _certificate(spec: ClusterSpec) -> str:
    domain = f"*.{spec.zone or 'example'}"
    return str(acm_backends[spec.account][spec.region].request_certificate(domain, domain, [], []))


def _zone(spec: ClusterSpec) -> None:
    if spec.zone is None:
        return
    route53 = route53_backends[spec.account]["aws"]
    name = f"{spec.zone}."
    if all((each.name, each.private_zone) != (name, spec.private_zone) for each in route53.zones.values()):
        vpc = (spec.vpc, spec.region) if spec.private_zone else (None, None)
        route53.create_hosted_zone(name, spec.private_zone, f"furnished {name}", *vpc)


def _ecs_cluster(sandbox: Sandbox, name: str, spec: ClusterSpec, instances: int) -> None:
    ecs = ecs_backends[spec.account][spec.region]
    if name not in ecs.clusters:
        ecs.create_cluster(name, capacity_providers=list(OF_AWS))
    missing = instances - len(ecs.container_instances.get(name, {}))
    if missing > 0:
        sandbox.world.add_instances(name, missing, account=spec.account, region=spec.region)


@contextmanager
def _next_id(module: ModuleType, generator: str, wanted: str | None) -> Iterator[None]:
    """Let moto give the next thing the id that a file declares, instead of one of its own; `None` leaves it to moto."""
    if wanted is None:
        yield
        return
    original = getattr(module, generator)
    setattr(module, generator, lambda: wanted)
    try:
        yield
    finally:
        setattr(module, generator, original)
