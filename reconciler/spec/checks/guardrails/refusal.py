"""What a person is told whose service a guardrail keeps out."""

from reconciler.spec.checks.case import Case
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError


def refusal(case: Case, workload: Workload, guardrail: str, path: Path, what: str, instead: str) -> SpecError:
    """What stands at `path` is not allowed by a guardrail of the workload's cluster; what to do `instead`."""
    cluster = workload.key.cluster
    line = case.where(cluster, ("guardrails", guardrail))
    said = f"`guardrails.{guardrail}`, {line}" if line else f"no `guardrails.{guardrail}` in clusters/{cluster}.yml"
    message = f"{what}, which `{cluster}` does not allow ({said}); {instead}, or have it allowed there"
    return case.service.error(path, message, cluster=cluster)
