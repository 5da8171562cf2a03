"""Where a task goes: on a container instance with room for it, or, with Fargate, wherever its subnet is."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import ec2_backends
from moto.ecs.models import ContainerInstance, EC2ContainerServiceBackend

from reconciler.sandbox.world.state import Place, Service

FIRST_DYNAMIC_PORT = 32768
RESERVED_ADDRESSES = 4
AVAILABILITY_ZONE = "ecs.availability-zone"
SPREAD_OVER_ZONES = ({"type": "spread", "field": f"attribute:{AVAILABILITY_ZONE}"},)


class NoRoomError(Exception):
    """Nothing meets the task's requirements; the message is AWS's reason."""

    @property
    def told(self) -> str:
        """What ECS says of it in the service's events."""
        return (
            f"was unable to place a task because no container instance met all of its requirements. Reason: {self} "
            "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
        )


class NoCapacityError(NoRoomError):
    """AWS itself has no room left."""

    @property
    def told(self) -> str:
        """What ECS says of it in the service's events."""
        return f"was unable to place a task. Reason: {self}"

    def __init__(self) -> None:
        super().__init__(
            "Capacity is unavailable at this time. Please try again later or in a different availability zone."
        )


@dataclass(frozen=True)
class Needs:
    """What a task takes from an instance. `dynamic` are the container ports that get any free host port."""

    cpu: int
    memory: int
    fixed: Mapping[int, int]
    dynamic: tuple[int, ...]


@dataclass
class Addresses:
    """The private addresses that tasks with an interface of their own hold."""

    _held: dict[str, set[str]] = field(default_factory=dict)
    _next: Counter[str] = field(default_factory=Counter)

    def take(self, account: str, region: str, subnet: str) -> str:
        """The next free address of a subnet."""
        network = ip_network(ec2_backends[account][region].get_subnet(subnet).cidr_block)
        held = self._held.setdefault(subnet, set())
        usable = network.num_addresses - RESERVED_ADDRESSES - 1
        for _ in range(usable):
            address = str(network[RESERVED_ADDRESSES + self._next[subnet] % usable])
            self._next[subnet] += 1
            if address not in held:
                held.add(address)
                return address
        raise NoRoomError(f"The subnet {subnet} has no free addresses.")

    def give_back(self, subnet: str, address: str) -> None:
        """The task that held it has stopped."""
        self._held[subnet].discard(address)


def place(backend: EC2ContainerServiceBackend, service: Service, definition: Any, addresses: Addresses) -> Place:
    """Find a place and take its room; raises `NoRoomError`."""
    if on_fargate(service.fields):
        return _with_address(service, Place(), addresses)
    needs = needs_of(definition)
    instance = _choose(backend, service, definition, needs)
    host_ports = dict(needs.fixed) | _dynamic_ports(instance, needs.dynamic)
    taken = {"CPU": needs.cpu, "MEMORY": needs.memory, "PORTS": list(host_ports.values())}
    spot = Place(
        instance=instance.container_instance_arn,
        ec2_instance=instance.ec2_instance_id,
        zone=instance.attributes.get(AVAILABILITY_ZONE),
        host_ports=host_ports,
        needs=taken,
    )
    if definition.network_mode == "awsvpc":
        spot = _with_address(service, spot, addresses)
    backend.update_container_instance_resources(instance, taken)
    return spot


def free(backend: EC2ContainerServiceBackend, cluster: str, spot: Place, addresses: Addresses) -> None:
    """Give back what a stopped task took."""
    if spot.ip is not None and spot.subnet is not None:
        addresses.give_back(spot.subnet, spot.ip)
    instance = _instance(backend, cluster, spot.instance)
    if instance is not None:
        backend.update_container_instance_resources(instance, dict(spot.needs), removing=True)


def may_stay(backend: EC2ContainerServiceBackend, cluster: str, spot: Place) -> bool:
    """Whether a task may go on where it is: not on an instance that is draining or gone."""
    if spot.instance is None:
        return True
    instance = _instance(backend, cluster, spot.instance)
    return instance is not None and instance.status == "ACTIVE"


def on_fargate(fields: Mapping[str, Any]) -> bool:
    """Whether a service's tasks run on Fargate."""
    providers = [each["capacityProvider"] for each in fields.get("capacityProviderStrategy") or ()]
    return fields.get("launchType") == "FARGATE" or any(name.startswith("FARGATE") for name in providers)


def needs_of(definition: Any) -> Needs:
    """What a task of that definition takes from an instance."""
    containers = definition.container_definitions
    memory = sum(each.get("memoryReservation") or each.get("memory") or 0 for each in containers)
    fixed, dynamic = _ports(definition)
    return Needs(
        cpu=_units(definition.cpu) or sum(each.get("cpu") or 0 for each in containers),
        memory=_units(definition.memory) or memory,
        fixed=fixed,
        dynamic=dynamic,
    )


def _units(size: str | None) -> int:
    """CPU units or MiB: `512`, `.5 vCPU` or `1 GB`."""
    amount, _, unit = (size or "0").partition(" ")
    return int(float(amount) * (1024 if unit else 1))


def _ports(definition: Any) -> tuple[dict[int, int], tuple[int, ...]]:
    mappings = [port for each in definition.container_definitions for port in each.get("portMappings") or ()]
    match definition.network_mode:
        case "awsvpc" | "none":
            return {}, ()
        case "host":
            return {port["containerPort"]: port["containerPort"] for port in mappings}, ()
    return (
        {port["containerPort"]: port["hostPort"] for port in mappings if port.get("hostPort")},
        tuple(port["containerPort"] for port in mappings if not port.get("hostPort")),
    )


def _with_address(service: Service, spot: Place, addresses: Addresses) -> Place:
    subnets = (service.network_configuration or {})["awsvpcConfiguration"]["subnets"]
    subnet = subnets[len(service.tasks) % len(subnets)]
    try:
        zone = ec2_backends[service.account][service.region].get_subnet(subnet).availability_zone
    except InvalidSubnetIdError as gone:
        raise NoRoomError(f"The subnet ID '{subnet}' does not exist.") from gone
    ip = addresses.take(service.account, service.region, subnet)
    return Place(spot.instance, spot.ec2_instance, spot.zone or zone, subnet, ip, spot.host_ports, spot.needs)


def _choose(backend: EC2ContainerServiceBackend, service: Service, definition: Any, needs: Needs) -> ContainerInstance:
    active = [
        each
        for each in backend.container_instances.get(service.cluster_name, {}).values()
        if each.status == "ACTIVE" and each.agent_connected
    ]
    if not active:
        raise NoRoomError("No Container Instances were found in your cluster.")
    constraints = (*service.fields["placementConstraints"], *definition.placement_constraints)
    allowed = [each for each in active if _meets(each, constraints, service)]
    if not allowed:
        raise NoRoomError("No container instances met the placement constraints.")
    fitting = [each for each in allowed if _lack(each, needs) is None]
    if not fitting:
        closest = min(allowed, key=lambda each: each.id)
        raise NoRoomError(f"The closest matching container-instance {closest.id} {_lack(closest, needs)}.")
    return min(fitting, key=_preference(service))


def _lack(instance: ContainerInstance, needs: Needs) -> str | None:
    if needs.cpu > _remaining(instance, "CPU"):
        return "has insufficient CPU units available"
    if needs.memory > _remaining(instance, "MEMORY"):
        return "has insufficient memory available"
    if needs.fixed and _ports_in_use(instance) & set(needs.fixed.values()):
        return "is already using a port required by your task"
    return None


def _preference(service: Service) -> Callable[[ContainerInstance], tuple[Any, ...]]:
    siblings = [each.place for each in service.tasks.values() if each.wanted]
    on_instance = Counter(each.ec2_instance for each in siblings)
    in_zone = Counter(each.zone for each in siblings)
    strategies: Sequence[Mapping[str, str]] = service.fields["placementStrategy"] or SPREAD_OVER_ZONES

    def rank(instance: ContainerInstance, strategy: Mapping[str, str]) -> int:
        if strategy["type"] == "binpack":
            return _remaining(instance, strategy["field"])
        if strategy.get("field") == f"attribute:{AVAILABILITY_ZONE}":
            return in_zone[instance.attributes.get(AVAILABILITY_ZONE)]
        return on_instance[instance.ec2_instance_id]

    def key(instance: ContainerInstance) -> tuple[Any, ...]:
        ranks = [rank(instance, each) for each in strategies]
        return (*ranks, on_instance[instance.ec2_instance_id], instance.running_tasks_count, instance.id)

    return key


_EQUALS = re.compile(r"attribute:(?P<name>\S+)\s*==\s*(?P<value>\S+)")


def _meets(instance: ContainerInstance, constraints: Iterable[Mapping[str, str]], service: Service) -> bool:
    return all(_met(instance, each, service) for each in constraints)


def _met(instance: ContainerInstance, constraint: Mapping[str, str], service: Service) -> bool:
    if constraint["type"] == "distinctInstance":
        taken = {each.place.ec2_instance for each in service.tasks.values() if each.wanted}
        return instance.ec2_instance_id not in taken
    wanted = _EQUALS.fullmatch(constraint["expression"].strip())
    return wanted is None or instance.attributes.get(wanted["name"]) == wanted["value"]


def _dynamic_ports(instance: ContainerInstance, container_ports: Sequence[int]) -> dict[int, int]:
    used = _ports_in_use(instance)
    chosen: dict[int, int] = {}
    port = FIRST_DYNAMIC_PORT
    for container_port in container_ports:
        while port in used:
            port += 1
        chosen[container_port] = port
        used.add(port)
    return chosen


def _remaining(instance: ContainerInstance, resource: str) -> int:
    return next(int(each["integerValue"]) for each in instance.remaining_resources if each["name"] == resource)


def _ports_in_use(instance: ContainerInstance) -> set[int]:
    ports = next(each["stringSetValue"] for each in instance.remaining_resources if each["name"] == "PORTS")
    return {int(port) for port in ports}


def _instance(backend: EC2ContainerServiceBackend, cluster: str, arn: str | None) -> ContainerInstance | None:
    instances = backend.container_instances.get(cluster, {})
    return instances.get(arn.rsplit("/", 1)[-1]) if arn else None
