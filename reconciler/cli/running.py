"""The operator as a process: threads, servers, and the embedded AWS when it is asked for."""

import gc
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version

import click

from reconciler.aws import Term
from reconciler.cli.isolation import isolated
from reconciler.cli.options import require_sandbox
from reconciler.cli.replica import Replica
from reconciler.cli.reporting import Report
from reconciler.cli.stopping import stopping
from reconciler.cli.wiring import leader_of, loop_of, narrate, read_or_end, source_of, webhook_of
from reconciler.clock import CorrectedClock, SystemClock
from reconciler.loop import Loop, follow, reading
from reconciler.model import Leadership
from reconciler.report.http import ListenError, StatusServer
from reconciler.report.metrics import Metrics
from reconciler.settings import Settings
from reconciler.source import Source

_LAST_WORDS_SECONDS = 1.0


def operate(settings: Settings, *, sandbox: bool) -> None:
    """Run until a signal says to stop."""
    if sandbox:
        require_sandbox()
    stop, machine = threading.Event(), SystemClock(settings.sandbox.speed if sandbox else 1)
    clock = CorrectedClock(machine)
    metrics = Metrics(clock, version("reconciler"), settings.loop.ready_within)

    commands: Callable[[], Iterable[str]] = tuple

    def greeting() -> str:
        return _greeting(server.url, source.description, commands())

    report = Report(metrics, narrate(settings, clock), greeting)

    def led(leadership: Leadership) -> None:
        report.led(leadership)
        replica.wake()

    def loop(term: Term) -> Loop:
        return loop_of(settings, report, clock=clock, on_call=metrics.record_call, term=term)

    leader = leader_of(settings, led, metrics.record_call)
    replica = Replica(leader, loop, clock.now())
    asked = threading.Event()
    webhook = webhook_of(settings, asked.set)
    server = StatusServer(
        settings.http.listen, metrics, lambda: replica.status, clock, settings.loop.ready_within, webhook
    )
    source = source_of(settings, replica.accept, stop, asked)
    if not settings.source.git:
        read_or_end(source)  # a directory that is not there is a mistake; a remote comes back
    with ExitStack() as running:
        if sandbox:
            running.enter_context(isolated())
            from reconciler.cli.embedded import Furnished, embedded

            aws = running.enter_context(embedded(settings, machine))
            click.echo(f"embedded AWS: {aws.endpoint}")
            source = furnished = Furnished(source, aws, settings.source.path)
            commands = furnished.commands
        running.enter_context(stopping(stop, replica.resign))
        running.enter_context(_serving(server))
        replica.accept(reading(source))
        running.enter_context(_following(source, replica, stop))
        replica.run()
    click.echo("stopped; the embedded AWS is gone" if sandbox else "stopped; everything stays as it is in AWS")
    gc.freeze()  # the process ends here: a last search for garbage would take longer than everything before it


def _greeting(url: str, source: str, commands: Iterable[str]) -> str:
    """What to look at and to try, once all is well for the first time."""
    tries = (*commands, f"curl {url}/api/status", f"curl {url}/metrics")
    return "\n".join(
        [
            "\nLook around:",
            *(f"  {command}" for command in tries),
            f"Then change something: {source} is watched. Ctrl-C ends.\n",
        ]
    )


@contextmanager
def _serving(server: StatusServer) -> Iterator[None]:
    try:
        server.start()
    except ListenError as error:
        raise click.ClickException(f"{error}: [http] listen, or RECONCILER_HTTP_LISTEN") from error
    click.echo(f"status and metrics: {server.url}/")
    try:
        yield
    finally:
        server.stop()


@contextmanager
def _following(source: Source, replica: Replica, stop: threading.Event) -> Iterator[None]:
    """Reads the source in its own thread, which gets a moment to end what it is at; no reading holds up the end."""
    thread = threading.Thread(target=follow, args=(source, replica.accept, stop), name="source", daemon=True)
    thread.start()
    click.echo(f"desired state: {source.description}")
    try:
        yield
    finally:
        thread.join(_LAST_WORDS_SECONDS)
