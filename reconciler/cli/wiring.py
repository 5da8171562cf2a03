"""Puts the operator together from its settings."""

import threading
from collections.abc import Callable

import click

from reconciler.aws import Traffic, clients_of, connect
from reconciler.clock import Clock, SystemClock
from reconciler.loop import Loop, Pass, Reporter, judged
from reconciler.model import Outcome, Plan
from reconciler.observe import Observer
from reconciler.report.status import OperatorStatus
from reconciler.settings import Settings
from reconciler.source import DirectorySource, GitSource, Source, SourceError, Tree
from reconciler.spec import Desired


class Silent:
    """A reporter for commands that print what they have to say at the end."""

    def changed(self, outcome: Outcome, revision: str) -> None:
        """Say nothing."""

    def broke(self, error: Exception) -> None:
        """Say nothing here: a command shows its own traceback."""
        raise error

    def passed(self, before: OperatorStatus, after: OperatorStatus, plan: Plan, seconds: float) -> None:
        """Say nothing."""


def source_of(settings: Settings) -> Source:
    """The source that the settings name."""
    from pathlib import Path

    chosen = settings.source
    if chosen.git:
        return GitSource(chosen.git, chosen.branch, chosen.path, chosen.poll, chosen.cache.expanduser())
    return DirectorySource(Path(chosen.path))


def load_desired(source: Source, root: str) -> Desired:
    """Read and judge desired state, or end the command with why it can't be read."""
    return judged(read_or_end(source), root)


def read_or_end(source: Source) -> Tree:
    """Read a source, or end the command with why it can't be read."""
    try:
        return source.read()
    except SourceError as error:
        raise click.ClickException(str(error)) from error


def loop_of(
    settings: Settings,
    reporter: Reporter,
    *,
    clock: Clock,
    on_call: Callable[[Traffic], None] = lambda _: None,
    stop: threading.Event | None = None,
    confirmed: str = "",
) -> Loop:
    """The loop, not yet running."""
    observer = Observer(settings.owner, lambda name, spec: connect(name, spec, clients_of(spec), clock, on_call, stop), clock)
    sweep, workers = settings.loop.sweep, settings.loop.workers
    root = settings.source.path
    return Loop(observer, clock, reporter, sweep=sweep, workers=workers, confirmed=confirmed, root=root)


def preview(settings: Settings) -> Pass:
    """What a pass would do, and how everything is; ends the command when desired state can't be read."""
    loop = loop_of(settings, Silent(), clock=SystemClock())
    loop.accept(read_or_end(source_of(settings)))
    return loop.preview()
