"""The embedded AWS: alone (`reconciler sandbox`), or under the operator (`reconciler run --sandbox`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import config, settings

if TYPE_CHECKING:
    from reconciler.clock import Clock
    from reconciler.settings import Settings
    from reconciler.source import Source


@click.command()
@config
@click.option("--port", default=4566, show_default=True, help="Port on 127.0.0.1; 0 takes any free one.")
def sandbox(config_file: Path | None, port: int) -> None:
    """Start the embedded AWS alone, print what to export, and stay."""
    import signal
    import threading

    from reconciler.cli.wiring import source_of
    from reconciler.clock import SystemClock

    loaded = settings(config_file)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with embedded(loaded, source_of(loaded), SystemClock(loaded.sandbox.speed), port) as environment:
        for name, value in environment.items():
            click.echo(f"export {name}={value}")
        stop.wait()


@contextmanager
def embedded(settings: "Settings", source: "Source", clock: "Clock", port: int = 0) -> "Iterator[dict[str, str]]":
    """An embedded AWS, furnished with what the cluster files of the source refer to."""
    import os

    try:
        from reconciler.sandbox import Sandbox, Scenario, ScenarioError
        from reconciler.sandbox.furnish import furnish
        from reconciler.sandbox.traffic import Traffic
    except ImportError as error:
        raise click.ClickException(
            f"the sandbox is not installed ({error}); pip install 'reconciler[sandbox]'"
        ) from error
    from reconciler.cli.wiring import load_desired

    clusters = load_desired(source, settings.source.path).clusters
    try:
        scenario = Scenario.load(settings.sandbox.scenario) if settings.sandbox.scenario else Scenario()
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    with Sandbox(clock, scenario, port) as sandbox:
        furnish(sandbox, clusters)
        environment = dict(sandbox.environment())
        os.environ.update(environment)
        traffic = Traffic(sandbox.world)
        try:
            click.echo(f"embedded AWS: {sandbox.endpoint}", err=True)
            for (name, number), url in sorted(traffic.addresses().items()):
                click.echo(f"load balancer {name}:{number}: {url}", err=True)
            yield environment
        finally:
            traffic.stop()
