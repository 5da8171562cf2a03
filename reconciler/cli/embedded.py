"""The embedded AWS as commands use it: alone in its environment, furnished for the cluster files, with its ways in."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import click

from reconciler.clock import Clock
from reconciler.loop import judged
from reconciler.sandbox import Sandbox, Scenario, ScenarioError
from reconciler.sandbox.furnish import furnish
from reconciler.settings import SandboxSettings, Settings
from reconciler.source import Source, Tree
from reconciler.spec import Desired

_MOST_WAYS_IN = 12


@contextmanager
def embedded(settings: SandboxSettings, clock: Clock, port: int = 0) -> Iterator[Sandbox]:
    """An embedded AWS that runs, or the end of the command with why it can't."""
    try:
        scenario = Scenario.load(settings.scenario) if settings.scenario else Scenario()
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
        yield sandbox
    finally:
        sandbox.stop()


def foreign_variables() -> list[str]:
    """Variables that could send a client elsewhere, or as somebody else: profiles, tokens, endpoints of one service."""
    return sorted(name for name in os.environ if name.startswith("AWS_"))


@contextmanager
def nowhere_else(environment: Mapping[str, str]) -> Iterator[None]:
    """Let every AWS client of this process talk to the embedded AWS, whatever the user's own settings say."""
    former = dict(os.environ)
    for name in foreign_variables():
        del os.environ[name]
    os.environ.update(environment)
    # No profile, credential or endpoint out of a file, nor from the machine's own role; and no proxy in between.
    os.environ.update(
        AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true"
    )
    unproxied = former.get("no_proxy") or former.get("NO_PROXY")
    os.environ["no_proxy"] = f"{unproxied},127.0.0.1" if unproxied else "127.0.0.1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(former)


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


@contextmanager
def beneath(settings: Settings, source: Source, clock: Clock) -> Iterator[Furnished]:
    """An embedded AWS for the operator of this process, which can reach no other; gives the source to read from."""
    with embedded(settings.sandbox, clock) as sandbox, nowhere_else(sandbox.environment()):
        click.echo(f"embedded AWS: {sandbox.endpoint}")
        yield Furnished(source, sandbox, settings.source.path)
