"""What instances have and Fargate has not, in ECS's words."""

from collections.abc import Iterator, Mapping

from reconciler.spec.checks.case import Case
from reconciler.spec.containers import Container
from reconciler.spec.errors import Path, SpecError

_LONGEST_STOP = 120
_STORAGE = range(20, 201)
_NOT_OF_CONTAINERS = ("privileged", "dockerSecurityOptions", "disableNetworking", "dnsServers", "dnsSearchDomains")
_NOT_OF_VOLUMES = {
    "dockerVolumeConfiguration": ("dockerVolumeConfiguration",),
    "host.sourcePath": ("host", "sourcePath"),
}


def check_fargate(case: Case) -> Iterator[SpecError]:
    """Where the task runs on Fargate, it asks for nothing that instances have; and the other way round."""
    storage = case.spec.task_definition.get("ephemeralStorage", {}).get("sizeInGiB")
    if any(found.launch_type == "FARGATE" for found in case.workloads):
        yield from _task(case)
        yield from _volumes(case)
        for container in case.containers.values():
            yield from _container(case, container)
    elif storage is not None and case.settled:
        message = "only tasks on Fargate have storage of their own; remove `ephemeralStorage`"
        yield case.error_at_key(("task_definition", "ephemeralStorage"), message)


def _task(case: Case) -> Iterator[SpecError]:
    task = case.spec.task_definition
    if "ipcMode" in task:
        yield case.error_at_key(("task_definition", "ipcMode"), "Fargate has no `ipcMode`; remove it")
    if task.get("pidMode", "task") != "task":
        yield case.error(("task_definition", "pidMode"), "on Fargate `pidMode` can only be task; remove it")
    storage = task.get("ephemeralStorage", {}).get("sizeInGiB", _STORAGE.start)
    if storage not in _STORAGE:
        message = f"Fargate has {_STORAGE.start} to {_STORAGE.stop - 1} GiB for a task, not {storage}"
        yield case.error(("task_definition", "ephemeralStorage", "sizeInGiB"), message)


def _volumes(case: Case) -> Iterator[SpecError]:
    for number, volume in enumerate(case.spec.task_definition.get("volumes", ())):
        for name, steps in _NOT_OF_VOLUMES.items():
            if _holds(volume, steps):
                path: Path = ("task_definition", "volumes", number, *steps)
                yield case.error_at_key(path, f"Fargate has no volumes with `{name}`; remove it, or use EFS")


def _holds(value: object, steps: tuple[str, ...]) -> bool:
    for step in steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    return bool(value)


def _container(case: Case, container: Container) -> Iterator[SpecError]:
    over = container.over
    for field in _NOT_OF_CONTAINERS:
        if over.get(field):
            yield case.error_at_key(container.at(field), f"Fargate has no `{field}`; remove it, or run on EC2")
    if over.get("stopTimeout", 0) > _LONGEST_STOP:
        message = f"Fargate waits {_LONGEST_STOP} s at most for a container to stop; lower it"
        yield case.error(container.at("stopTimeout"), message)
    if any(item["type"] == "GPU" for item in over.get("resourceRequirements", ())):
        yield case.error(container.at("resourceRequirements"), "Fargate has no GPUs; remove this, or run on EC2")
