"""Files → `Desired`. Each file is judged alone, then each service, then all of them together."""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.spec.checks import check
from reconciler.spec.checks.clusters import check_cluster
from reconciler.spec.claims import conflicts
from reconciler.spec.desired import Desired
from reconciler.spec.errors import SpecError
from reconciler.spec.judge import judge
from reconciler.spec.layout import Concern, concern, sort
from reconciler.spec.models import ClusterSpec
from reconciler.spec.service import gather


def load(files: Iterable[tuple[str, bytes | None, str | None]], revision: str, root: str = "desired") -> Desired:
    """Judge a tree of files: (path, content, problem), where content is None when a problem kept it from being read.

    Never raises: whatever is wrong is an error of one file, and costs only the service or cluster which that is of.
    """
    placed, errors = sort(files)
    clusters = {file.name: judge(file, ClusterSpec) for file in placed if file.kind == "cluster"}
    services = gather(file for file in placed if file.kind != "cluster")
    for cluster in clusters.values():
        errors += [*cluster.errors, *check_cluster(cluster)]
    every = {name: cluster.spec for name, cluster in clusters.items()}
    good = {name: spec for name, spec in every.items() if spec}
    for service in services:
        errors += [*service.errors, *check(service, every)]
    errors += conflicts(services, good)

    broken = Concern.of_all(concern(error.path) for error in errors)
    workloads = (workload for service in services for workload in service.workloads(good))
    return Desired(
        revision=revision,
        clusters=good,
        workloads=tuple(
            sorted((found for found in workloads if not broken.covers(found.key)), key=lambda found: found.key)
        ),
        errors=tuple(sorted({_rooted(root, error) for error in errors})),
        broken=broken,
    )


def _rooted(root: str, error: SpecError) -> SpecError:
    return replace(error, path="/".join(part for part in (root, error.path) if part))
