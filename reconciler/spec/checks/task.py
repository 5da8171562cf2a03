"""The task as a whole: whether its containers fit into it, and whether ECS takes a definition that large."""

import json
from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.containers import Container
from reconciler.spec.desired import Workload
from reconciler.spec.errors import SpecError
from reconciler.spec.names import role_arn

_MOST_CONTAINERS = 10
_MOST_BYTES = 64 * 1024
_LEAST_MEMORY = 6  # MiB, of a container


def check_sizes(case: Case) -> Iterator[SpecError]:
    """Sidecars fit into the task."""
    mem = sum(sidecar.mem for sidecar in case.spec.sidecars.values())
    cpu = sum(sidecar.cpu for sidecar in case.spec.sidecars.values())
    if mem > case.spec.mem - _LEAST_MEMORY:
        message = f"the sidecars take {mem} MiB of {case.spec.mem} and leave nothing for the service; raise `mem`"
        yield case.error(("mem",), message)
    if cpu > case.spec.cpu:
        yield case.error(("cpu",), f"the sidecars take {cpu} CPU units of {case.spec.cpu}; raise `cpu`")


def check_roles(case: Case) -> Iterator[SpecError]:
    """ECS takes roles of the cluster's own account only."""
    for workload in case.workloads:
        for field in ("task_role", "execution_role"):
            role = getattr(case.spec, field) or ""
            here = role_arn(workload.cluster.region, workload.cluster.account, "")
            if role.startswith("arn:") and not role.startswith(here):
                where = f"account {workload.cluster.account}, which `{workload.key.cluster}` is in"
                yield case.error((field,), f"the role is not of {where}; correct it, or give the role by its name")


def check_task(case: Case) -> Iterator[SpecError]:
    """Containers are of sizes that fit, one of them keeps the task up, and its definition is not too large."""
    containers = list(case.containers.values())
    for container in containers:
        yield from _laid_over(case, container)
    if len(containers) > _MOST_CONTAINERS:
        message = f"the task has {len(containers)} containers; ECS takes at most {_MOST_CONTAINERS}, so remove some"
        yield case.error(containers[-1].path, message)
    if not any(container.essential for container in containers):
        path = containers[0].at("essential")
        yield case.error(path, "no container is essential, so nothing says when the task has ended; make one essential")
    for workload in case.workloads:
        yield from _bytes(case, workload)


def _laid_over(case: Case, container: Container) -> Iterator[SpecError]:
    """A container's sizes in ECS's words."""
    over = container.over
    for field, of_task in (("cpu", "cpu"), ("memory", "mem"), ("memoryReservation", "mem")):
        size, most = over.get(field, 0), getattr(case.spec, of_task)
        if size > most:
            message = f"`{container.name}` takes {size} of the task's {most}; lower it or raise `{of_task}`"
            yield case.error(container.at(field), message)
        elif field in over and size < (least := 0 if field == "cpu" else _LEAST_MEMORY):
            yield case.error(container.at(field), f"`{field}` of `{container.name}` must be at least {least}")
    if "memory" in over and over.get("memoryReservation", 0) > over["memory"]:
        message = f"`{container.name}` reserves more than it may take; lower it or raise its `memory`"
        yield case.error(container.at("memoryReservation"), message)


def _bytes(case: Case, workload: Workload) -> Iterator[SpecError]:
    """What can grow large, in ECS's form, against its limit for all."""
    spec = case.spec
    told = [{"name": name, "value": value} for name, value in workload.environment.items()]
    beside = [[sidecar.environment, sidecar.command] for sidecar in spec.sidecars.values()]
    parts = [told, spec.entrypoint, spec.command, beside, spec.task_definition]
    size = len(json.dumps(parts, ensure_ascii=False).encode())
    if size > _MOST_BYTES:
        cluster = workload.key.cluster
        message = f"the task definition has over {size // 1024} KiB in `{cluster}`, and ECS takes 64"
        advice = "keep what is large elsewhere, and tell the service where"
        yield case.error_at_key(("instances", cluster), f"{message}; {advice}")
