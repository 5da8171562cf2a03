"""The containers of a task: what each gets, and which waits for which."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.models import DependsOn
from reconciler.spec.wording import did_you_mean


class _Container(NamedTuple):
    path: Path
    depends_on: DependsOn
    essential: bool
    checked: bool


def check_containers(case: Case) -> Iterator[SpecError]:
    """Containers have names of their own, fit into the task, can start in some order, and can read their secrets."""
    if case.files.name in case.spec.sidecars:
        yield case.error_at_key(
            ("sidecars", case.files.name), f"`{case.files.name}` is the service's own container; rename the sidecar"
        )
        return
    yield from _sizes(case)
    yield from _dependencies(case)
    yield from _secrets(case)


def _sizes(case: Case) -> Iterator[SpecError]:
    mem = sum(sidecar.mem for sidecar in case.spec.sidecars.values())
    cpu = sum(sidecar.cpu for sidecar in case.spec.sidecars.values())
    if mem >= case.spec.mem:
        message = f"the sidecars take {mem} MiB of {case.spec.mem} and leave nothing for the service; raise `mem`"
        yield case.error(("mem",), message)
    if cpu > case.spec.cpu:
        yield case.error(("cpu",), f"the sidecars take {cpu} CPU units of {case.spec.cpu}; raise `cpu`")


def _dependencies(case: Case) -> Iterator[SpecError]:
    containers = _containers(case)
    for name, container in containers.items():
        for other, condition in container.depends_on.items():
            path = (*container.path, "depends_on", other)
            if other not in case.containers:
                advice = did_you_mean(other, case.containers)
                yield case.error_at_key(path, f"unknown container `{other}`; {advice}")
            elif other in containers and (wrong := _unreachable(other, condition, containers[other])):
                yield case.error(path, f"`{name}` would never start: {wrong}")
    yield from _cycle(case, containers)


def _containers(case: Case) -> dict[str, _Container]:
    spec = case.spec
    own = {case.files.name: _Container((), spec.depends_on, essential=True, checked=spec.health_check is not None)}
    return own | {
        name: _Container(("sidecars", name), sidecar.depends_on, sidecar.essential, sidecar.health_check is not None)
        for name, sidecar in spec.sidecars.items()
    }


def _unreachable(name: str, condition: str, container: _Container) -> str:
    """Why the container can never be in the state that is waited for; "" when it can."""
    if condition == "HEALTHY" and not container.checked:
        return f"`{name}` has no `health_check`; add one, or wait for START"
    if condition in {"COMPLETE", "SUCCESS"} and container.essential:
        return f"`{name}` is essential and must not end; set its `essential: false`, or wait for START or HEALTHY"
    return ""


def _cycle(case: Case, containers: Mapping[str, _Container]) -> Iterator[SpecError]:
    try:
        TopologicalSorter({name: found.depends_on for name, found in containers.items()}).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        path = (*containers[cycle[1]].path, "depends_on", cycle[0])
        yield case.error_at_key(
            path, f"containers wait for each other in a circle: {' → '.join(reversed(cycle))}; break it"
        )


def _secrets(case: Case) -> Iterator[SpecError]:
    told = {name for workload in case.workloads for name in workload.environment}
    yield from _told_twice(case, ("secrets",), case.spec.secrets, told)
    for name, sidecar in case.spec.sidecars.items():
        yield from _told_twice(case, ("sidecars", name, "secrets"), sidecar.secrets, sidecar.environment)
    if case.spec.secrets or any(sidecar.secrets for sidecar in case.spec.sidecars.values()):
        for cluster in (found.key.cluster for found in case.workloads if not found.execution_role):
            advice = f"set `execution_role:` here or in the defaults of clusters/{cluster}.yml"
            yield case.error_at_key(("instances", cluster), f"no role can read the secrets in `{cluster}`; {advice}")


def _told_twice(case: Case, path: Path, secrets: Iterable[str], environment: Iterable[str]) -> Iterator[SpecError]:
    for name in {*secrets} & {*environment}:
        yield case.error_at_key((*path, name), f"`{name}` is a secret and in the environment too; keep one")
