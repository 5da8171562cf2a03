"""How a new version takes over, and whether there is something to take."""

from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import SpecError
from reconciler.spec.rollout import SetWeight

_OF_TWO_COLOURS = {
    "bake": "has no second colour to bake",
    "minHealthy": "is ECS's own, which replaces what is not healthy",
    "scaleDownDelay": "has no second colour that could stand by",
}


def check_rollout(case: Case) -> Iterator[SpecError]:
    """Two colours have traffic to shift, and only they bake; only a canary takes steps."""
    rollout = case.spec.rollout
    if rollout.strategy != "rolling" and not case.spec.listeners:
        message = f"{rollout.strategy} shifts a listener's traffic; add a listener, or use `rolling`"
        yield case.error(("rollout", "strategy"), message)
    for name in rollout.model_fields_set & _OF_TWO_COLOURS.keys() if rollout.strategy == "rolling" else ():
        advice = "remove it, or choose `strategy: blue-green`"
        yield case.error_at_key(("rollout", name), f"a rolling deployment {_OF_TWO_COLOURS[name]}; {advice}")
    if "steps" in rollout.model_fields_set and rollout.strategy != "canary":
        yield case.error_at_key(("rollout", "steps"), "only a canary takes steps; choose `strategy: canary`")
    elif rollout.steps and not any(isinstance(step, SetWeight) for step in rollout.steps):
        message = "no step gives the new version any traffic, which could be watched; add `setWeight: 10`, say"
        yield case.error_at_key(("rollout", "steps"), message)
