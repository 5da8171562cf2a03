"""How tasks are reached: the network mode, what comes with it, and the ports that are open in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any

from reconciler.spec.checks.case import Case
from reconciler.spec.containers import Container
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError

_NETWORK: Path = ("service", "networkConfiguration")
_MODE: Path = ("task_definition", "networkMode")
_OF_DOCKER = ("hostname", "extraHosts")
_LAST_PORT = 65535
_RANGE = re.compile("([0-9]{1,5})-([0-9]{1,5})")


def check_network(case: Case) -> Iterator[SpecError]:
    """The task has the network that its mode asks for, and listeners lead to ports that are open."""
    for workload in case.workloads:
        if workload.network_mode == "awsvpc":
            yield from _interface(case, workload)
    modes = {workload.network_mode for workload in case.workloads}
    if modes:
        yield from _modes(case, modes)
        yield from _ports(case, modes)


def _interface(case: Case, workload: Workload) -> Iterator[SpecError]:
    """What tasks with a network interface of their own need of their cluster."""
    cluster, on_fargate = workload.key.cluster, workload.launch_type == "FARGATE"
    given = _given(case)
    if on_fargate:
        path: Path = ("launch_type",) if case.spec.launch_type else ("instances", cluster)
    else:
        path = _MODE
    if not (given.get("subnets") or workload.cluster.subnets):
        who = "Fargate" if on_fargate else "awsvpc"
        message = f"{who} needs subnets, and `{cluster}` has none; add `subnets:` to clusters/{cluster}.yml"
        yield case.error_at_key(path, message)
    public = given.get("assignPublicIp", "ENABLED" if workload.cluster.assign_public_ip else "DISABLED")
    if public == "ENABLED" and not on_fargate:
        if "assignPublicIp" in given:
            message = "only tasks on Fargate get a public address; set it to DISABLED"
            yield case.error((*_NETWORK, "awsvpcConfiguration", "assignPublicIp"), message)
        else:
            message = f"only tasks on Fargate get a public address, and `{cluster}` has `assign_public_ip: true`"
            yield case.error_at_key(path, f"{message}; lay `assignPublicIp: DISABLED` over it, or take it out there")


def _given(case: Case) -> Mapping[str, Any]:
    given: Mapping[str, Any] = case.spec.service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return given


def _modes(case: Case, modes: set[str]) -> Iterator[SpecError]:
    """What only makes sense in one mode."""
    spec = case.spec
    written = spec.task_definition.get("networkMode", "awsvpc")
    if written != "awsvpc" and any(found.launch_type == "FARGATE" for found in case.workloads):
        yield case.error(_MODE, f"Fargate has no network mode {written}; remove it")
    if "awsvpc" not in modes and case.settled:
        advice = "remove it, or choose `networkMode: awsvpc`"
        if spec.security_groups is not None:
            message = f"these tasks have no network interface of their own to put a security group on; {advice}"
            yield case.error_at_key(("security_groups",), message)
        if "networkConfiguration" in spec.service:
            yield case.error_at_key(_NETWORK, f"these tasks have no network interface of their own; {advice}")
    for container in case.containers.values():
        yield from _docker(case, container, modes)
    if "none" in modes and spec.listeners:
        yield case.error(_MODE, "a task without a network has no listeners; choose another mode")


def _docker(case: Case, container: Container, modes: set[str]) -> Iterator[SpecError]:
    """What only Docker's own networks have."""
    for link in container.links() if modes != {"bridge"} else ():
        yield case.error(link.path, "containers are linked in the network mode bridge only; remove the link")
    for field in _OF_DOCKER if "awsvpc" in modes else ():
        if container.over.get(field):
            message = f"in the network mode awsvpc a container has no `{field}`; remove it"
            yield case.error_at_key(container.at(field), message)


def _ports(case: Case, modes: set[str]) -> Iterator[SpecError]:
    containers = case.containers
    opened = {name: _opened(case, container) for name, container in containers.items()}
    for number, listener in enumerate(case.spec.listeners):
        name = listener.container or case.files.name
        if name in opened and not opened[name] >> listener.port & 1:
            message = f"`{name}` does not open port {listener.port}; add it to its `portMappings`"
            yield case.error(("listeners", number, "port"), message)
    for container in containers.values():
        yield from _mappings(case, container)
    if modes & {"awsvpc", "host"}:
        yield from _shared(case, containers, opened)


def _mappings(case: Case, container: Container) -> Iterator[SpecError]:
    for number, mapping in enumerate(container.over.get("portMappings", ())):
        for field, least in (("containerPort", 1), ("hostPort", 0)):
            port = mapping.get(field, least)
            if not least <= port <= _LAST_PORT:
                path = (*container.at("portMappings"), number, field)
                yield case.error(path, f"`{field}` must be from {least} to {_LAST_PORT}, not {port}")
        if "containerPortRange" in mapping and not _range(mapping):
            path = (*container.at("portMappings"), number, "containerPortRange")
            yield case.error(path, f"`containerPortRange` must be two ports, as 8000-8010, up to {_LAST_PORT}")


def _opened(case: Case, container: Container) -> int:
    """The ports that a container opens, a bit for each: of a thousand ranges of all ports there is still but one set.

    Its `portMappings` replace what the short form says.
    """
    if "portMappings" in container.over:
        return _bits(_range(item) for item in container.over["portMappings"])
    listeners = {item.port for item in case.spec.listeners if (item.container or case.files.name) == container.name}
    port = getattr(container.short, "port", None)
    ports = (listeners if container.short else set()) | ({port} if port else set())
    return _bits(range(port, port + 1) for port in ports)


def _bits(ranges: Iterable[range]) -> int:
    return reduce(or_, ((1 << ports.stop) - (1 << ports.start) for ports in ranges), 0)


def _range(mapping: Mapping[str, Any]) -> range:
    """The ports that one mapping opens: none when it makes no sense."""
    if "containerPortRange" not in mapping:
        port = mapping.get("containerPort", 0)
        return range(port, port + 1) if 1 <= port <= _LAST_PORT else range(0)
    ends = _RANGE.fullmatch(mapping["containerPortRange"])
    first, last = (int(ends[1]), int(ends[2])) if ends else (0, 0)
    return range(first, last + 1) if 1 <= first <= last <= _LAST_PORT else range(0)


def _shared(case: Case, containers: Mapping[str, Container], opened: Mapping[str, int]) -> Iterator[SpecError]:
    """Containers of one task share its ports unless Docker maps them."""
    taken = 0
    for name, ports in opened.items():
        if shared := ports & taken:
            port = (shared & -shared).bit_length() - 1  # the lowest
            first = next(other for other in opened if opened[other] >> port & 1)
            message = f"`{name}` and `{first}` share the task's network, and both open port {port}; change one"
            yield case.error_at_key(containers[name].path, message)
        taken |= ports
    for container in containers.values():
        for number, item in enumerate(container.over.get("portMappings", ())):
            if item.get("hostPort") not in (None, 0, item.get("containerPort")):
                path = (*container.at("portMappings"), number, "hostPort")
                yield case.error(path, "without Docker's bridge a host port is the container's own; remove `hostPort`")
