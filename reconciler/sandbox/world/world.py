"""The simulated world behind the API: what moto stores happens here, as the clock goes on."""

from collections.abc import Callable
from datetime import timedelta
from threading import RLock

from moto.ecs.models import ecs_backends

from reconciler.clock import Clock
from reconciler.sandbox.calls import Call
from reconciler.sandbox.world.agenda import Agenda
from reconciler.sandbox.world.controller import Controller, container_health
from reconciler.sandbox.world.instances import add_instances
from reconciler.sandbox.world.placement import Addresses
from reconciler.sandbox.world.records import TargetRecord, TaskRecord, record
from reconciler.sandbox.world.scenario import Scenario
from reconciler.sandbox.world.state import Service, Task
from reconciler.sandbox.world.targets import TargetGroups

INACTIVE_SERVICES_KEPT = timedelta(hours=1)
CHANGES_OF_FORWARDING = (
    "CreateListener",
    "ModifyListener",
    "DeleteListener",
    "CreateRule",
    "ModifyRule",
    "DeleteRule",
    "DeleteLoadBalancer",
)
CHANGES_OF_ROOM = (
    "RegisterContainerInstance",
    "DeregisterContainerInstance",
    "UpdateContainerInstancesState",
    "PutAttributes",
    "DeleteAttributes",
)

Subscriber = Callable[[TaskRecord], None]


class World:
    """Services, tasks and targets of every account and region, and the passing of time.

    All of it is deterministic given the clock. `lock` is held by every API call, and by what is meant for use
    from outside: `tick`, `tasks`, `targets`, `subscribe` and `add_instances`.
    """

    def __init__(self, clock: Clock, scenario: Scenario) -> None:
        self.now = clock.now()
        self.lock = RLock()
        self.groups = TargetGroups()
        self._clock = clock
        self._services: dict[str, Service] = {}
        self._by_cluster: dict[str, dict[str, Service]] = {}
        self._agenda = Agenda()
        self._subscribers: list[Subscriber] = []
        self._controller = Controller(scenario, self.groups, Addresses(), self._publish, self._crowd)

    def tick(self) -> None:
        """Let everything happen that is due by now, in the order of time."""
        with self.lock:
            until = self._clock.now()
            while (due := self._agenda.take(until)) is not None:
                when, arn = due
                self.now = max(self.now, when)
                if arn in self._services:
                    self.step(self._services[arn])
            self.now = max(self.now, until)

    def tasks(self, cluster: str | None = None, service: str | None = None) -> tuple[TaskRecord, ...]:
        """The tasks that have not stopped, by name of cluster and service."""
        with self.lock:
            return tuple(
                self._record(each, task)
                for each in self._services.values()
                if cluster in (None, each.cluster_name) and service in (None, each.name)
                for task in each.tasks.values()
                if task.status != "STOPPED"
            )

    def targets(self, group: str) -> tuple[TargetRecord, ...]:
        """The targets of a target group, with their health and the task behind each."""
        with self.lock:
            return tuple(
                TargetRecord(group, each.id, each.port, self.groups.health(group, each, self.now).state, each.task)
                for each in self.groups.targets(group, self.now)
            )

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with each task that starts to run or has stopped. The lock is held: be quick."""
        with self.lock:
            self._subscribers.append(subscriber)

    def add_instances(
        self,
        cluster: str,
        number: int,
        *,
        account: str = "123456789012",
        region: str = "us-east-1",
        cpu: int = 4096,
        memory: int = 16384,
    ) -> tuple[str, ...]:
        """Start EC2 instances that join an ECS cluster; returns the container instances' ARNs."""
        with self.lock:
            arns = add_instances(ecs_backends[account][region], cluster, number, cpu=cpu, memory=memory)
            self._wake_cluster(account, region, cluster)
            self.tick()
        return arns

    def add(self, service: Service) -> None:
        """A service was created."""
        self._services[service.arn] = service
        self._by_cluster.setdefault(service.cluster_arn, {})[service.arn] = service
        backend = ecs_backends[service.account][service.region]
        backend.services[f"{service.cluster_name}:{service.name}"] = service  # type: ignore[assignment]
        self.step(service)

    def service(self, arn: str) -> Service | None:
        """The service of that ARN; one that was deleted is remembered for a while."""
        found = self._services.get(arn)
        if found is not None and found.ended_at and found.ended_at + INACTIVE_SERVICES_KEPT <= self.now:
            self._forget(found)
            return None
        return found

    def services_of(self, cluster_arn: str) -> list[Service]:
        """The services of a cluster, deleted ones included."""
        return list(self._by_cluster.get(cluster_arn, {}).values())

    def step(self, service: Service) -> None:
        """Do what the service has to do now, and note when it has something to do next."""
        self._agenda.put(service.arn, self._controller.step(service, self.now))

    def stop_task(self, service: Service, task: Task, code: str, reason: str) -> None:
        """Stop a task from outside."""
        service.steady = False
        self._controller.stop(service, task, code, reason, self.now)
        self.step(service)

    def before(self, call: Call) -> None:
        """Let the world reach the time of a call, and show in moto what the call may read there."""
        self.tick()
        if (call.service, call.operation) == ("ecs", "DescribeClusters"):
            self._count(call)

    def after(self, call: Call, error: str | None) -> None:
        """See what a call changed in moto."""
        if error is not None:
            return
        if call.service == "elbv2":
            self._see_balancing(call)
        elif call.service == "ecs" and call.operation in CHANGES_OF_ROOM:
            self._wake_cluster(call.account, call.region, call.parameters.get("cluster", "default"))
            self.tick()

    def _see_balancing(self, call: Call) -> None:
        groups: set[str] = set()
        if call.operation in CHANGES_OF_FORWARDING:
            groups = self.groups.watch(call.account, call.region, self.now)
        elif call.operation in ("ModifyTargetGroup", "RegisterTargets", "DeregisterTargets"):
            groups = {call.parameters["TargetGroupArn"]}
        elif call.operation == "DeleteTargetGroup":
            self.groups.forget(call.parameters["TargetGroupArn"])
        for group in groups:
            for owner in self.groups.owners(group):
                self.step(self._services[owner])

    def _wake_cluster(self, account: str, region: str, cluster: str) -> None:
        arn = ecs_backends[account][region]._get_cluster(cluster).arn
        for service in self.services_of(arn):
            self._agenda.wake(service.arn, self.now)

    def _count(self, call: Call) -> None:
        for cluster in ecs_backends[call.account][call.region].clusters.values():
            services = self.services_of(cluster.arn)
            tasks = [task for each in services for task in each.tasks.values()]
            cluster.active_services_count = sum(each.status == "ACTIVE" for each in services)
            cluster.running_tasks_count = sum(each.status == "RUNNING" for each in tasks)
            cluster.pending_tasks_count = sum(each.status in ("PROVISIONING", "PENDING") for each in tasks)

    def _crowd(self, service: Service) -> int:
        return sum(
            task.status != "STOPPED" for each in self.services_of(service.cluster_arn) for task in each.tasks.values()
        )

    def _publish(self, service: Service, task: Task) -> None:
        for subscriber in self._subscribers:
            subscriber(self._record(service, task))

    def _record(self, service: Service, task: Task) -> TaskRecord:
        return record(service, task, container_health(task, self.now), self._controller.target_healths(task, self.now))

    def _forget(self, service: Service) -> None:
        del self._services[service.arn]
        del self._by_cluster[service.cluster_arn][service.arn]
        backend = ecs_backends[service.account][service.region]
        backend.services.pop(f"{service.cluster_name}:{service.name}", None)
