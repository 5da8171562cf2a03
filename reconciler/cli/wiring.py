"""Puts the operator together from its settings."""

import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click

from reconciler.aws import Budgets, Gateway, Term, Traffic, clients_in, clients_of, connect
from reconciler.clock import Clock, CorrectedClock, SystemClock
from reconciler.loop import Loop, Options, Pass, Reporter, judged
from reconciler.model import Leadership, Outcome, Plan
from reconciler.observe import Observer
from reconciler.report import log
from reconciler.report.console import Console
from reconciler.report.status import OperatorStatus
from reconciler.report.webhook import Webhook
from reconciler.settings import LEAST_SECRET, Settings
from reconciler.source import DirectorySource, GitSource, Signers, Source, SourceError, Tree
from reconciler.spec import Desired
from reconciler.spec.models import ClusterSpec
from reconciler.store import Alone, Election, Leader, LeaseTable


class Silent:
    """A reporter for commands that print what they have to say at the end."""

    def planned(self, before: OperatorStatus, expected: OperatorStatus) -> None:
        """Say nothing."""

    def changed(self, outcome: Outcome, revision: str) -> None:
        """Say nothing."""

    def broke(self, error: Exception) -> None:
        """Say nothing here: a command shows its own traceback."""
        raise error

    def passed(self, before: OperatorStatus, after: OperatorStatus, plan: Plan, seconds: float) -> None:
        """Say nothing."""


def source_of(
    settings: Settings,
    on_error: Callable[[SourceError], None] = lambda _: None,
    stop: threading.Event | None = None,
    asked: threading.Event | None = None,
) -> Source:
    """The source that the settings name, or the end of the command with why it can't be one.

    `on_error` hears of what keeps the source from being watched; `stop` ends a reading that takes long; `asked` has a
    remote asked for news at once.
    """
    chosen = settings.source
    if not chosen.git:
        return DirectorySource(Path(chosen.path), on_error)
    try:
        cache = chosen.cache.expanduser()
    except RuntimeError as error:  # there is no home directory
        raise click.ClickException(f"source.cache {chosen.cache}: {error}; set RECONCILER_SOURCE_CACHE") from error
    signers = Signers(chosen.signers.absolute(), chosen.signed_since) if chosen.signers else None
    remote = chosen.git, chosen.branch, chosen.path
    try:
        return GitSource(*remote, chosen.poll, cache, signers=signers, asked=asked, on_error=on_error, stop=stop)
    except SourceError as error:
        raise click.ClickException(str(error)) from error


def webhook_of(settings: Settings, wake: Callable[[], None]) -> Webhook | None:
    """The webhook that the settings ask for, if they do, or the end of the command with why there can be none."""
    secret = settings.webhook.secret.get_secret_value() if settings.webhook.secret else ""
    if file := settings.webhook.secret_file:
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"webhook.secret_file {file} can't be read: {error}") from error
        if len(secret) < LEAST_SECRET:
            raise click.ClickException(
                f"webhook.secret_file {file} holds less than {LEAST_SECRET} characters: write the secret into it"
            )
    if secret and not settings.source.git:
        raise click.ClickException("a webhook tells of pushes, and a directory has none: set source.git")
    return Webhook(secret, wake) if secret else None


def load_desired(source: Source, root: str, role: str | None = None) -> Desired:
    """Read and judge desired state, or end the command with why it can't be read."""
    return judged(read_or_end(source), root, role or "")


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
    clock: CorrectedClock,
    on_call: Callable[[Traffic], None] = lambda _: None,
    term: Term | None = None,
    confirmed: str = "",
) -> Loop:
    """The loop of one term, not yet running. AWS's answers put its clock right."""
    budgets = Budgets(clock.machine)
    correct = correction_of(clock)

    def heard(traffic: Traffic) -> None:
        correct(traffic)
        on_call(traffic)

    def gateway(name: str, cluster: ClusterSpec) -> Gateway:
        return connect(name, cluster, clients_of(cluster), clock.machine, budgets, heard, term)

    observer = Observer(settings.owner, gateway, clock)
    options = Options(
        settings.loop.sweep,
        settings.loop.workers,
        confirmed,
        settings.brakes,
        root=settings.source.path,
        operator=settings.service,
        role=settings.role or "",
    )
    return Loop(observer, clock, reporter, options)


def correction_of(clock: CorrectedClock) -> Callable[[Traffic], None]:
    """What puts a clock right by the calls that it hears of."""

    def heard(traffic: Traffic) -> None:
        if traffic.told_at:
            clock.heard(traffic.told_at, traffic.seconds)

    return heard


def leader_of(
    settings: Settings,
    tell: Callable[[Leadership], None],
    on_call: Callable[[Traffic], None] = lambda _: None,
    *,
    patient: bool = True,
) -> Leader:
    """What says when this process leads, not yet running. Its clock is real even where AWS's runs faster."""
    chosen = settings.lease
    if not chosen.table:
        return Alone()
    clock = SystemClock()
    budget = partial(Budgets(clock).bucket, "", chosen.region or "")
    aws = Gateway(clients_in(chosen.region), clock, budget, on_call, attempts=1)  # the election tries again itself
    me = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
    return Election(LeaseTable(aws, chosen.table, settings.owner), me, chosen.ttl, clock, tell, patient=patient)


def preview(settings: Settings) -> Pass:
    """What a pass would do, and how everything is; ends the command when desired state can't be read."""
    return next(previews(settings))


def previews(settings: Settings) -> Iterator[Pass]:
    """That again and again."""
    loop, source = loop_of(settings, Silent(), clock=CorrectedClock(SystemClock())), source_of(settings)
    while True:
        loop.accept(read_or_end(source))
        yield loop.preview()


def narrate(settings: Settings, clock: Clock) -> Console:
    """A console that tells a person what happens, and a log in the same time.

    A terminal that gets both is spared the log of what the console tells, unless a level was asked for.
    """
    shared = sys.stdout.isatty() and sys.stderr.isatty() and "level" not in settings.log.model_fields_set
    log.configure(clock, settings.log.format, "error" if shared else settings.log.level)
    return Console(sys.stdout, clock)
