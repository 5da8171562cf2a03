"""How a new version takes over, and whether there is something to take."""

from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import SpecError


def check_rollout(case: Case) -> Iterator[SpecError]:
    """Blue-green has traffic to shift, and only blue-green bakes."""
    rollout = case.spec.rollout
    if rollout.strategy == "blue-green" and not case.spec.listeners:
        message = "blue-green shifts a listener's traffic; add a listener, or use `rolling`"
        yield case.error(("rollout", "strategy"), message)
    if rollout.strategy == "rolling" and "bake" in rollout.model_fields_set:
        advice = "remove it, or choose `strategy: blue-green`"
        yield case.error_at_key(("rollout", "bake"), f"a rolling deployment has no second colour to bake; {advice}")
