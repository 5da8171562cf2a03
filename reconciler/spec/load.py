"""Files → `Desired`. Each file is judged alone, then each service, then all of them together."""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.spec.checks import check
from reconciler.spec.checks.clusters import check_cluster
from reconciler.spec.claims import conflicts
from reconciler.spec.desired import Desired
from reconciler.spec.errors import SpecError, rooted
from reconciler.spec.judge import judge
from reconciler.spec.layout import SpecFile, concern, sort
from reconciler.spec.models import ClusterSpec
from reconciler.spec.service import ServiceFiles, gather


def load(files: Iterable[tuple[str, bytes | None, str | None]], revision: str, root: str = "desired") -> Desired:
    """Judge a tree of files: (path, content, problem), where content is None when a problem kept it from being read.

    Never raises: whatever is wrong is an error of one file, and costs only the service or cluster which that is of.
    """
    placed, errors = sort(files)
    misplaced = concern(errors)
    clusters, found = _clusters(placed)
    errors += found
    services = gather(file for file in placed if file.kind != "cluster")
    if not misplaced.everything:
        known = {**dict.fromkeys(concern(errors).clusters), **clusters}
        for service in services:
            errors += [*service.errors, *check(service, known)]
            errors += service.orphans if service.name not in misplaced.services else []
        errors += conflicts(services, clusters, root)
    return _desired(revision, root, clusters, services, errors)


def _clusters(files: Iterable[SpecFile]) -> tuple[dict[str, ClusterSpec], list[SpecError]]:
    """The clusters whose files are good, and what is wrong with the others."""
    good: dict[str, ClusterSpec] = {}
    errors: list[SpecError] = []
    for file in files:
        if file.kind == "cluster":
            judged = judge(file, ClusterSpec)
            wrong = [*judged.errors, *check_cluster(judged)]
            errors += wrong
            if judged.spec and not wrong:
                good[file.name] = judged.spec
    return good, errors


def _desired(
    revision: str,
    root: str,
    clusters: dict[str, ClusterSpec],
    services: Iterable[ServiceFiles],
    errors: Iterable[SpecError],
) -> Desired:
    broken = concern(errors)
    workloads = [workload for service in services for workload in service.workloads(clusters)]
    good = [workload for workload in workloads if not broken.covers(workload.key)]
    return Desired(
        revision=revision,
        clusters=clusters,
        workloads=tuple(sorted(good, key=lambda workload: workload.key)),
        errors=tuple(sorted({replace(error, path=rooted(root, error.path)) for error in errors})),
        broken=broken,
    )
