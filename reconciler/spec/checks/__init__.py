"""What no model of one file can say: whether the parts of a service fit together, and fit its clusters."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.containers import check_containers
from reconciler.spec.checks.deployment import check_deployment
from reconciler.spec.checks.fargate import check_fargate
from reconciler.spec.checks.listeners import check_listeners
from reconciler.spec.checks.logs import check_logging, check_logs
from reconciler.spec.checks.network import check_network
from reconciler.spec.checks.passthrough import check_passthrough
from reconciler.spec.checks.placement import check_placement
from reconciler.spec.checks.releases import check_releases
from reconciler.spec.checks.rollout import check_rollout
from reconciler.spec.checks.secrets import check_passed_secrets, check_secrets
from reconciler.spec.checks.task import check_roles, check_sizes, check_task
from reconciler.spec.checks.volumes import check_volumes
from reconciler.spec.desired import Workload
from reconciler.spec.errors import SpecError
from reconciler.spec.service import ServiceFiles

_OF_THE_SHORT_FORM = (
    check_releases,
    check_rollout,
    check_listeners,
    check_sizes,
    check_roles,
    check_secrets,
    check_logging,
    check_placement,
)
_OF_THE_WHOLE = (
    check_containers,
    check_passed_secrets,
    check_task,
    check_network,
    check_logs,
    check_volumes,
    check_fargate,
    check_deployment,
)
"""Checks that look into what is passed through, and so need it to be well formed."""


def check(files: ServiceFiles, workloads: Sequence[Workload], clusters: AbstractSet[str]) -> Iterator[SpecError]:
    """Everything wrong with a service beyond its single files. `clusters` are all that there are."""
    if files.service and files.service.spec:
        case = Case(files, files.service, files.service.spec, workloads, clusters)
        malformed = list(check_passthrough(case))
        yield from malformed
        for check_one in _OF_THE_SHORT_FORM if malformed else (*_OF_THE_SHORT_FORM, *_OF_THE_WHOLE):
            yield from check_one(case)
