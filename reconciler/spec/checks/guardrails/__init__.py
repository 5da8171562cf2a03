"""Whether each cluster lets the service in: what its guardrails do not allow is refused there, and there alone."""

from collections.abc import Callable, Iterator, Sequence

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.guardrails.containers import containers
from reconciler.spec.checks.guardrails.images import images, passed_images
from reconciler.spec.checks.guardrails.logs import logs, passed_logs
from reconciler.spec.checks.guardrails.refusal import refusal
from reconciler.spec.checks.guardrails.roles import infrastructure_roles, roles
from reconciler.spec.checks.guardrails.task import modes, volumes
from reconciler.spec.desired import Workload
from reconciler.spec.errors import SpecError
from reconciler.spec.partial import clear

_Rule = Callable[[Case, Workload], Iterator[SpecError]]


def check_guardrails(case: Case) -> Iterator[SpecError]:
    """The short form asks for nothing that a cluster does not allow."""
    yield from _judged(case, (_instances, images, logs, roles))


def check_passed_guardrails(case: Case) -> Iterator[SpecError]:
    """Nor does anything in ECS's words."""
    yield from _judged(case, (passed_images, passed_logs, modes, volumes, containers, infrastructure_roles))


def _judged(case: Case, rules: Sequence[_Rule]) -> Iterator[SpecError]:
    for workload in case.workloads:
        for rule in rules:
            yield from clear(rule(case, workload))


def _instances(case: Case, workload: Workload) -> Iterator[SpecError]:
    most = workload.cluster.guardrails.max_instances
    if workload.instances > most:
        what = f"{workload.instances} instances are more than {most}"
        yield refusal(case, workload, "max_instances", ("instances", workload.key.cluster), what, "ask for fewer")
