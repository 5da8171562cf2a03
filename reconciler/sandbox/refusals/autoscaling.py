"""What makes a call about Auto Scaling groups wrong. Each predicate returns what its message is about, or nothing."""

from typing import Any

from reconciler.sandbox.refusals.live import Live, Parameters


def exists(parameters: Parameters, live: Live) -> str | None:
    """A second group of the same name."""
    return parameters["AutoScalingGroupName"] if _group(parameters, live) else None


def absent(parameters: Parameters, live: Live) -> str | None:
    """There is no such group."""
    return None if _group(parameters, live) else parameters["AutoScalingGroupName"]


def bounds_crossed(parameters: Parameters, live: Live) -> tuple[int, int] | None:
    """A greatest size below the least."""
    least, most = _bounds(parameters, live)
    return (most, least) if most < least else None


def desired_out_of_bounds(parameters: Parameters, live: Live) -> tuple[int, int, int] | None:
    """More or fewer instances wanted than the group may have."""
    least, most = _bounds(parameters, live)
    desired = parameters.get("DesiredCapacity")
    return None if desired is None or least <= int(desired) <= most else (int(desired), least, most)


def desired_above_most(parameters: Parameters, live: Live) -> tuple[int, int] | None:
    """More instances wanted than the group may have."""
    _, most = _bounds(parameters, live)
    desired = int(parameters["DesiredCapacity"])
    return (desired, most) if desired > most else None


def desired_below_least(parameters: Parameters, live: Live) -> tuple[int, int] | None:
    """Fewer instances wanted than the group must have."""
    least, _ = _bounds(parameters, live)
    desired = int(parameters["DesiredCapacity"])
    return (desired, least) if desired < least else None


def _bounds(parameters: Parameters, live: Live) -> tuple[int, int]:
    """The least and the greatest size the group will have: what the call says over what stands."""
    group = _group(parameters, live)
    least, most = (group.min_size, group.max_size) if group else (0, 0)
    given = parameters.get("MinSize"), parameters.get("MaxSize")
    return int(least if given[0] is None else given[0]), int(most if given[1] is None else given[1])


def _group(parameters: Parameters, live: Live) -> Any | None:
    return live.autoscaling.autoscaling_groups.get(parameters["AutoScalingGroupName"])
