"""The embedded AWS alone: `reconciler sandbox`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.cli.options import config, require_sandbox, settings


@click.command()
@config
@click.option("--port", default=4566, show_default=True, help="Port on 127.0.0.1; 0 takes any free one.")
def sandbox(config_file: Path | None, port: int) -> None:
    """Start the embedded AWS alone.

    Prints what to export, and stays until Ctrl-C. In bash and zsh, `source <(reconciler sandbox)` starts it in the
    background of a shell and points that shell to it. It runs in real time, as whoever talks to it does.
    """
    import threading

    require_sandbox()
    from reconciler.cli.embedded import Furnished, embedded, foreign_variables
    from reconciler.cli.stopping import stopping
    from reconciler.cli.wiring import read_or_end, source_of
    from reconciler.clock import SystemClock
    from reconciler.loop import reading

    loaded, stop = settings(config_file), threading.Event()
    with embedded(loaded.sandbox, SystemClock(), port) as running, stopping(stop):
        source = Furnished(source_of(loaded), running, loaded.source.path)
        read_or_end(source)
        for way in source.ways_in():
            click.echo(f"once applied: {way}", err=True)
        _tell_how_to_use(running.environment(), foreign_variables())
        threading.Thread(target=source.watch, args=(stop, lambda: reading(source)), daemon=True).start()
        stop.wait()


def _tell_how_to_use(environment: Mapping[str, str], foreign: list[str]) -> None:
    """Print shell code, then let go of a pipe: `source <(…)` waits for its end, not for the process's."""
    click.echo(f"# The embedded AWS, as long as process {os.getpid()} lives. In another shell:")
    if unwanted := [name for name in foreign if name not in environment]:
        click.echo(f"unset {' '.join(unwanted)}")
    for name, value in environment.items():
        click.echo(f"export {name}={value}")
    if not sys.stdout.isatty():
        sys.stdout.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
