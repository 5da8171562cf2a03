"""How many things AWS takes in one call."""

from collections.abc import Callable

from reconciler.sandbox.refusals.live import Live, Parameters


def empty(name: str) -> Callable[[Parameters, Live], bool]:
    """A list that must name something."""
    return lambda parameters, _: not parameters.get(name)


def more_than(limit: int, *names: str) -> Callable[[Parameters, Live], bool]:
    """A list longer than AWS takes in one call."""
    return lambda parameters, _: any(len(parameters.get(name) or []) > limit for name in names)
