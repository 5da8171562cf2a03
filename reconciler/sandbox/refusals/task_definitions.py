"""What makes a task definition wrong. Each predicate returns what its message is about, or nothing."""

import re
from collections.abc import Iterator

from reconciler.sandbox.refusals.live import Live, Parameters

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_GIB = 1024

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
        for dependency in container.get("dependsOn") or []:
            yield dependency["containerName"], dependency["condition"]
