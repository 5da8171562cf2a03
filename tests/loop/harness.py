"""The whole operator on the sandbox, with a stepped clock: what loop tests write their scenarios with."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from reconciler import spec
from reconciler.aws import Traffic, connect
from reconciler.clock import SteppedClock
from reconciler.loop import Loop, reading
from reconciler.model import HealthStatus, Outcome, Phase, Plan, ServiceKey, SyncStatus
from reconciler.observe import Observer
from reconciler.report.status import OperatorStatus, ServiceStatus
from reconciler.sandbox import Sandbox
from reconciler.sandbox.furnish import furnish
from reconciler.source import DirectorySource

CLUSTER = """
region: us-east-1
account: "123456789012"
vpc: vpc-0a1b2c3d4e5f60001
load_balancers:
  http-internal: {name: test-internal, port: 80}
  http-public: {name: test-public, port: 80}
zone: test.example
defaults: {registry: registry.example}
"""
WEB = """
instances: {test: 2}
cpu: 128
mem: 128
listeners:
  - {subdomain: web, port: 8080, protocol: http-internal, deregistration_delay: 10}
rollout: {strategy: STRATEGY, bake: 60s, deadline: 10m}
"""


@dataclass
class Recorder:
    """A reporter that remembers."""

    outcomes: list[Outcome] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    phases: list[tuple[ServiceKey, Phase]] = field(default_factory=list)

    def changed(self, outcome: Outcome, revision: str) -> None:
        """Remember an outcome."""
        self.outcomes.append(outcome)

    def broke(self, error: Exception) -> None:
        """A defect must not pass unseen."""
        raise error

    def passed(self, before: OperatorStatus, after: OperatorStatus, plan: Plan, seconds: float) -> None:
        """Remember a plan, and each phase that is new."""
        self.plans.append(plan)
        for key, status in after.services.items():
            former = before.services.get(key)
            if former is None or former.phase is not status.phase:
                self.phases.append((key, status.phase))


class Stage:
    """One sandbox, one `desired/`, one operator that can be killed and started anew."""

    def __init__(self, sandbox: Sandbox, clock: SteppedClock, root: Path) -> None:
        self.sandbox, self.clock, self.root = sandbox, clock, root
        self.calls: list[Traffic] = []
        self.recorder = Recorder()
        self.loop = self._start()

    def _start(self) -> Loop:
        observer = Observer(
            "reconciler", lambda name, cluster: connect(name, cluster, self.clock, self.calls.append), self.clock
        )
        return Loop(observer, self.clock, self.recorder)

    def restart(self) -> None:
        """The operator dies and another one, that knows nothing, starts."""
        self.loop = self._start()

    def write(self, path: str, text: str) -> None:
        """Write a file under `desired/`."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def web(self, version: str, strategy: str = "rolling", service: str = "web", extra: str = "") -> None:
        """A service with one way in, at a version."""
        text = WEB.replace("STRATEGY", strategy).replace("subdomain: web", f"subdomain: {service}") + extra
        self.write(f"services/{service}/service.yml", text)
        self.write(f"services/{service}/release.yml", f"test: {version}\n")

    def delete(self, service: str) -> None:
        """Remove a service's directory."""
        shutil.rmtree(self.root / "services" / service)

    def furnish(self) -> None:
        """Give the cluster files what they refer to."""
        files = [(p.relative_to(self.root).as_posix(), p.read_bytes(), None) for p in self.root.rglob("*.yml")]
        furnish(self.sandbox, spec.load(files, "").clusters)

    def passes(self, count: int = 1, step: float = 5) -> None:
        """Whole passes, the world moving `step` seconds after each."""
        for _ in range(count):
            self.loop.accept(reading(DirectorySource(self.root)))
            self.loop.run_pass(None, threading.Event())
            self.clock.step(step)
            self.sandbox.world.tick()

    def settle(self, passes: int = 60, step: float = 5) -> None:
        """Passes until every service is in sync and healthy."""
        for _ in range(passes):
            self.passes(1, step)
            if self.settled():
                return
        raise AssertionError(f"not settled after {passes} passes:\n{self.report()}")

    def settled(self) -> bool:
        """Whether every service is in sync and well."""
        good = {HealthStatus.HEALTHY, HealthStatus.SUSPENDED}
        return all(
            status.sync is SyncStatus.SYNCED and status.health in good for status in self.loop.status.services.values()
        )

    def status(self, service: str = "web", cluster: str = "test") -> ServiceStatus:
        """What is told of a service."""
        return self.loop.status.services[ServiceKey(cluster, service)]

    def report(self) -> str:
        """Everything that is told, for failure messages."""
        lines = [
            f"{s.key} {s.version} {s.sync} {s.health} {s.phase}: {s.reason}" for s in self.loop.status.services.values()
        ]
        lines += [f"  {o.result} {o.action.verb} {o.action.id}: {o.message}" for o in self.recorder.outcomes[-12:]]
        return "\n".join([*lines, *self.loop.status.spec_errors])

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A client of the test's own."""
        environment = self.sandbox.environment()
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=region,
            endpoint_url=self.sandbox.endpoint,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )


@contextmanager
def stage(root: Path, monkeypatch: Any) -> Iterator[Stage]:
    """A stage with the cluster `test`, furnished."""
    clock = SteppedClock()
    with Sandbox(clock, seed=1) as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        built = Stage(sandbox, clock, root)
        built.write("clusters/test.yml", CLUSTER)
        built.furnish()
        yield built
