"""The embedded AWS alone: `reconciler sandbox`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.isolation import isolated
from reconciler.cli.options import config, require_sandbox, settings

if TYPE_CHECKING:
    from reconciler.settings import Settings


@click.command()
@config
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4566,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes any free one.",
)
def sandbox(config_file: Path | None, port: int) -> None:
    """Start the embedded AWS alone.

    Prints what to export, and stays until Ctrl-C. In bash and zsh, `source <(reconciler sandbox)` starts it in the
    background of a shell and points that shell to it. It runs in real time, as whoever talks to it does.
    """
    require_sandbox()
    loaded = settings(config_file)
    with isolated() as taken:
        _stay(loaded, port, taken)


def _stay(settings: "Settings", port: int, taken: list[str]) -> None:
    import threading

    from reconciler.cli.embedded import Furnished, embedded
    from reconciler.cli.stopping import stopping
    from reconciler.cli.wiring import read_or_end, source_of
    from reconciler.clock import SystemClock
    from reconciler.loop import reading

    stop = threading.Event()
    with embedded(settings, SystemClock(), port) as aws, stopping(stop):
        source = Furnished(source_of(settings), aws, settings.source.path)
        read_or_end(source)
        for way in source.ways_in():
            click.echo(f"once applied: {way}", err=True)
        _tell_how_to_use(aws.environment(), taken)
        threading.Thread(target=source.watch, args=(stop, lambda: reading(source)), daemon=True).start()
        stop.wait()


def _tell_how_to_use(environment: Mapping[str, str], taken: list[str]) -> None:
    """Print shell code, then let go of a pipe: `source <(…)` waits for its end, not for the process's."""
    click.echo(f"# The embedded AWS, as long as process {os.getpid()} lives. In another shell:")
    if unwanted := [name for name in taken if name not in environment]:
        click.echo(f"unset {' '.join(unwanted)}")
    for name, value in environment.items():
        click.echo(f"export {name}={value}")
    if not sys.stdout.isatty():
        sys.stdout.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
