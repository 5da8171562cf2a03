"""A release that waits until the services that its own needs run what git says of them, and are healthy."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from reconciler.model import HealthStatus, Phase, ServiceKey, Waypoint
from reconciler.spec import Desired

Waits = Mapping[ServiceKey, tuple[ServiceKey, ...]]
"""Whom each service waits for, of those that there are in its cluster."""
_BEGINNINGS = (Phase.CREATE, Phase.ROLLING, Phase.STAND_UP)


def waits_of(desired: Desired) -> Waits:
    """Who waits for whom. A service whose files are wrong counts: what it is to run is not known."""
    there = {workload.key for workload in desired.workloads}

    def named(key: ServiceKey, names: Iterable[str]) -> Iterator[ServiceKey]:
        for name in names:
            other = ServiceKey(key.cluster, name)
            if other in there or desired.protects(other):
                yield other

    return {item.key: tuple(named(item.key, item.spec.after)) for item in desired.workloads if item.spec.after}


def with_those_before(keys: Collection[ServiceKey], waits: Waits) -> frozenset[ServiceKey]:
    """The services, and those whose state decides whether they may begin."""
    return frozenset(keys).union(*(waits.get(key, ()) for key in keys))


def missing(waypoint: Waypoint, waits: Waits, serving: Collection[ServiceKey]) -> list[ServiceKey]:
    """Whom the beginning of a release waits for; nobody once it is under way."""
    if waypoint.phase not in _BEGINNINGS or waypoint.health is HealthStatus.DEGRADED:
        return []
    return [key for key in waits.get(waypoint.key, ()) if key not in serving]
