"""What `run` tells a person at a terminal: each turn a service takes, each change as it is made, and when all is well.

Only transitions are told, a phase before the changes that it asks for; what stays as it was is not repeated.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, TextIO

import click

from reconciler import redact
from reconciler.clock import Clock
from reconciler.model import (
    Action,
    FieldChange,
    HealthStatus,
    Leadership,
    Outcome,
    Phase,
    ResourceId,
    Result,
    SyncStatus,
    Value,
    Verb,
)
from reconciler.plan import wording
from reconciler.report.status import OperatorStatus, ServiceStatus
from reconciler.report.terminal import wants_color
from reconciler.spec.errors import printable

Tone = Literal["good", "busy", "bad", "plain"]

_COLORS = {"good": "green", "busy": "yellow", "bad": "red", "plain": None}
_SIGNS = {Verb.CREATE: "+", Verb.UPDATE: "~", Verb.TAG: "~", Verb.DELETE: "-"}
_SUBJECT_WIDTH, _PHASE_WIDTH = 22, 10
_MOST_CHANGES = 6
_BOOKKEEPING = "tags.reconciler:"
_ARN = re.compile(r"arn(?::[^:]*){4}:(?P<type>[^/:]+)/(?P<name>.+)")
_CONTAINER = re.compile(r"^containerDefinitions\[(.+?)\]\.")
_WEIGHT = re.compile(r"Forward\[(?P<group>.+)\]\.weight")
_BAD_PHASES = (Phase.FAILED, Phase.ROLLBACK)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to tell: of what, what, and whether it is good news."""

    subject: str
    text: str
    tone: Tone = "plain"


class Console:
    """Prints lines to a stream, from any thread; in colour by default when a person is looking."""

    def __init__(self, stream: TextIO, clock: Clock, *, color: bool | None = None) -> None:
        self._stream, self._clock = stream, clock
        self._color = wants_color(stream) if color is None else color
        self._lock = threading.Lock()
        self._troubles: dict[ResourceId, Line] = {}
        self._told = OperatorStatus()

    def planned(self, before: OperatorStatus, expected: OperatorStatus) -> None:
        """Tell which revision and which phases the changes that follow are for."""
        with self._lock:
            self._told = _as_told(before, expected)
            self._print(status_lines(before, self._told))

    def changed(self, outcome: Outcome) -> None:
        """Tell how a write ended; the same trouble with the same resource once."""
        with self._lock:
            line = outcome_line(outcome, self._told.services.get(outcome.action.id.key))
            if line is None or self._troubles.get(outcome.action.id) == line:
                return
            if outcome.result is Result.DONE:
                self._troubles.pop(outcome.action.id, None)
            else:
                self._troubles[outcome.action.id] = line
            self._print([line])

    def passed(self, after: OperatorStatus) -> None:
        """Tell what is not as it was told last."""
        with self._lock:
            self._print(status_lines(self._told, after))
            self._told = after

    def led(self, leadership: Leadership) -> None:
        """Tell whether this replica leads, and else who does."""
        with self._lock:
            self._print([Line("lease", f"this replica {leadership}", "bad" if leadership.trouble else "plain")])

    def say(self, text: str) -> None:
        """Tell something that happens at no certain time."""
        with self._lock:
            self._write(text)

    def _print(self, lines: Iterable[Line]) -> None:
        now = f"{self._clock.now():%H:%M:%S}"
        for line in lines:
            said = click.style(redact.text(printable(line.text)), fg=_COLORS[line.tone])
            self._write(f"{click.style(now, dim=True)}  {printable(line.subject):<{_SUBJECT_WIDTH}}  {said}")

    def _write(self, text: str) -> None:
        """Write, unless nobody can read it any more: that must not keep the operator from its work."""
        with suppress(OSError):
            click.echo(text, file=self._stream, color=self._color)


def _as_told(before: OperatorStatus, expected: OperatorStatus) -> OperatorStatus:
    """What is told of a plan: the source, and services that enter another phase. Their troubles show at the end."""
    entering = {
        key: service
        for key, service in expected.services.items()
        if service.phase is not Phase.STABLE and _place(service) != _place(before.services.get(key))
    }
    return replace(expected, services={**before.services, **entering})


def _place(service: ServiceStatus | None) -> tuple[str, Phase] | None:
    return (service.version, service.phase) if service else None


def outcome_line(outcome: Outcome, service: ServiceStatus | None = None) -> Line | None:
    """One write and how it ended; nothing for one that only waited for another, or only kept a record.

    Its cause is left out where it is what was told of the service.
    """
    action = outcome.action
    if outcome.result is Result.SKIPPED or (outcome.result is Result.DONE and _is_bookkeeping(action)):
        return None
    known = f"{service.phase}: {service.reason}" if service else ""
    why = action.cause if action.cause != known else ""
    said = f"{_SIGNS[action.verb]} {action.id}  {_what(action) or why}".rstrip()
    if outcome.result is Result.DONE:
        return Line(str(action.id.key), said)
    tone: Tone = "busy" if outcome.result is Result.RETRY else "bad"
    return Line(str(action.id.key), f"{said}: {outcome.result}: {outcome.message}", tone)


def _what(action: Action) -> str:
    told = [*_weights(action.changes), *map(_change, _besides_weights(action.changes))]
    more = len(told) - _MOST_CHANGES
    return "; ".join(told[:_MOST_CHANGES] + ([f"and {more} more"] if more > 0 else []))


def _change(change: FieldChange) -> str:
    where = _CONTAINER.sub(r"\1.", wording.path(change.path))
    return f"{where} {wording.difference(change)}"


def _is_bookkeeping(action: Action) -> bool:
    """Whether a write only records what another one does; the log has it."""
    return bool(action.changes) and all(change.path.startswith(_BOOKKEEPING) for change in action.changes)


def _weights(changes: Iterable[FieldChange]) -> Iterator[str]:
    """Weights of a rule's groups side by side, by colour: `weights blue=100 green=0 -> blue=0 green=100`."""
    live: dict[str, Value] = {}
    want: dict[str, Value] = {}
    for change in changes:
        if match := _WEIGHT.fullmatch(change.path):
            live[_group(match["group"])], want[_group(match["group"])] = change.live, change.want
        elif change.path == "Forward":
            live |= {_group(item["targetGroup"]): item["weight"] for item in change.live or ()}
            want |= {_group(item["targetGroup"]): item["weight"] for item in change.want or ()}
    if live or want:
        yield f"weights {_pairs(live)} -> {_pairs(want)}"


def _besides_weights(changes: Iterable[FieldChange]) -> Iterator[FieldChange]:
    return (change for change in changes if change.path != "Forward" and not _WEIGHT.fullmatch(change.path))


def _group(group: Value) -> str:
    name = wording.path(str(group))
    color = name.rpartition("-")[2]
    return color if color in ("blue", "green") else name


def _pairs(weights: dict[str, Value]) -> str:
    return " ".join(f"{group}={weight}" for group, weight in sorted(weights.items())) or "(none)"


def status_lines(before: OperatorStatus, after: OperatorStatus) -> tuple[Line, ...]:
    """What differs: source, specs, pauses and freezes, services by name, and when all of them are well, the sum."""
    return tuple(
        chain(
            _of_source(before, after),
            _of_standstill(before, after),
            _of_services(before, after),
            _of_all(before, after),
        )
    )


def _of_source(before: OperatorStatus, after: OperatorStatus) -> Iterator[Line]:
    if after.revision != before.revision and after.revision:
        yield Line("desired", f"revision {after.revision}")
    if after.source_error != before.source_error:
        if after.source_error:
            yield Line("desired", f"can't be read: {after.source_error}", "bad")
        else:
            yield Line("desired", "can be read again", "good")
    yield from (Line("desired", error, "bad") for error in after.spec_errors if error not in before.spec_errors)
    if before.spec_errors and not after.spec_errors:
        yield Line("desired", "every file is valid again", "good")


def _of_standstill(before: OperatorStatus, after: OperatorStatus) -> Iterator[Line]:
    """Pauses and freezes that begin or are over."""
    former, current = before.standstills(), after.standstills()
    for standstill in current:
        if standstill not in former:
            yield Line(standstill.subject, str(standstill), "busy")
    for subject in sorted({item.subject for item in former} - {item.subject for item in current}):
        yield Line(subject, "goes on: no longer paused or frozen", "good")


def _of_services(before: OperatorStatus, after: OperatorStatus) -> Iterator[Line]:
    for key, service in sorted(after.services.items()):
        former = before.services.get(key)
        if not (_is_well(service) if former is None else _gist(former) == _gist(service)):
            yield service_line(service)
    for key in sorted(before.services.keys() - after.services.keys()):
        yield Line(str(key), "is gone")


def service_line(service: ServiceStatus) -> Line:
    """Where a service is, and why: `Verify      green: 2 of 3 targets healthy; …`."""
    state = f"{service.sync}, {service.health}"
    if service.phase is Phase.STABLE:
        said = f"{state}: {service.reason}" if service.reason else state
    else:
        said = service.reason or state
    return Line(str(service.key), f"{service.phase:<{_PHASE_WIDTH}}  {said}", _tone(service))


def _tone(service: ServiceStatus) -> Tone:
    if _is_well(service):
        return "good"
    bad = service.phase in _BAD_PHASES or service.health is HealthStatus.DEGRADED or service.sync is SyncStatus.UNKNOWN
    return "bad" if bad else "busy"


def _gist(service: ServiceStatus) -> tuple[str, ...]:
    """What makes a turn worth telling: numbers in a reason come and go."""
    return service.version, service.sync, service.health, service.phase, re.sub(r"\d+", "#", service.reason)


def _is_well(service: ServiceStatus) -> bool:
    return (service.phase, service.sync, service.health) == (Phase.STABLE, SyncStatus.SYNCED, HealthStatus.HEALTHY)


def _of_all(before: OperatorStatus, after: OperatorStatus) -> Iterator[Line]:
    if _all_in_sync(after) and not (_all_in_sync(before) and before.services.keys() == after.services.keys()):
        count = len(after.services)
        yield Line("", f"{count} of {count} services in sync", "good")


def _all_in_sync(status: OperatorStatus) -> bool:
    return bool(status.services) and all(service.sync is SyncStatus.SYNCED for service in status.services.values())
