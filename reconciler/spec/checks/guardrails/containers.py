"""What raises a container above an ordinary one."""

from collections.abc import Iterator
from typing import Any

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.guardrails.refusal import refusal
from reconciler.spec.checks.guardrails.task import is_below
from reconciler.spec.containers import Container
from reconciler.spec.desired import Workload
from reconciler.spec.errors import SpecError

_HARMLESS = "no-new-privileges"
"""The one security option that takes rights away."""
_EVERYTHING = "ALL"


def containers(case: Case, workload: Workload) -> Iterator[SpecError]:
    """Each container has the rights that any has and a limit to its memory, unless the cluster allows more."""
    for container in case.containers.values():
        for rule in (_privileged, _capabilities, _devices, _security_options, _host_ports, _memory):
            yield from rule(case, workload, container)


def _privileged(case: Case, workload: Workload, container: Container) -> Iterator[SpecError]:
    if container.over.get("privileged") and not workload.cluster.guardrails.privileged:
        what = f"`{container.name}` is privileged"
        yield refusal(case, workload, "privileged", container.at("privileged"), what, "remove it")


def _capabilities(case: Case, workload: Workload, container: Container) -> Iterator[SpecError]:
    allowed = workload.cluster.guardrails.capabilities
    for number, capability in enumerate(_linux(container).get("capabilities", {}).get("add", ())):
        if not {capability, _EVERYTHING} & {*allowed}:
            path = (*container.at("linuxParameters"), "capabilities", "add", number)
            what = f"`{container.name}` adds the capability {capability}"
            yield refusal(case, workload, "capabilities", path, what, "remove it")


def _devices(case: Case, workload: Workload, container: Container) -> Iterator[SpecError]:
    for number, device in enumerate(_linux(container).get("devices", ())):
        if not is_below(device["hostPath"], workload.cluster.guardrails.devices):
            path = (*container.at("linuxParameters"), "devices", number, "hostPath")
            what = f"`{container.name}` gets the device {device['hostPath']}"
            yield refusal(case, workload, "devices", path, what, "remove it")


def _security_options(case: Case, workload: Workload, container: Container) -> Iterator[SpecError]:
    allowed = {_HARMLESS, *workload.cluster.guardrails.security_options}
    for field in ("dockerSecurityOptions", "credentialSpecs"):
        for number, option in enumerate(container.over.get(field, ())):
            if option not in allowed:
                what = f"`{container.name}` has the security option {option}"
                yield refusal(case, workload, "security_options", (*container.at(field), number), what, "remove it")


def _host_ports(case: Case, workload: Workload, container: Container) -> Iterator[SpecError]:
    """In the other modes a host port is the container's own, or none."""
    if workload.network_mode != "bridge" or workload.cluster.guardrails.host_ports:
        return
    for number, mapping in enumerate(container.over.get("portMappings", ())):
        if port := mapping.get("hostPort"):
            path = (*container.at("portMappings"), number, "hostPort")
            what = f"`{container.name}` takes port {port} of the instance"
            yield refusal(case, workload, "host_ports", path, what, "remove it, and Docker finds a port")


def _memory(case: Case, workload: Workload, container: Container) -> Iterator[SpecError]:
    """What the short form describes always has a limit, and so has the task as a whole."""
    limited = container.short or "memory" in container.over
    if not limited and not workload.cluster.guardrails.unlimited_memory:
        what = f"`{container.name}` may take all of the task's memory"
        yield refusal(case, workload, "unlimited_memory", container.over_path, what, "give it a `memory`")


def _linux(container: Container) -> dict[str, Any]:
    linux: dict[str, Any] = container.over.get("linuxParameters", {})
    return linux
