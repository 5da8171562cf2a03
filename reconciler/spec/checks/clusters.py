"""Whether what a cluster's file says fits together."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler.spec.errors import Path, SpecError
from reconciler.spec.judge import Judged
from reconciler.spec.models import ClusterSpec
from reconciler.spec.names import role_arn
from reconciler.spec.windows import FreezeWindow, is_weekly

_ROLE_LISTS = ("task_roles", "execution_roles", "infrastructure_roles")


def check_cluster(cluster: Judged[ClusterSpec]) -> Iterator[SpecError]:
    """The roles are ones of the cluster's account, and freeze windows begin before they end."""
    spec = cluster.spec
    if spec is None:
        return
    roles: dict[Path, str | None] = {
        ("role",): spec.role,
        ("defaults", "task_role"): spec.defaults.task_role,
        ("defaults", "execution_role"): spec.defaults.execution_role,
    }
    yield from _foreign(cluster, spec, roles)
    for name in _ROLE_LISTS:
        listed = enumerate(getattr(spec.guardrails, name))
        yield from _foreign(cluster, spec, {("guardrails", name, number): role for number, role in listed})
    for number, window in enumerate(spec.freeze):
        yield from (cluster.error(("freeze", number, name), message) for name, message in _wrong(window))


def _foreign(cluster: Judged[ClusterSpec], spec: ClusterSpec, roles: Mapping[Path, str | None]) -> Iterator[SpecError]:
    for path, role in roles.items():
        if role and role.startswith("arn:") and not role.startswith(role_arn(spec.region, spec.account, "")):
            message = f"the role is not of account {spec.account}, which the cluster is in; correct one of the two"
            yield cluster.error(path, message)


def _wrong(window: FreezeWindow) -> Iterator[tuple[str, str]]:
    """The fields of a freeze window that do not fit the others, and why."""
    if window.is_weekly != is_weekly(window.end):
        yield "end", "`start` and `end` must both be timestamps or both be days of the week; write them alike"
    elif window.is_weekly and window.start == window.end:
        yield "end", "a weekly window must end at another time than it begins; correct one of the two"
    elif not window.is_weekly and datetime.fromisoformat(window.end) <= datetime.fromisoformat(window.start):
        yield "end", "the window must end after it begins; correct one of the two"
    if not window.is_weekly and "timezone" in window.model_fields_set:
        yield "timezone", "a timestamp has an offset of its own; remove the time zone"
