"""Which version runs in which cluster, and whether there is such a cluster."""

from collections.abc import Iterable, Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import SpecError
from reconciler.spec.images import parse_image
from reconciler.spec.layout import DEFAULT
from reconciler.spec.wording import did_you_mean


def check_releases(case: Case) -> Iterator[SpecError]:
    """Clusters that are named exist, and each has an image and a version to run."""
    yield from _unknown_clusters(case)
    yield from _missing_versions(case)
    yield from _images(case)


def _unknown_clusters(case: Case) -> Iterator[SpecError]:
    known = case.clusters
    for cluster in case.spec.instances.keys() - known:
        yield case.error_at_key(("instances", cluster), _unknown(cluster, known))
    for beside in (case.files.config, case.files.release):
        if beside and beside.spec:
            for cluster in beside.spec.root.keys() - known - {DEFAULT}:
                yield beside.error((cluster,), _unknown(cluster, {*known, DEFAULT}), at_key=True)


def _unknown(cluster: str, known: Iterable[str]) -> str:
    return f"unknown cluster `{cluster}`, there is no clusters/{cluster}.yml; {did_you_mean(cluster, known)}"


def _missing_versions(case: Case) -> Iterator[SpecError]:
    if case.files.release and not case.files.release.spec:
        return
    for cluster in case.spec.instances.keys() & case.clusters:
        if not case.files.version(cluster):
            advice = f"add `{cluster}: VERSION` to release.yml"
            yield case.error_at_key(("instances", cluster), f"no version is released to `{cluster}`; {advice}")


def _images(case: Case) -> Iterator[SpecError]:
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
