"""Whether what a cluster's file says fits together."""

from collections.abc import Iterator

from reconciler.spec.errors import Path, SpecError
from reconciler.spec.judge import Judged
from reconciler.spec.models import ClusterSpec


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
    for path, role in roles.items():
        if role and role.startswith("arn:") and role.split(":")[4] != spec.account:
            message = f"the role is not of account {spec.account}, which the cluster is in; correct one of the two"
            yield cluster.error(path, message)
