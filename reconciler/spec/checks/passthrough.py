"""The sections in ECS's own words."""

from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import SpecError
from reconciler.spec.passthrough import (
    SERVICE,
    TASK_DEFINITION,
    container_findings,
    deployment_findings,
    ignore_findings,
)
from reconciler.spec.shapes import Finding


def check_passthrough(case: Case) -> Iterator[SpecError]:
    """ECS's model knows every field, and none is one that the operator decides itself."""
    for path, message, at_key in _findings(case):
        yield case.error_at_key(path, message) if at_key else case.error(path, message)


def _findings(case: Case) -> Iterator[Finding]:
    spec = case.spec
    if spec.task_definition:
        yield from TASK_DEFINITION.findings(spec.task_definition)
        yield from container_findings(spec.task_definition, case.described)
    if spec.service:
        yield from SERVICE.findings(spec.service)
        yield from deployment_findings(spec.service)
    if spec.ignore:
        yield from ignore_findings(spec.ignore)
