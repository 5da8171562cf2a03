"""What no model of one file can say: whether the parts of a service fit together, and fit its clusters."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.containers import check_containers
from reconciler.spec.checks.listeners import check_listeners
from reconciler.spec.checks.passthrough import check_passthrough
from reconciler.spec.checks.placement import check_placement
from reconciler.spec.checks.releases import check_releases
from reconciler.spec.desired import Workload
from reconciler.spec.errors import SpecError
from reconciler.spec.service import ServiceFiles

_CHECKS = (check_releases, check_listeners, check_containers, check_placement, check_passthrough)


def check(files: ServiceFiles, workloads: Sequence[Workload], clusters: AbstractSet[str]) -> Iterator[SpecError]:
    """Everything wrong with a service beyond its single files. `clusters` are all that there are."""
    if files.service and files.service.spec:
        case = Case(files, files.service, files.service.spec, workloads, clusters)
        for check_one in _CHECKS:
            yield from check_one(case)
