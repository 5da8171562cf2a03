"""The containers of a task: which needs which, and how each is asked whether it lives."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from reconciler.spec.checks.case import Case
from reconciler.spec.containers import Container, Need
from reconciler.spec.errors import SpecError
from reconciler.spec.fields import CONTAINER_NAME, PINNED
from reconciler.spec.partial import clear
from reconciler.spec.wording import did_you_mean

_RUNNERS = {"CMD", "CMD-SHELL"}
_RANGES = {
    ("healthCheck", "interval"): (5, 300),
    ("healthCheck", "timeout"): (2, 120),
    ("healthCheck", "retries"): (1, 10),
    ("healthCheck", "startPeriod"): (0, 300),
    ("restartPolicy", "restartAttemptPeriod"): (60, 1800),
}
"""What ECS takes, though its model does not say so."""


def check_containers(case: Case) -> Iterator[SpecError]:
    """Containers have names of their own, can start in some order and can be asked for their health."""
    if case.files.name in case.spec.sidecars:
        yield case.error_at_key(
            ("sidecars", case.files.name), f"`{case.files.name}` is the service's own container; rename the sidecar"
        )
        return
    containers = case.containers
    for container in containers.values():
        yield from clear(_needs(case, container, containers))
        yield from clear(_alone(case, container))
    yield from _cycle(case, containers)


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
