"""Where tasks may run: placement in ECS's words, and what Fargate asks for."""

import re
from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError

_SPREADABLE = re.compile(r"instanceId|host|attribute:\S+")
_GIB = 1024
_FARGATE_MEMORY = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
"""Sizes in MiB that Fargate has for each number of CPU units."""


def check_placement(case: Case) -> Iterator[SpecError]:
    """Placement makes sense to ECS, and so does the task to Fargate where it runs there."""
    yield from _constraints(case)
    yield from _strategies(case)
    on_fargate = [found for found in case.workloads if found.launch_type == "FARGATE"]
    if on_fargate:
        yield from _fargate_task(case)
    for workload in on_fargate:
        yield from _fargate_cluster(case, workload)


def _constraints(case: Case) -> Iterator[SpecError]:
    for number, constraint in enumerate(case.spec.placementConstraints):
        path = ("placementConstraints", number)
        if constraint.type == "memberOf" and not constraint.expression:
            yield case.error(path, "memberOf needs an `expression`; add it")
        elif constraint.type == "distinctInstance" and constraint.expression:
            yield case.error((*path, "expression"), "distinctInstance takes no `expression`; remove it")


def _strategies(case: Case) -> Iterator[SpecError]:
    for number, strategy in enumerate(case.spec.placementStrategy):
        path = ("placementStrategy", number)
        if strategy.type == "random" and strategy.field:
            yield case.error((*path, "field"), "random takes no `field`; remove it")
        elif strategy.type == "binpack" and strategy.field not in {"cpu", "memory"}:
            yield case.error((*path, "field"), "binpack needs the `field` cpu or memory; set it")
        elif strategy.type == "spread" and not strategy.field:
            yield case.error(path, "spread needs a `field`, such as attribute:ecs.availability-zone; add it")
        elif strategy.type == "spread" and not _SPREADABLE.fullmatch(strategy.field or ""):
            message = f"nothing spreads over `{strategy.field}`; set instanceId or attribute:NAME"
            yield case.error((*path, "field"), message)


def _fargate_task(case: Case) -> Iterator[SpecError]:
    sizes = _FARGATE_MEMORY.get(case.spec.cpu)
    if not sizes:
        known = ", ".join(str(cpu) for cpu in _FARGATE_MEMORY)
        yield case.error(("cpu",), f"Fargate has no tasks of {case.spec.cpu} CPU units; choose one of {known}")
    elif case.spec.mem not in sizes:
        nearest = min(sizes, key=lambda size: abs(size - case.spec.mem))
        message = f"Fargate has no tasks of {case.spec.cpu} CPU units and {case.spec.mem} MiB; the nearest is {nearest}"
        yield case.error(("mem",), message)
    for field in ("placementConstraints", "placementStrategy"):
        if getattr(case.spec, field):
            yield case.error_at_key((field,), f"Fargate places tasks itself; remove `{field}`")


def _fargate_cluster(case: Case, workload: Workload) -> Iterator[SpecError]:
    cluster = workload.key.cluster
    path: Path = ("launch_type",) if case.spec.launch_type else ("instances", cluster)
    if case.spec.logging.driver == "awslogs" and not workload.execution_role:
        advice = f"set `execution_role:` here or in the defaults of clusters/{cluster}.yml"
        yield case.error_at_key(path, f"Fargate needs a role to write logs with in `{cluster}`; {advice}")
