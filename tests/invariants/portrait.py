"""What an installation has built, in lines that two sandboxes can be compared by: no ids, no times (L3)."""

import json
from collections.abc import Iterator

from reconciler.sandbox import Sandbox
from tests.invariants.live import OWNER, EcsService, Live, everywhere, marks, short


def portrait(sandbox: Sandbox, owner: str = "reconciler") -> tuple[str, ...]:
    """Everything that carries the owner's tag: services and what they run, groups, rules with weights, records."""
    with sandbox.world.lock:
        places = list(everywhere(sandbox.world))
        lines = {line for live in places for line in _lines(live, owner)}
    return tuple(sorted(lines))


def _lines(live: Live, owner: str) -> Iterator[str]:
    for service in live.services():
        if service.tags.get(OWNER) == owner and service.status == "ACTIVE":
            yield f"{live.region} service {service.cluster}/{service.name}: {_runs(live, service)}"
    for group in live.groups():
        if live.tags(group).get(OWNER) == owner:
            yield f"{live.region} group {short(group)}: {live.healthy(group)} healthy"
    yield from _numbered(
        f"{live.region} {rule}: "
        + ", ".join(f"{short(group)}={weight}" for group, weight in sorted(rule.weights.items()))
        for rule in live.rules()
        if rule.tags.get(OWNER) == owner
    )
    for zone in live.zones():
        for host in live.hosts(zone).values():
            if marks(host.registry or "").get(OWNER) == owner:
                yield f"record {host.name}: {dict(sorted(host.records.items()))} {host.registry}"


def _runs(live: Live, service: EcsService) -> str:
    """An idle service may run any release, so only its name counts."""
    if service.desired == 0:
        return "idle"
    return f"{service.desired} x {json.dumps(live.content(service.definition), sort_keys=True)}"


def _numbered(lines: Iterator[str]) -> Iterator[str]:
    """Equal lines told apart: a second rule of the same host is an orphan."""
    seen: dict[str, int] = {}
    for line in lines:
        seen[line] = seen.get(line, 0) + 1
        yield line if seen[line] == 1 else f"{line} (once more, {seen[line]})"
