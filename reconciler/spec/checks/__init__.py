"""What no model of one file can say: whether the parts of a service fit together, and fit its clusters."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.containers import check_containers
from reconciler.spec.checks.deployment import check_deployment
from reconciler.spec.checks.fargate import check_fargate
from reconciler.spec.checks.guardrails import check_guardrails, check_passed_guardrails
from reconciler.spec.checks.listeners import check_listeners
from reconciler.spec.checks.logs import check_logging, check_logs
from reconciler.spec.checks.network import check_network
from reconciler.spec.checks.passthrough import findings
from reconciler.spec.checks.placement import check_placement
from reconciler.spec.checks.releases import check_beside, check_clusters, check_images, check_versions
from reconciler.spec.checks.rollout import check_rollout
from reconciler.spec.checks.secrets import check_passed_secrets, check_secrets
from reconciler.spec.checks.task import check_roles, check_sizes, check_task
from reconciler.spec.checks.volumes import check_volumes
from reconciler.spec.desired import Workload
from reconciler.spec.errors import MOST_TOLD, SpecError
from reconciler.spec.judge import Judged
from reconciler.spec.models import ClusterSpec
from reconciler.spec.own_roles import OwnRole
from reconciler.spec.partial import clear
from reconciler.spec.service import ServiceFiles

_OF_THE_SHORT_FORM = (
    check_clusters,
    check_versions,
    check_images,
    check_rollout,
    check_listeners,
    check_sizes,
    check_roles,
    check_secrets,
    check_logging,
    check_placement,
    check_guardrails,
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
    check_passed_guardrails,
)
"""Checks that look into what is passed through, and so need it to be well formed."""


def check(
    files: ServiceFiles,
    workloads: Sequence[Workload],
    clusters: Mapping[str, Judged[ClusterSpec] | None],
    root: str,
    own_roles: Sequence[OwnRole],
) -> Iterator[SpecError]:
    """Everything wrong with a service beyond its single files. None stands for a cluster whose file is wrong."""
    if not files.service:
        return
    yield from check_beside(files, clusters)
    if files.service.spec:
        case = Case(files, files.service, files.service.spec, workloads, clusters, root, own_roles)
        passed = list(islice(findings(case), MOST_TOLD + 1))
        yield from (case.service.error(path, message, at_key=at_key) for path, message, at_key, _ in passed)
        well_formed = all(finding.stray for finding in passed)
        for check_one in (*_OF_THE_SHORT_FORM, *_OF_THE_WHOLE) if well_formed else _OF_THE_SHORT_FORM:
            yield from clear(check_one(case))
