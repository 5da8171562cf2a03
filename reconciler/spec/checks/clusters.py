"""Whether what a cluster's file says fits together."""

from collections.abc import Iterator, Mapping

from reconciler.spec.errors import Path, SpecError
from reconciler.spec.judge import Judged
from reconciler.spec.models import ClusterSpec

_ROLE_LISTS = ("task_roles", "execution_roles", "infrastructure_roles")


def check_cluster(cluster: Judged[ClusterSpec]) -> Iterator[SpecError]:
    """The roles are ones of the cluster's account."""
    spec = cluster.spec
    if spec is None:
        return
    roles: dict[Path, str | None] = {
        ("role",): spec.role,
        ("defaults", "task_role"): spec.defaults.task_role,
        ("defaults", "execution_role"): spec.defaults.execution_role,
    }
    yield from _foreign(cluster, spec.account, roles)
    for name in _ROLE_LISTS:
        listed = enumerate(getattr(spec.guardrails, name))
        yield from _foreign(cluster, spec.account, {("guardrails", name, number): role for number, role in listed})


def _foreign(cluster: Judged[ClusterSpec], account: str, roles: Mapping[Path, str | None]) -> Iterator[SpecError]:
    for path, role in roles.items():
        if role and role.startswith("arn:") and role.split(":")[4] != account:
            message = f"the role is not of account {account}, which the cluster is in; correct one of the two"
            yield cluster.error(path, message)
