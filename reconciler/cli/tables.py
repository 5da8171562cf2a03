"""What `status` prints."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

import click

from reconciler.model import Colour
from reconciler.report.http import document
from reconciler.report.status import OperatorStatus, ServiceStatus

_HEADER = ("CLUSTER", "SERVICE", "VERSION", "SYNC", "HEALTH", "PHASE", "WHY")


def described(seen: OperatorStatus, service: str | None, cluster: str | None, output: str) -> str:
    """The chosen services, as text or JSON; ends the command when there is none."""
    chosen = [
        item
        for key, item in sorted(seen.services.items())
        if service in (None, key.service) and cluster in (None, key.cluster)
    ]
    if (service or cluster) and not chosen:
        raise click.ClickException("there is no such service; `reconciler status` lists them all")
    if output == "json":
        return _json(seen, chosen)
    more = _colours(chosen) if service else ()
    return "\n".join([_table(chosen), *more, *standstills(seen, chosen)])


def _table(services: Iterable[ServiceStatus]) -> str:
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


def _colours(services: Iterable[ServiceStatus]) -> Iterator[str]:
    """A line for each ECS service of the chosen services: version, share of the traffic, tasks."""
    found = [(item.key.cluster, colour) for item in services for colour in item.colours]
    rows = [(cluster, colour.name, colour.version or "-", _share(colour), _tasks(colour)) for cluster, colour in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _share(colour: Colour) -> str:
    return "" if colour.weight is None else f"{colour.weight} % of the traffic"


def _tasks(colour: Colour) -> str:
    if colour.healthy is None:
        return f"{colour.running} of {colour.desired} run"
    return f"{colour.healthy} of {colour.desired} healthy"


def standstills(seen: OperatorStatus, services: Iterable[ServiceStatus]) -> Iterator[str]:
    """What is paused or frozen of the chosen services and their clusters."""
    keys = {item.key for item in services}
    clusters = {key.cluster for key in keys}
    yield from (f"{pause.subject} is {pause}" for pause in seen.pauses if any(map(pause.covers, keys)))
    yield from (f"{freeze.subject} is {freeze}" for freeze in seen.freezes if freeze.cluster in clusters)


def _json(seen: OperatorStatus, services: Iterable[ServiceStatus]) -> str:
    """The document that /api/status serves, for the chosen services."""
    chosen = {item.key: item for item in services}
    return json.dumps(document(replace(seen, services=chosen)), indent=2)
