"""The operator as a process: threads, signals, servers, and the sandbox when it is asked for."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version

import click

from reconciler.cli.options import TIMED_OUT
from reconciler.cli.reporting import Report
from reconciler.cli.verdict import verdict
from reconciler.cli.wiring import loop_of, read_or_end, source_of
from reconciler.clock import Clock, SystemClock
from reconciler.loop import Loop, Pass, follow
from reconciler.report.console import Console
from reconciler.report.http import ListenError, StatusServer
from reconciler.report.metrics import Metrics
from reconciler.settings import Settings
from reconciler.source import Source


def operate(settings: Settings, *, sandbox: bool) -> None:
    """Run until a signal says to stop."""
    stop = threading.Event()
    source = source_of(settings)
    with ExitStack() as running:
        clock: Clock = SystemClock()
        if sandbox:
            from reconciler.cli.sandbox import embedded

            clock = SystemClock(settings.sandbox.speed)
            running.enter_context(embedded(settings, source, clock))
        metrics = Metrics(clock, version("reconciler"), settings.loop.ready_within)
        console = Console(sys.stdout, clock)
        loop = loop_of(settings, Report(metrics, console), clock=clock, on_call=metrics.record_call, stop=stop)
        running.enter_context(_signals(stop, loop))
        running.enter_context(_serving(settings, metrics, loop, clock))
        running.enter_context(_following(source, loop, stop))
        loop.run(stop)
    click.echo("stopped; everything stays as it is in AWS")


def converge(settings: Settings, limit: float, confirmed: str) -> int:
    """Pass after pass until everything is in sync or has ended badly; the exit code says which."""
    stop, clock = threading.Event(), SystemClock()
    source = source_of(settings)
    codes: list[int | None] = []

    def done(last: Pass) -> bool:
        codes.append(verdict(last))
        return codes[-1] is not None

    metrics = Metrics(clock, version("reconciler"), settings.loop.ready_within)
    report = Report(metrics, Console(sys.stdout, clock))
    loop = loop_of(settings, report, clock=clock, stop=stop, confirmed=confirmed)
    loop.accept(read_or_end(source))
    timer = threading.Timer(limit, _stop, (stop, loop))
    timer.daemon = True
    with _signals(stop, loop):
        timer.start()
        loop.run(stop, until=done)
        timer.cancel()
    return next((code for code in reversed(codes) if code is not None), TIMED_OUT)


def _stop(stop: threading.Event, loop: Loop) -> None:
    stop.set()
    loop.wake()


@contextmanager
def _signals(stop: threading.Event, loop: Loop) -> Iterator[None]:
    """The first signal ends the loop after the call in flight; the second ends the process."""

    def on_signal(number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(128 + number)
        _stop(stop, loop)

    former = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def _serving(settings: Settings, metrics: Metrics, loop: Loop, clock: Clock) -> Iterator[None]:
    server = StatusServer(settings.http.listen, metrics, lambda: loop.status, clock, settings.loop.ready_within)
    try:
        server.start()
    except ListenError as error:
        raise click.ClickException(f"{error} (RECONCILER_HTTP_LISTEN, or [http] listen)") from error
    click.echo(f"status and metrics: {server.url}/  {server.url}/metrics  {server.url}/api/status")
    try:
        yield
    finally:
        server.stop()


@contextmanager
def _following(source: Source, loop: Loop, stop: threading.Event) -> Iterator[None]:
    """Reads the source in its own thread; a reading that hangs does not hold up the end."""
    thread = threading.Thread(target=follow, args=(source, loop, stop), name="source", daemon=True)
    thread.start()
    click.echo(f"desired state: {source.description}")
    yield
