"""Many services under one operator, and a count of every call that its botocore clients send."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler import spec
from reconciler.aws import Budgets, Gateway, clients_of, connect
from reconciler.aws.gateway import is_read
from reconciler.cli.wiring import Silent
from reconciler.clock import SteppedClock
from reconciler.loop import Loop, reading
from reconciler.model import HealthStatus, SyncStatus
from reconciler.observe import Observer
from reconciler.sandbox import Sandbox
from reconciler.sandbox.furnish import furnish
from reconciler.sandbox.refusals import refuse
from reconciler.source import DirectorySource
from reconciler.spec.models import ClusterSpec

SWEEP = 60.0
INSTANCES = 16  # of 4096 CPU units each: room for 512 tasks
CLUSTER = """
region: us-east-1
account: "123456789012"
vpc: vpc-0a1b2c3d4e5f60001
load_balancers: {{{balancers}}}
zone: {zone}
defaults: {{registry: registry.example}}
"""
SERVICE = """
instances: {{{cluster}: 1}}
cpu: 128
mem: 64
listeners:
  - {{subdomain: {name}, port: 8080, protocol: {protocol}}}
"""


@dataclass(frozen=True)
class Sent:
    """One call that left a client."""

    region: str
    operation: str


class Fleet:
    """A sandbox, a `desired/` with many services in it, and an operator that can be started anew."""

    def __init__(self, sandbox: Sandbox, clock: SteppedClock, root: Path) -> None:
        self.sandbox, self.clock, self.root = sandbox, clock, root
        self.sent: list[Sent] = []
        self.loop = self._operator()

    def cluster(self, name: str, zone: str, balancers: tuple[str, ...]) -> None:
        """A cluster; services call its load balancers by their names."""
        listed = ", ".join(f"{each}: {{name: {each}, port: 80}}" for each in balancers)
        self._write(f"clusters/{name}.yml", CLUSTER.format(balancers=listed, zone=zone))

    def service(self, name: str, cluster: str, balancer: str) -> None:
        """A service of one task, behind one load balancer."""
        self._write(f"services/{name}/service.yml", SERVICE.format(cluster=cluster, name=name, protocol=balancer))
        self._write(f"services/{name}/release.yml", f"{cluster}: v1\n")

    def fill(self, services: int, a_balancer: int) -> None:
        """One cluster with so many services, so many of them on each load balancer, all in sync."""
        balancers = tuple(f"http-{number}" for number in range(-(-services // a_balancer)))
        self.cluster("prod", "prod.example", balancers)
        for number in range(services):
            self.service(f"service-{number:04}", "prod", balancers[number % len(balancers)])
        # Each of three records a service would be judged against all that stand, to show what other tests show.
        self.sandbox.hooks.before.remove(refuse)
        self.converge()
        self.sandbox.hooks.before.append(refuse)

    def converge(self) -> None:
        """Furnish, and let the operator make everything."""
        files = [(p.relative_to(self.root).as_posix(), p.read_bytes(), None) for p in self.root.rglob("*.yml")]
        furnish(self.sandbox, spec.load(files, "").clusters, instances=INSTANCES)
        for _ in range(3):
            self.sweep()
        states = Counter((item.sync, item.health) for item in self.loop.status.services.values())
        assert set(states) == {(SyncStatus.SYNCED, HealthStatus.HEALTHY)}, states

    def restart(self) -> None:
        """Another operator, that knows nothing, takes over."""
        self.loop = self._operator()

    def sweep(self) -> list[Sent]:
        """One pass over everything, and a sweep's time; returns what was sent."""
        self.sent.clear()
        self.loop.accept(reading(DirectorySource(self.root)))
        self.loop.run_pass(None, threading.Event())
        sent = list(self.sent)
        self.clock.step(SWEEP)
        self.sandbox.world.tick()
        return sent

    def _write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _operator(self) -> Loop:
        budgets = Budgets(self.clock)

        def gateway(name: str, cluster: ClusterSpec) -> Gateway:
            return connect(name, cluster, self._counted(clients_of(cluster)), self.clock, budgets, lambda _: None)

        return Loop(Observer("reconciler", gateway, self.clock), self.clock, Silent())

    def _counted(self, clients: Callable[[str], Any]) -> Callable[[str], Any]:
        def client(service: str) -> Any:
            made = clients(service)
            made.meta.events.register("before-call", self._count, unique_id="count")
            return made

        return client

    def _count(self, model: Any, request_signer: Any, **_: Any) -> None:
        self.sent.append(Sent(request_signer.region_name, model.name))


def operations(sent: list[Sent]) -> Counter[str]:
    """How often each operation was called."""
    return Counter(call.operation for call in sent)


def writes(sent: list[Sent]) -> list[str]:
    """What would have changed something."""
    return [call.operation for call in sent if not is_read(call.operation)]
