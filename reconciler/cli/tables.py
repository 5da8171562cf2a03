"""What `status` prints."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.report.http import document
from reconciler.report.status import OperatorStatus, ServiceStatus

_HEADER = ("CLUSTER", "SERVICE", "VERSION", "SYNC", "HEALTH", "PHASE", "WHY")


def status_table(services: Iterable[ServiceStatus]) -> str:
    """One line per service, columns aligned."""
    rows = [_HEADER, *(_row(item) for item in services)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER) - 1)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + "  " + row[-1] for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _row(item: ServiceStatus) -> tuple[str, ...]:
    return (
        item.key.cluster,
        item.key.service,
        item.version or "-",
        item.sync,
        item.health,
        item.phase,
        item.reason.replace("\n", " "),
    )


def standstills(seen: OperatorStatus, services: Iterable[ServiceStatus]) -> Iterator[str]:
    """What is paused or frozen of the chosen services and their clusters."""
    keys = {item.key for item in services}
    clusters = {key.cluster for key in keys}
    yield from (f"{pause.subject} is {pause}" for pause in seen.pauses if any(map(pause.covers, keys)))
    yield from (f"{freeze.subject} is {freeze}" for freeze in seen.freezes if freeze.cluster in clusters)


def status_json(seen: OperatorStatus, services: Iterable[ServiceStatus]) -> str:
    """The document that /api/status serves, for the chosen services."""
    chosen = {item.key: item for item in services}
    return json.dumps(document(replace(seen, services=chosen)), indent=2)
