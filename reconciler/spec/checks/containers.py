"""The containers of a task: which needs which, and what each is told."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from reconciler.spec.checks.case import Case
from reconciler.spec.containers import Container, Need
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.fields import CONTAINER_NAME, PINNED, SECRET_ARN
from reconciler.spec.wording import did_you_mean

_RUNNERS = {"CMD", "CMD-SHELL"}
_PARTS_OF_ARN = 7  # of a secret; its key, stage and version may follow
_RANGES = {
    ("healthCheck", "interval"): (5, 300),
    ("healthCheck", "timeout"): (2, 120),
    ("healthCheck", "retries"): (1, 10),
    ("healthCheck", "startPeriod"): (0, 300),
    ("restartPolicy", "restartAttemptPeriod"): (60, 1800),
}
"""What ECS takes, though its model does not say so."""


def check_containers(case: Case) -> Iterator[SpecError]:
    """Containers have names of their own, can start in some order, can be asked for their health, and read secrets."""
    if case.files.name in case.spec.sidecars:
        yield case.error_at_key(
            ("sidecars", case.files.name), f"`{case.files.name}` is the service's own container; rename the sidecar"
        )
        return
    containers = case.containers
    for container in containers.values():
        yield from _needs(case, container, containers)
        yield from _alone(case, container)
    yield from _cycle(case, containers)
    yield from _secrets(case)


def _needs(case: Case, container: Container, containers: Mapping[str, Container]) -> Iterator[SpecError]:
    for need in container.needs():
        if need.name not in containers:
            yield case.error_at_key(
                need.path, f"unknown container `{need.name}`; {did_you_mean(need.name, containers)}"
            )
        elif wrong := _unreachable(need, containers[need.name]):
            yield case.error(need.path, f"`{container.name}` would never start: {wrong}")


def _unreachable(need: Need, container: Container) -> str:
    """Why the container can never be in the state that is waited for; "" when it can."""
    if need.condition == "HEALTHY" and not container.health_command:
        return f"`{need.name}` has no `health_check`; add one, or wait for START"
    if need.condition in {"COMPLETE", "SUCCESS"} and container.essential:
        return f"`{need.name}` is essential and must not end; set its `essential: false`, or wait for START or HEALTHY"
    return ""


def _alone(case: Case, container: Container) -> Iterator[SpecError]:
    """What is wrong with a container that no other has to do with."""
    command = container.health_command
    if command and (command[0] not in _RUNNERS or not command[1:]) and command != ("NONE",):
        advice = "start it with CMD (a program and its arguments) or CMD-SHELL (a line for the shell)"
        yield case.error(container.health_command_path, f"ECS cannot run this health check; {advice}")
    for (outer, inner), (low, high) in _RANGES.items():
        if not low <= (value := container.over.get(outer, {}).get(inner, low)) <= high:
            yield case.error(
                (*container.at(outer), inner), f"`{outer}.{inner}` must be from {low} to {high}, not {value}"
            )
    if not CONTAINER_NAME.fits(container.name):
        yield case.error((*container.over_path, "name"), f"`name` must be {CONTAINER_NAME.rule}")
    image = container.over.get("image", "")
    if image and not PINNED.fits(image):
        yield case.error(container.at("image"), f"`image` of `{container.name}` must be {PINNED.rule}")


def _cycle(case: Case, containers: Mapping[str, Container]) -> Iterator[SpecError]:
    needs = {name: {need.name: need.path for need in found.needs()} for name, found in containers.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        circle = " → ".join(reversed(cycle))
        yield case.error_at_key(
            needs[cycle[1]][cycle[0]], f"containers wait for each other in a circle: {circle}; break it"
        )


def _secrets(case: Case) -> Iterator[SpecError]:
    told = {name for workload in case.workloads for name in workload.environment}
    yield from _told_twice(case, ("secrets",), case.spec.secrets, told)
    for name, sidecar in case.spec.sidecars.items():
        yield from _told_twice(case, ("sidecars", name, "secrets"), sidecar.secrets, sidecar.environment)
    for container in case.containers.values():
        yield from _passed_through(case, container)
    if any(container.has_secrets for container in case.containers.values()):
        for cluster in (found.key.cluster for found in case.workloads if not found.execution_role):
            advice = f"set `execution_role:` here or in the defaults of clusters/{cluster}.yml"
            yield case.error_at_key(("instances", cluster), f"no role can read the secrets in `{cluster}`; {advice}")


def _passed_through(case: Case, container: Container) -> Iterator[SpecError]:
    """Secrets in ECS's words."""
    told = {item.get("name") for item in container.over.get("environment", ())}
    for number, secret in enumerate(container.over.get("secrets", ())):
        path = (*container.at("secrets"), number)
        if secret["name"] in told:
            message = f"`{secret['name']}` is a secret and in the environment too; keep one"
            yield case.error((*path, "name"), message)
        arn = secret["valueFrom"]
        if ":secretsmanager:" in arn and not SECRET_ARN.fits(":".join(arn.split(":")[:_PARTS_OF_ARN])):
            yield case.error((*path, "valueFrom"), f"`valueFrom` must be {SECRET_ARN.rule}")


def _told_twice(case: Case, path: Path, secrets: Iterable[str], environment: Iterable[str]) -> Iterator[SpecError]:
    for name in {*secrets} & {*environment}:
        yield case.error_at_key((*path, name), f"`{name}` is a secret and in the environment too; keep one")
