"""Freeze windows of cluster files: which of them now is in, and until when. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler.model import Freeze
from reconciler.spec.models import ClusterSpec
from reconciler.spec.windows import ends


def frozen(clusters: Mapping[str, ClusterSpec], now: datetime) -> tuple[Freeze, ...]:
    """The freezes in force, one a cluster: of several windows the one that ends last."""
    return tuple(
        max(found, key=lambda freeze: freeze.until)
        for name, cluster in sorted(clusters.items())
        if (found := list(_in_force(name, cluster, now)))
    )


def _in_force(name: str, cluster: ClusterSpec, now: datetime) -> Iterator[Freeze]:
    for window in cluster.freeze:
        if until := ends(window, now):
            yield Freeze(name, until, window.why)
