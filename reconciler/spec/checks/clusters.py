"""Whether what a cluster's file says fits together."""

from collections.abc import Iterator

from reconciler.spec.errors import SpecError
from reconciler.spec.judge import Judged
from reconciler.spec.models import ClusterSpec


def check_cluster(cluster: Judged[ClusterSpec]) -> Iterator[SpecError]:
    """The role that is assumed is one of the cluster's account."""
    spec = cluster.spec
    if spec and spec.role and spec.role.split(":")[4] != spec.account:
        message = f"the role is not of account {spec.account}, which the cluster is in; correct one of the two"
        yield cluster.error(("role",), message)
