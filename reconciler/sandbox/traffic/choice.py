"""Which target gets a request: a target group by weight, and a target of it in turn."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from reconciler.sandbox.world import TargetRecord


def group(action: Mapping[str, Any], random: Random) -> str:
    """One of the target groups that a forward action names, by their weights."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
    weights = [int(each.get("Weight", 1)) for each in groups]
    return str(random.choices(groups, weights)[0]["TargetGroupArn"])


def serving(targets: Sequence[TargetRecord]) -> list[TargetRecord]:
    """The targets that get requests: the healthy ones, or all that fail their checks when none is healthy."""
    healthy = [target for target in targets if target.health == "healthy"]
    return healthy or [target for target in targets if target.health == "unhealthy"]


class Turns:
    """Whose turn it is in each target group."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = defaultdict(int)

    def next(self, targets: Sequence[TargetRecord]) -> TargetRecord | None:
        """The target whose turn it is of those that get requests, or nothing when there is none."""
        able = sorted(serving(targets), key=lambda target: (target.id, target.port))
        if not able:
            return None
        turn = self._taken[able[0].group]
        self._taken[able[0].group] = turn + 1
        return able[turn % len(able)]
