"""Which version runs in which cluster, and whether there is such a cluster."""

from collections.abc import Collection, Iterable, Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import SpecError
from reconciler.spec.images import parse_image
from reconciler.spec.layout import DEFAULT
from reconciler.spec.service import ServiceFiles
from reconciler.spec.wording import did_you_mean


def check_beside(files: ServiceFiles, clusters: Collection[str]) -> Iterator[SpecError]:
    """Clusters that config.yml and release.yml name exist."""
    known = {*clusters, DEFAULT}
    for beside in (files.config, files.release):
        if beside:
            for cluster in (name for name in beside.names() if name not in known):
                yield beside.error((cluster,), _unknown(cluster, known), at_key=True)


def check_clusters(case: Case) -> Iterator[SpecError]:
    """Clusters that the service is in exist."""
    for cluster in case.service.names("instances"):
        if cluster not in case.clusters:
            yield case.error_at_key(("instances", cluster), _unknown(cluster, case.clusters))


def _unknown(cluster: str, known: Iterable[str]) -> str:
    return f"unknown cluster `{cluster}`, there is no clusters/{cluster}.yml; {did_you_mean(cluster, known)}"


def check_versions(case: Case) -> Iterator[SpecError]:
    """Each cluster has a version to run."""
    if case.files.release and not case.files.release.spec:
        return
    for cluster in case.service.names("instances"):
        if cluster in case.clusters and not case.files.version(cluster):
            advice = f"add `{cluster}: VERSION` to release.yml"
            yield case.error_at_key(("instances", cluster), f"no version is released to `{cluster}`; {advice}")


def check_images(case: Case) -> Iterator[SpecError]:
    """Each cluster has an image to run, of one version."""
    if case.spec.image:
        pinned = parse_image(case.spec.image).version
        if pinned and case.files.release:
            yield case.error(("image",), f"the image pins `{pinned}`, and release.yml has versions too; keep one")
        return
    for workload in case.workloads:
        if not workload.cluster.defaults.registry:
            cluster = workload.key.cluster
            advice = f"add `image:`, or `defaults.registry:` to clusters/{cluster}.yml"
            yield case.error_at_key(("instances", cluster), f"there is no image to run in `{cluster}`; {advice}")
