"""Files → `Desired`. Each file is judged alone, then each service, then all of them together."""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.spec.checks import check
from reconciler.spec.checks.clusters import check_cluster
from reconciler.spec.claims import conflicts
from reconciler.spec.desired import Desired
from reconciler.spec.errors import SpecError, first, rooted
from reconciler.spec.judge import Judged, judge
from reconciler.spec.layout import SpecFile, concern, sort
from reconciler.spec.models import ClusterSpec
from reconciler.spec.ordering import out_of_order
from reconciler.spec.own_roles import OwnRole, of_cluster, of_settings
from reconciler.spec.partial import clear
from reconciler.spec.service import gather


def load(
    files: Iterable[tuple[str, bytes | None, str | None]], revision: str, root: str = "desired", role: str = ""
) -> Desired:
    """Judge a tree of files: (path, content, problem), where content is None when a problem kept it from being read.

    `root` is what errors call the tree. `role` is the operator's own, which no service may have.
    Never raises: whatever is wrong is an error of one file, and costs only the service or cluster which that is of.
    """
    placed, errors = sort(files)
    misplaced = concern(errors)
    judged, found, named = _clusters(placed, root)
    clusters = {name: file.spec for name, file in judged.items() if file.spec}
    own_roles = [*of_settings(role), *named]
    errors += found
    services = gather(file for file in placed if file.kind != "cluster")
    resolved = [(service, service.workloads(clusters)) for service in services]
    if not misplaced.everything:
        known = {**dict.fromkeys(concern(errors).clusters), **judged}
        for service, workloads in resolved:
            errors += [*service.errors, *first(check(service, workloads, known, root, own_roles))]
            errors += service.orphans if service.name not in misplaced.services else []
        errors += conflicts([(files.service, workloads) for files, workloads in resolved if files.service], root)
        errors += out_of_order(services)
    broken = concern(errors)
    good = [found for _, workloads in resolved for found in workloads if not broken.covers(found.key)]
    return Desired(
        revision=revision,
        clusters=clusters,
        workloads=tuple(sorted(good, key=lambda workload: workload.key)),
        errors=tuple(sorted({replace(error, path=rooted(root, error.path)) for error in errors})),
        broken=broken,
    )


def _clusters(
    files: Iterable[SpecFile], root: str
) -> tuple[dict[str, Judged[ClusterSpec]], list[SpecError], list[OwnRole]]:
    """The clusters whose files are good, what is wrong with the others, and the operator's roles in all of them."""
    good: dict[str, Judged[ClusterSpec]] = {}
    errors: list[SpecError] = []
    own_roles: list[OwnRole] = []
    for file in files:
        if file.kind == "cluster":
            judged = judge(file, ClusterSpec)
            wrong = [*judged.errors, *clear(check_cluster(judged))]
            errors += wrong
            own_roles += of_cluster(file, judged, root)
            if not wrong:
                good[file.name] = judged
    return good, errors, own_roles
