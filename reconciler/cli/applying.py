"""`apply` as a process: pass after pass until everything is in sync or has ended badly."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version

import click

from reconciler.aws import Term
from reconciler.cli.complaints import complaints
from reconciler.cli.options import INTERRUPTED, TIMED_OUT
from reconciler.cli.replica import Replica
from reconciler.cli.reporting import Report
from reconciler.cli.stopping import stopping
from reconciler.cli.verdict import Verdict, is_done
from reconciler.cli.wiring import leader_of, loop_of, narrate, read_or_end, source_of
from reconciler.clock import CorrectedClock, SystemClock
from reconciler.loop import Loop, Pass
from reconciler.model import Leadership, SyncStatus
from reconciler.report.metrics import Metrics
from reconciler.settings import Settings

_ENDINGS = {
    TIMED_OUT: "not in sync in time; what ECS has begun goes on: `reconciler status` tells, `reconciler apply` goes on",
    INTERRUPTED: "interrupted; what ECS has begun goes on: `reconciler status` tells, `reconciler apply` goes on",
}

_FOLLOWS = "not applied, this replica {leadership}; let the leader do it, or stop it and try again"


class _Convergence:
    """Judges every pass, and remembers the last; its `unread` tells of all clusters that have yet to be read."""

    def __init__(self) -> None:
        self.verdict = Verdict()
        self.last: Pass | None = None

    def __call__(self, done: Pass) -> bool:
        self.last = replace(done, unread=_unread(self.last, done))
        self.verdict = self.verdict.after(self.last)
        return self.verdict.code is not None


def _unread(before: Pass | None, done: Pass) -> Mapping[str, str]:
    """Adds, to what a pass could not read, what earlier ones could not and it did not look at."""
    if before is None:
        return done.unread
    read_at, now_read_at = before.status.observed_at, done.status.observed_at
    kept = {name: why for name, why in before.unread.items() if now_read_at.get(name) == read_at.get(name)}
    return {**kept, **done.unread}


class _OnceReport(Report):
    """The reporter of a command that ends: a defect ends it at once."""

    def broke(self, error: Exception) -> None:
        raise error


def converge(settings: Settings, limit: float, confirmed: str) -> int:
    """Make AWS what the source says now; the exit code says how that ended."""
    stop, clock = threading.Event(), CorrectedClock(SystemClock())
    metrics = Metrics(clock, version("reconciler"), settings.loop.ready_within)
    report = _OnceReport(metrics, narrate(settings, clock))
    convergence, late = _Convergence(), threading.Event()

    def led(leadership: Leadership) -> None:
        report.led(leadership)
        replica.wake()

    def loop(term: Term) -> Loop:
        return loop_of(settings, report, clock=clock, term=term, confirmed=confirmed)

    replica = Replica(leader_of(settings, led, patient=False), loop, clock.now())
    replica.accept(read_or_end(source_of(settings)))

    def give_up() -> None:
        late.set()
        replica.resign()

    timer = threading.Timer(limit, give_up)
    timer.daemon = True
    with stopping(stop, replica.resign):
        timer.start()
        replica.run(convergence)
        timer.cancel()
    code = convergence.verdict.code
    if code is None:
        if not (late.is_set() or stop.is_set()):
            raise click.ClickException(_FOLLOWS.format(leadership=replica.status.leadership))
        code = TIMED_OUT if late.is_set() else INTERRUPTED
    for line in _unfinished(convergence.last) if convergence.last else ():
        click.echo(line, err=True)
    if code in _ENDINGS:
        click.echo(_ENDINGS[code], err=True)
    return code


def _unfinished(last: Pass) -> Iterator[str]:
    """What is not as git says at the end, and why."""
    yield from complaints(last)
    for key, status in sorted(last.status.services.items()):
        if not is_done(status) and status.sync is not SyncStatus.UNKNOWN:
            yield f"{key}: {status.sync}, {status.health}, {status.phase}: {status.reason}"
