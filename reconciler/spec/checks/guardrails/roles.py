"""The IAM roles that a service brings along."""

from collections.abc import Iterator, Sequence

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.guardrails.refusal import refusal
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.fields import ROLE_ARN
from reconciler.spec.names import role_arn
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
        if not ROLE_ARN.fits(role):
            yield case.error(path, f"`{path[-1]}` must be {ROLE_ARN.rule}, not {role!r}")
            continue
        yield from _foreign(case, workload, path, role)
        yield from _judged(case, workload, "infrastructure_roles", path, role, allowed)


def _foreign(case: Case, workload: Workload, path: Path, role: str) -> Iterator[SpecError]:
    """A list means roles of the cluster's own account."""
    account = workload.cluster.account
    if not role.startswith(role_arn(workload.cluster.region, account, "")):
        where = f"account {account}, which `{workload.key.cluster}` is in"
        yield case.service.error(path, f"the role is not of {where}; correct it", cluster=workload.key.cluster)


def _role(case: Case, workload: Workload, field: str, allowed: Sequence[str]) -> Iterator[SpecError]:
    if role := getattr(case.spec, field) or getattr(workload.cluster.defaults, field):
        path: Path = (field,) if getattr(case.spec, field) else ("instances", workload.key.cluster)
        yield from _judged(case, workload, f"{field}s", path, role, allowed)


def _judged(
    case: Case, workload: Workload, guardrail: str, path: Path, role: str, allowed: Sequence[str]
) -> Iterator[SpecError]:
    named = _with_path(workload.filled(role))
    account = workload.cluster.account
    if own := next((own for own in case.own_roles if own.is_meant_by(named, account)), None):
        message = f"`{named}` is the operator's own role ({own.said}), which nothing else may have; name another"
        yield case.service.error(path, message, cluster=workload.key.cluster)
    elif not any(_fits(workload.filled(pattern), named) for pattern in allowed):
        yield refusal(case, workload, guardrail, path, f"the role is `{named}`", _instead(allowed))


def _instead(allowed: Sequence[str]) -> str:
    return f"use {' or '.join(f'`{role}`' for role in allowed)}" if allowed else "remove it"


def _with_path(role: str) -> str:
    """The role's name, with its path if it has one: what follows `:role/` in its ARN."""
    return role.partition(":role/")[2] or role


def _fits(pattern: str, role: str) -> bool:
    """Whether a role is one that the pattern means: `*` is any text without a slash."""
    patterns, names = _with_path(pattern).split("/"), role.split("/")
    return len(patterns) == len(names) and all(map(_fits_step, patterns, names))


def _fits_step(pattern: str, name: str) -> bool:
    """Each piece between two `*` is taken where it first stands: nothing is tried twice, however many there are."""
    first, *pieces = pattern.split("*")
    if not pieces:
        return pattern == name
    if not name.startswith(first):
        return False
    at = len(first)
    for piece in pieces[:-1]:
        if (found := name.find(piece, at)) < 0:
            return False
        at = found + len(piece)
    return name.endswith(pieces[-1]) and at + len(pieces[-1]) <= len(name)
