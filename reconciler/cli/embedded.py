"""The embedded AWS as commands use it: the only one there is, furnished for the cluster files, with its ways in."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from reconciler.clock import Clock
from reconciler.loop import judged
from reconciler.sandbox import Sandbox, Scenario, ScenarioError
from reconciler.sandbox.furnish import furnish, furnish_lease
from reconciler.settings import Settings
from reconciler.source import Source, Tree
from reconciler.spec import Desired

_MOST_WAYS_IN = 12


@contextmanager
def embedded(settings: Settings, clock: Clock, port: int = 0) -> Iterator[Sandbox]:
    """An embedded AWS that runs, or the end of the command with why it can't.

    Inside `isolated()`, every AWS client of this process then talks to it.
    """
    try:
        scenario = Scenario.load(settings.sandbox.scenario) if settings.sandbox.scenario else Scenario()
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    sandbox = Sandbox(clock, scenario, port)
    try:
        sandbox.start()
    except OSError as error:
        raise click.ClickException(
            f"can't listen on port {port}: {os.strerror(error.errno or 0)}; --port takes another"
        ) from error
    try:
        os.environ.update(sandbox.environment())
        if settings.lease.table:
            furnish_lease(sandbox, settings.lease.table, settings.lease.region)
        yield sandbox
    finally:
        sandbox.stop()


class Furnished:
    """A source that makes, in the embedded AWS, whatever the cluster files of a reading refer to."""

    def __init__(self, source: Source, sandbox: Sandbox, root: str) -> None:
        self._source, self._sandbox, self._root = source, sandbox, root
        self._desired = Desired("")

    @property
    def description(self) -> str:
        """Where the files come from."""
        return self._source.description

    def read(self) -> Tree:
        """Read, and furnish before anybody acts on it."""
        tree = self._source.read()
        self._desired = judged(tree, self._root)
        furnish(self._sandbox, self._desired.clusters)
        self._sandbox.traffic.addresses()  # opens the ports of load balancers that are new
        return tree

    def watch(self, stop: threading.Event, wake: Callable[[], None]) -> None:
        """Watch the files."""
        self._source.watch(stop, wake)

    def ways_in(self) -> list[str]:
        """How to send a request to each host name that a valid service wants, by cluster and service."""
        addresses = self._sandbox.traffic.addresses()
        return [
            f"curl -H 'Host: {workload.hostname(listener)}' {addresses[balancer.name, balancer.port]}/"
            for workload in self._desired.workloads
            for listener in workload.spec.listeners
            if (balancer := workload.cluster.load_balancers.get(listener.protocol))
        ]

    def commands(self) -> list[str]:
        """What there is to try in another shell."""
        variables = " ".join(f"{name}={value}" for name, value in self._sandbox.environment().items())
        return [
            *self.ways_in()[:_MOST_WAYS_IN],
            f"export {variables}   # then: aws ecs list-clusters, reconciler status",
        ]
