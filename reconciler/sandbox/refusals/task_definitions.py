"""What makes a task definition wrong. Each predicate returns what its message is about, or nothing."""

import json
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from reconciler.sandbox.refusals.live import Live, Parameters

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_GIB = 1024
_MOST_BYTES = 64 * 1024
_TASK_CPU = range(128, 196608 + 1)
_LEAST_MEMORY = 6
_CHECK_RANGES = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
_CHECK_COMMANDS = ("CMD", "CMD-SHELL", "NONE")
_FARGATE_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")

# CPU units → MiB of memory that Fargate offers with them.
_FARGATE_SIZES: dict[int, frozenset[int]] = {
    256: frozenset({512, 1024, 2048}),
    512: frozenset(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: frozenset(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: frozenset(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: frozenset(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: frozenset(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: frozenset(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}


def bad_family(parameters: Parameters, _: Live) -> bool:
    """A family of other characters than AWS takes."""
    return not _NAME.fullmatch(parameters["family"])


def bad_container_name(parameters: Parameters, _: Live) -> bool:
    """A container name of other characters than AWS takes."""
    return any(not _NAME.fullmatch(each["name"]) for each in _containers(parameters) if "name" in each)


def duplicate_container(parameters: Parameters, _: Live) -> str | None:
    """Two containers of one name."""
    names = [each.get("name", "") for each in _containers(parameters)]
    return next((name for name in names if names.count(name) > 1), None)


def no_containers(parameters: Parameters, _: Live) -> bool:
    """A task of nothing."""
    return not _containers(parameters)


def no_essential_container(parameters: Parameters, _: Live) -> bool:
    """A task that nothing keeps alive."""
    return not any(_essential(each) for each in _containers(parameters))


def dependency_absent(parameters: Parameters, _: Live) -> str | None:
    """Waiting for a container that is not there."""
    names = {each.get("name") for each in _containers(parameters)}
    return next((name for name, _condition in _dependencies(parameters) if name not in names), None)


def dependency_without_health_check(parameters: Parameters, _: Live) -> bool:
    """Waiting for the health of a container that has no health check."""
    checked = {each.get("name") for each in _containers(parameters) if each.get("healthCheck")}
    return any(name not in checked for name, condition in _dependencies(parameters) if condition == "HEALTHY")


def dependency_never_ends(parameters: Parameters, _: Live) -> bool:
    """Waiting for the end of a container with which the whole task ends."""
    essential = {each.get("name") for each in _containers(parameters) if _essential(each)}
    ends = (name for name, condition in _dependencies(parameters) if condition in ("SUCCESS", "COMPLETE"))
    return any(name in essential for name in ends)


def starts_in_a_circle(parameters: Parameters, _: Live) -> bool:
    """Containers that wait for one another to start, be it for a link or a dependency."""
    waits: dict[str, set[str]] = {}
    for container in _containers(parameters):
        waits[container.get("name", "")] = {*_linked(container), *(name for name, _ in _waited_for(container))}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError:
        return True
    return False


def link_absent(parameters: Parameters, _: Live) -> str | None:
    """A link to a container that is not there."""
    names = {each.get("name") for each in _containers(parameters)}
    links = (name for container in _containers(parameters) for name in _linked(container))
    return next((name for name in links if name not in names), None)


def links_outside_bridge(parameters: Parameters, _: Live) -> str | None:
    """Only the bridge network has links."""
    mode: str = parameters.get("networkMode") or "bridge"
    return mode if mode != "bridge" and any(map(_linked, _containers(parameters))) else None


def bad_health_check(parameters: Parameters, _: Live) -> str | None:
    """A health check that doesn't say how its command is run."""
    checks = _health_checks(parameters)
    return next((name for name, check in checks if next(iter(check["command"]), "") not in _CHECK_COMMANDS), None)


def health_check_out_of_range(parameters: Parameters, _: Live) -> tuple[str, str, int, int] | None:
    """A health check more eager or more patient than AWS allows."""
    for name, check in _health_checks(parameters):
        for setting, (least, most) in _CHECK_RANGES.items():
            if not least <= check.get(setting, least) <= most:
                return setting, name, least, most
    return None


def volume_absent(parameters: Parameters, _: Live) -> str | None:
    """A mount of a volume that the task definition lacks."""
    names = {each.get("name") for each in parameters.get("volumes") or []}
    mounts = (mount for container in _containers(parameters) for mount in container.get("mountPoints") or [])
    return next((each.get("sourceVolume", "") for each in mounts if each.get("sourceVolume") not in names), None)


def secret_shadows_environment(parameters: Parameters, _: Live) -> str | None:
    """One name for a secret and a variable, or for two secrets."""
    for container in _containers(parameters):
        secrets: list[str] = [each["name"] for each in container.get("secrets") or []]
        variables = {each.get("name") for each in container.get("environment") or []}
        for name in secrets:
            if name in variables or secrets.count(name) > 1:
                return name
    return None


def too_long(parameters: Parameters, _: Live) -> int | None:
    """More bytes than a task definition may have; tags are not part of it."""
    definition = {name: value for name, value in parameters.items() if name != "tags"}
    length = len(json.dumps(definition, separators=(",", ":")).encode())
    return length if length > _MOST_BYTES else None


def bad_cpu(parameters: Parameters, _: Live) -> bool:
    """CPU of a task that is no number, or that no instance has."""
    return bool(parameters.get("cpu")) and _units(parameters["cpu"]) not in _TASK_CPU


def bad_memory(parameters: Parameters, _: Live) -> bool:
    """Memory of a task that is no number, or less than a container takes."""
    return bool(parameters.get("memory")) and _units(parameters["memory"]) < _LEAST_MEMORY


def too_little_memory(parameters: Parameters, _: Live) -> tuple[str, str] | None:
    """Less memory than Docker reserves for a container."""
    for container in _containers(parameters):
        for setting in ("memory", "memoryReservation"):
            if 0 < (container.get(setting) or _LEAST_MEMORY) < _LEAST_MEMORY:
                return container.get("name", ""), setting
    return None


def reserves_more_than_its_limit(parameters: Parameters, _: Live) -> str | None:
    """A container with more memory reserved for it than it may use."""
    limited = (each for each in _containers(parameters) if each.get("memory") and each.get("memoryReservation"))
    return next((each.get("name", "") for each in limited if each["memoryReservation"] > each["memory"]), None)


def containers_exceed_task(parameters: Parameters, _: Live) -> str | None:
    """Containers with more CPU or memory in all than their task has."""
    cpu = sum(each.get("cpu") or 0 for each in _containers(parameters))
    memory = sum(each.get("memoryReservation") or each.get("memory") or 0 for each in _containers(parameters))
    if parameters.get("cpu") and cpu > _units(parameters["cpu"]):
        return "cpu"
    return "memory" if parameters.get("memory") and memory > _units(parameters["memory"]) else None


def fargate_without_log_driver(parameters: Parameters, _: Live) -> str | None:
    """A log driver that Fargate has not."""
    drivers = (
        each["logConfiguration"]["logDriver"] for each in _containers(parameters) if each.get("logConfiguration")
    )
    return next((each for each in drivers if _for_fargate(parameters) and each not in _FARGATE_LOG_DRIVERS), None)


def memory_missing(parameters: Parameters, _: Live) -> str | None:
    """A container without a memory limit in a task without one."""
    if parameters.get("memory"):
        return None
    unlimited = (
        each for each in _containers(parameters) if not each.get("memory") and not each.get("memoryReservation")
    )
    return next((each.get("name", "") for each in unlimited), None)


def host_port_differs(parameters: Parameters, _: Live) -> bool:
    """A task with an interface of its own has no host ports to map to."""
    mappings = (each for container in _containers(parameters) for each in container.get("portMappings", []))
    return parameters.get("networkMode") == "awsvpc" and any(
        each.get("hostPort") not in (None, 0, each["containerPort"]) for each in mappings
    )


def secrets_without_execution_role(parameters: Parameters, _: Live) -> bool:
    """Somebody must be allowed to read the secrets."""
    secret = any(each.get("secrets") for each in _containers(parameters))
    return secret and not parameters.get("executionRoleArn")


def bad_role(parameters: Parameters, _: Live) -> bool:
    """A role that is not a role's name or ARN."""
    roles = (parameters.get("taskRoleArn"), parameters.get("executionRoleArn"))
    pattern = r"(arn:aws[a-z-]*:iam::\d{12}:role/)?[\w+=,.@/-]+"
    return any(role and not re.fullmatch(pattern, role) for role in roles)


def fargate_without_cpu(parameters: Parameters, _: Live) -> bool:
    """Fargate sells CPU by the task."""
    return _for_fargate(parameters) and not parameters.get("cpu")


def fargate_without_memory(parameters: Parameters, _: Live) -> bool:
    """Fargate sells memory by the task."""
    return _for_fargate(parameters) and not parameters.get("memory")


def fargate_without_awsvpc(parameters: Parameters, _: Live) -> bool:
    """A Fargate task has an interface of its own."""
    return _for_fargate(parameters) and parameters.get("networkMode") != "awsvpc"


def fargate_logs_without_execution_role(parameters: Parameters, _: Live) -> bool:
    """On Fargate nobody but the execution role can write the log."""
    drivers = (each.get("logConfiguration", {}).get("logDriver") for each in _containers(parameters))
    return _for_fargate(parameters) and "awslogs" in drivers and not parameters.get("executionRoleArn")


def not_a_fargate_size(parameters: Parameters, _: Live) -> tuple[int, int] | None:
    """CPU and memory in a combination that Fargate does not offer."""
    if not _for_fargate(parameters):
        return None
    cpu, memory = _units(parameters.get("cpu", "")), _units(parameters.get("memory", ""))
    return None if memory in _FARGATE_SIZES.get(cpu, ()) else (cpu, memory)


def _units(text: str) -> int:
    """CPU units or MiB of `1024`, `1 vCPU`, `0.5 GB`; -1 when it is neither."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(vcpu|gb)?", str(text).strip().lower())
    if not match:
        return -1
    return int(float(match[1]) * (_GIB if match[2] else 1))


def _for_fargate(parameters: Parameters) -> bool:
    return "FARGATE" in (parameters.get("requiresCompatibilities") or [])


def _containers(parameters: Parameters) -> list[Parameters]:
    return parameters.get("containerDefinitions") or []


def _essential(container: Parameters) -> bool:
    return container.get("essential", True) is not False


def _dependencies(parameters: Parameters) -> Iterator[tuple[str, str]]:
    for container in _containers(parameters):
        yield from _waited_for(container)


def _waited_for(container: Parameters) -> Iterator[tuple[str, str]]:
    for dependency in container.get("dependsOn") or []:
        yield dependency["containerName"], dependency["condition"]


def _linked(container: Parameters) -> list[str]:
    """The containers it has a link to: each link is a name, or a name and an alias."""
    return [link.partition(":")[0] for link in container.get("links") or []]


def _health_checks(parameters: Parameters) -> Iterator[tuple[str, Parameters]]:
    for container in _containers(parameters):
        if container.get("healthCheck"):
            yield container.get("name", ""), container["healthCheck"]
