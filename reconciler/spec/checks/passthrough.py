"""The sections in ECS's own words."""

from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.partial import clear
from reconciler.spec.passthrough import (
    SERVICE,
    TASK_DEFINITION,
    container_findings,
    deployment_findings,
    ignore_findings,
)
from reconciler.spec.shapes import Finding


def findings(case: Case) -> Iterator[Finding]:
    """Fields that ECS's model does not know or has otherwise, and those that the operator decides itself."""
    for section in (_task_definition, _service, _ignore):
        yield from clear(section(case))


def _task_definition(case: Case) -> Iterator[Finding]:
    if section := case.spec.task_definition:
        yield from TASK_DEFINITION.findings(section)
        yield from container_findings(section, case.described)


def _service(case: Case) -> Iterator[Finding]:
    if section := case.spec.service:
        yield from SERVICE.findings(section)
        yield from deployment_findings(section)


def _ignore(case: Case) -> Iterator[Finding]:
    if ignored := case.spec.ignore:
        yield from ignore_findings(ignored)
