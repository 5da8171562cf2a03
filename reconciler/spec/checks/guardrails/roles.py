"""The IAM roles that a service brings along."""

import re
from collections.abc import Iterator, Sequence

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.guardrails.refusal import refusal
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.partial import clear
from reconciler.spec.passthrough import passed_roles


def roles(case: Case, workload: Workload) -> Iterator[SpecError]:
    """The service's roles are the cluster's defaults or on its lists, and none is the operator's own."""
    defaults, lists = workload.cluster.defaults, workload.cluster.guardrails
    for field, default, allowed in (
        ("task_role", defaults.task_role, lists.task_roles),
        ("execution_role", defaults.execution_role, lists.execution_roles),
    ):
        yield from clear(_role(case, workload, field, (*([default] if default else ()), *allowed)))


def infrastructure_roles(case: Case, workload: Workload) -> Iterator[SpecError]:
    """So are those that ECS takes on for the service: for volumes, Lattice and TLS."""
    allowed = workload.cluster.guardrails.infrastructure_roles
    for path, role in passed_roles(case.spec.service, ("service",)):
        yield from _judged(case, workload, "infrastructure_roles", path, role, allowed)


def _role(case: Case, workload: Workload, field: str, allowed: Sequence[str]) -> Iterator[SpecError]:
    if role := getattr(case.spec, field) or getattr(workload.cluster.defaults, field):
        path: Path = (field,) if getattr(case.spec, field) else ("instances", workload.key.cluster)
        yield from _judged(case, workload, f"{field}s", path, role, allowed)


def _judged(
    case: Case, workload: Workload, guardrail: str, path: Path, role: str, allowed: Sequence[str]
) -> Iterator[SpecError]:
    named = _with_path(workload.filled(role))
    if said := _operators(case, workload, named):
        message = f"`{named}` is the operator's own role ({said}), which nothing else may have; name another"
        yield case.service.error(path, message, cluster=workload.key.cluster)
    elif not any(_fits(workload.filled(pattern), named) for pattern in allowed):
        yield refusal(case, workload, guardrail, path, f"the role is `{named}`", _instead(allowed))


def _instead(allowed: Sequence[str]) -> str:
    return f"use {' or '.join(f'`{role}`' for role in allowed)}" if allowed else "remove it"


def _operators(case: Case, workload: Workload, role: str) -> str:
    """What says that this is the operator's own role; "" when nothing does.

    An account has no two roles whose names differ in path or case only:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    if _named_alike(case.role, role):
        return "the setting `role`"
    for cluster, file in case.clusters.items():
        own = file.spec.role if file and file.spec and file.spec.account == workload.cluster.account else None
        if _named_alike(own or "", role):
            return f"`role` in {case.where(cluster, ('role',))}"
    return ""


def _named_alike(one: str, other: str) -> bool:
    return bool(one) and one.rpartition("/")[2].casefold() == other.rpartition("/")[2].casefold()


def _with_path(role: str) -> str:
    """The role's name, with its path if it has one: what follows `:role/` in its ARN."""
    return role.partition(":role/")[2] or role


def _fits(pattern: str, role: str) -> bool:
    form = "[^/]*".join(map(re.escape, _with_path(pattern).split("*")))
    return re.fullmatch(form, role) is not None
