"""The whole operator on the sandbox, with a stepped clock: what loop tests write their scenarios with."""

import io
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from flask import has_request_context, request
from prometheus_client import generate_latest

from reconciler import spec
from reconciler.aws import Budgets, Gateway, Traffic, clients_of, connect
from reconciler.cli.reporting import Report
from reconciler.clock import CorrectedClock, SteppedClock
from reconciler.loop import Loop, Options, Pass, reading
from reconciler.model import HealthStatus, Outcome, Phase, Plan, ServiceKey, SyncStatus
from reconciler.observe import Observation, Observer
from reconciler.plan import render
from reconciler.report import log
from reconciler.report.console import Console
from reconciler.report.http import document
from reconciler.report.metrics import Metrics
from reconciler.report.status import OperatorStatus, ServiceStatus
from reconciler.sandbox import AwsRefusal, Call, Sandbox
from reconciler.sandbox.calls import After, Before
from reconciler.sandbox.furnish import furnish
from reconciler.source import DirectorySource
from reconciler.spec import Desired
from reconciler.spec.models import ClusterSpec
from tests.invariants.facts import facts_in
from tests.invariants.observer import Observer as InvariantsObserver

CANARY = "canary-5ecret-value"
"""A secret that every service of the tests is configured with; nothing that is told may hold it."""
CLUSTER = """
region: us-east-1
account: "123456789012"
vpc: vpc-0a1b2c3d4e5f60001
subnets: [subnet-0a1b2c3d4e5f60001, subnet-0a1b2c3d4e5f60002]
security_groups: [sg-0a1b2c3d4e5f60001]
load_balancers:
  http-internal: {name: test-internal, port: 80}
  http-public: {name: test-public, port: 80}
zone: test.example
defaults: {registry: registry.example}
guardrails: {registries: [docker.io], task_roles: [shop-task], execution_roles: ["*-execution"]}
"""
_LISTENER = "  - {subdomain: web, port: 8080, protocol: http-internal, deregistration_delay: 10}\n"
WEB = f"""
instances: {{test: 2}}
cpu: 128
mem: 128
listeners:
{_LISTENER}rollout: {{ROLLOUT}}
"""


@dataclass
class Recorder:
    """Remembers what the loop did, and tells it as a running operator would: metrics, log, terminal."""

    clock: SteppedClock
    told: io.StringIO = field(default_factory=io.StringIO)
    outcomes: list[Outcome] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    phases: list[tuple[ServiceKey, Phase]] = field(default_factory=list)
    defective: str = ""
    """The service with which a test has planted a defect."""

    def __post_init__(self) -> None:
        log.configure(self.clock, "json", "debug", self.told)
        self.metrics = Metrics(self.clock, "test", 300)
        self._report = Report(self.metrics, Console(self.told, self.clock))

    def planned(self, before: OperatorStatus, expected: OperatorStatus) -> None:
        """Tell of it."""
        self._report.planned(before, expected)

    def changed(self, outcome: Outcome, revision: str) -> None:
        """Remember an outcome."""
        assert "please report this defect" not in outcome.message, outcome.message
        self.outcomes.append(outcome)
        self._report.changed(outcome, revision)

    def broke(self, error: Exception) -> None:
        """A defect must not pass unseen."""
        raise error

    def passed(self, before: OperatorStatus, after: OperatorStatus, plan: Plan, seconds: float) -> None:
        """Remember a plan, and each phase that is new."""
        reasons = [status.reason for key, status in after.services.items() if key.service != self.defective]
        defects = [reason for reason in reasons if "please report this defect" in reason]
        assert not defects, "\n".join(defects)
        self.plans.append(plan)
        self._report.passed(before, after, plan, seconds)
        self.told.write("\n".join([render.text(plan), render.as_json(plan), render.markdown(plan)]))
        self.told.write(json.dumps(document(after)))
        for key, status in after.services.items():
            former = before.services.get(key)
            if former is None or former.phase is not status.phase:
                self.phases.append((key, status.phase))


class _Announcing(Observer):
    """Tells when a pass begins."""

    announce: Callable[[], None]

    def observe(self, desired: Desired, keys: frozenset[ServiceKey] | None = None) -> Observation:
        self.announce()
        return super().observe(desired, keys)


@dataclass(frozen=True)
class Wrong:
    """A machine's clock that is not right."""

    clock: SteppedClock
    by: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.by

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return self.clock.wait(event, seconds)


class Scene:
    """One sandbox and one `desired/`: what people write, and what there is to see."""

    def __init__(self, sandbox: Sandbox, root: Path) -> None:
        self.sandbox, self.root = sandbox, root

    def write(self, path: str, text: str) -> None:
        """Write a file under `desired/`."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def web(
        self,
        version: str,
        strategy: str = "rolling",
        service: str = "web",
        extra: str = "",
        *,
        hosts: tuple[str, ...] = (),
        instances: int = 2,
        deadline: str = "10m",
        bake: str = "60s",
        steps: str = "",
    ) -> None:
        """A service at a version, with a way in for each of its hosts: one, called as the service, unless given."""
        listeners = "".join(
            _LISTENER.replace("web", host).replace("8080", str(8080 + number))
            for number, host in enumerate(hosts or (service,))
        )
        rollout = f"strategy: {strategy}, deadline: {deadline}"
        if strategy != "rolling":
            rollout += f", bake: {bake}"
        if steps:
            rollout += f", steps: [{steps}]"
        text = WEB.replace(_LISTENER, listeners).replace("ROLLOUT", rollout)
        self.write(f"services/{service}/service.yml", text.replace("test: 2", f"test: {instances}") + extra)
        self.write(f"services/{service}/release.yml", f"test: {version}\n")
        self.write(f"services/{service}/config.yml", f"default: {{DB_PASSWORD: {CANARY}}}\n")

    def delete(self, service: str) -> None:
        """Remove a service's directory."""
        shutil.rmtree(self.root / "services" / service)

    def furnish(self) -> None:
        """Give the cluster files what they refer to."""
        files = [(p.relative_to(self.root).as_posix(), p.read_bytes(), None) for p in self.root.rglob("*.yml")]
        furnish(self.sandbox, spec.load(files, "").clusters)

    @cache  # noqa: B019 - a scene lives as long as its test
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

    def weights(self, service: str = "web") -> dict[str, int]:
        """Who gets the traffic of a service: weights by target group name."""
        groups = {
            group["TargetGroupArn"]: group["TargetGroupName"]
            for group in self.client("elbv2").describe_target_groups()["TargetGroups"]
        }
        forward = self.rule(service)["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {groups[item["TargetGroupArn"]]: item["Weight"] for item in forward}

    def rule(self, service: str = "web") -> dict[str, Any]:
        """The live rule that answers to a service's host."""
        elb = self.client("elbv2")
        for balancer in elb.describe_load_balancers()["LoadBalancers"]:
            for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
                for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                    if f"{service}.test.example" in str(rule["Conditions"]):
                        return dict(rule)
        raise AssertionError(f"no rule answers to {service}.test.example")

    def ecs_service(self, name: str) -> dict[str, Any]:
        """An ECS service as it is."""
        found = self.client("ecs").describe_services(cluster="test", services=[name], include=["TAGS"])["services"]
        return dict(found[0]) if found else {}

    def running(self, name: str) -> list[str]:
        """Versions of the tasks that run in an ECS service."""
        return sorted(
            task.images[0].rsplit(":", 1)[-1]
            for task in self.sandbox.world.tasks(cluster="test", service=name)
            if task.status == "RUNNING"
        )


class Stage(Scene):
    """A scene with an operator, that can be killed and started anew."""

    def __init__(self, sandbox: Sandbox, clock: SteppedClock, root: Path, observer: InvariantsObserver) -> None:
        super().__init__(sandbox, root)
        self.clock, self.observer = clock, observer
        self.calls: list[Traffic] = []
        self.facts: dict[str, Any] = {}
        self._clients: dict[str, Callable[[str], Any]] = {}
        self._killers: list[tuple[Before, After]] = []
        self.on_client: Callable[[Any], None] = lambda _: None
        """Gets each of the operator's clients when it is made."""
        self.wrong = timedelta()
        """How wrong the clock of the machine is that the operator is started on."""
        self.recorder = Recorder(clock)
        self.loop = self._start()

    def _start(self) -> Loop:
        machine = Wrong(self.clock, self.wrong)
        budgets, clock = Budgets(machine), CorrectedClock(machine)

        def heard(traffic: Traffic) -> None:
            self.calls.append(traffic)
            if traffic.told_at:
                clock.heard(traffic.told_at, traffic.seconds)

        def gateway(name: str, cluster: ClusterSpec) -> Gateway:
            if name not in self._clients:  # making clients anew costs a second, and they remember nothing
                self._clients[name] = self._watched(clients_of(cluster))
            return connect(name, cluster, self._clients[name], machine, budgets, heard)

        observer = _Announcing("reconciler", gateway, clock)
        observer.announce = self._pass_started
        return Loop(observer, clock, self.recorder, Options(operator="reconciler"))

    def _watched(self, clients: Callable[[str], Any]) -> Callable[[str], Any]:
        @cache
        def client(service: str) -> Any:
            made = clients(service)
            self.on_client(made)
            return made

        return client

    def _pass_started(self) -> None:
        self.observer.pass_started(facts_in(self.root, **self.facts))

    def commit(self) -> None:
        """What is written becomes the newest reading."""
        self.loop.accept(reading(DirectorySource(self.root)))

    def restart(self) -> None:
        """The operator dies and another one, that knows nothing, starts."""
        for before, after in self._killers:
            self.sandbox.hooks.before.remove(before)
            self.sandbox.hooks.after.remove(after)
        self._killers.clear()
        self.loop = self._start()

    def passes(self, count: int = 1, step: float = 5) -> None:
        """Whole passes, the world moving `step` seconds after each."""
        for _ in range(count):
            self.commit()
            self.loop.run_pass(None, threading.Event())
            self.clock.step(step)
            self.sandbox.world.tick()

    def scoped(self, *services: str) -> None:
        """A pass over some services alone."""
        self.loop.run_pass(frozenset(ServiceKey("test", service) for service in services), threading.Event())

    def settle(self, passes: int = 60, step: float = 5) -> None:
        """Passes until every service is in sync and healthy."""
        for _ in range(passes):
            self.passes(1, step)
            if self.settled():
                return
        raise AssertionError(f"not settled after {passes} passes:\n{self.report()}")

    def run(self, upto: Callable[["Stage"], bool] = lambda _: False, most: int = 300) -> None:
        """The operator works by its own agenda, until nothing is left to do or `upto` is true after a pass."""
        passes = rests = 0

        def over(done: Pass) -> bool:
            nonlocal passes, rests
            passes += 1
            rests = rests + 1 if self._rests(done) else 0
            assert passes <= most, f"never at rest:\n{self.report()}"
            return rests == 2 or upto(self)

        self.commit()
        self.loop.run(threading.Event(), until=over)

    def _rests(self, done: Pass) -> bool:
        """Whether a pass found nothing to do, and nothing to wait for."""
        plan = done.plan
        waits = plan.actions or plan.held or done.unread or self.loop._agenda.due
        return not waits and not any(waypoint.retry_after for waypoint in plan.waypoints)

    def settled(self) -> bool:
        """Whether every service is in sync and well."""
        services = self.loop.status.services
        return bool(services) and all(self.is_well(key.cluster, key.service) for key in services)

    def is_well(self, cluster: str, service: str) -> bool:
        """Whether a service is in sync and well."""
        status, good = self.status(service, cluster), (HealthStatus.HEALTHY, HealthStatus.SUSPENDED)
        return status.sync is SyncStatus.SYNCED and status.health in good

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

    def told(self) -> str:
        """Everything that was told, in every form: log, terminal, plans, status, metrics."""
        return self.recorder.told.getvalue() + self.metrics()

    def metrics(self) -> str:
        """What Prometheus would scrape now."""
        return generate_latest(self.recorder.metrics.registry).decode()

    def writes(self) -> list[str]:
        """The operations of the operator's writes so far, in order."""
        return [call.operation for call in self.observer.writes]

    def phases(self, service: str = "web") -> list[str]:
        """The phases that were told of a service, in order."""
        return [str(phase) for key, phase in self.recorder.phases if key.service == service]

    def kill_before(self, operation: str) -> None:
        """The operator dies just before its next call of an operation: neither that call nor a later one arrives."""
        dead = False

        def kill(call: Call) -> None:
            nonlocal dead
            if is_operators():
                dead = dead or call.operation == operation
                if dead:
                    raise AwsRefusal("Killed", "the operator is dead")

        self.kill_with(kill, lambda _call, _error: None)

    def kill_with(self, before: Before, after: After) -> None:
        """Hooks that end the operator; it is buried when another one starts. They see a call before the observer."""
        self.sandbox.hooks.before.insert(0, before)
        self.sandbox.hooks.after.append(after)
        self._killers.append((before, after))


def is_operators() -> bool:
    """Whether the call that is being handled is the operator's: its user agent says so."""
    return has_request_context() and "reconciler" in request.headers.get("User-Agent", "")
