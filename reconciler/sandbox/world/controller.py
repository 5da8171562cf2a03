"""One service's step: let time pass for its tasks, replace the sick, judge the rollout, start and stop tasks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.ecs.models import ecs_backends
from moto.moto_api._internal import mock_random

from reconciler.sandbox.world import describe, events, rollout
from reconciler.sandbox.world.images import WELL, behaviour_of
from reconciler.sandbox.world.lifecycle import Change, next_change
from reconciler.sandbox.world.placement import Addresses, NoCapacityError, NoRoomError, free, may_stay, place
from reconciler.sandbox.world.scenario import Scenario
from reconciler.sandbox.world.scheduler import Member, Moves, blocked, bounds, moves, wind_down
from reconciler.sandbox.world.state import Service, Task
from reconciler.sandbox.world.targets import (
    HEALTHY,
    Checks,
    Health,
    Target,
    TargetGroups,
    Timeline,
    at,
    next_turn,
    timeline,
)

PLACEMENT_RETRY = timedelta(seconds=15)
STOPPED_TASKS_KEPT = timedelta(hours=1)
BLOCKED = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)


@dataclass
class Controller:
    """Moves services one step on. It is woken when something of theirs is due, or changed."""

    scenario: Scenario
    groups: TargetGroups
    addresses: Addresses
    changed: Callable[[Service, Task], None]
    """Told each time a task starts to run or has stopped."""
    crowd: Callable[[Service], int]
    """How many tasks the service's cluster holds."""

    def step(self, service: Service, now: datetime) -> datetime | None:
        """Do what is due by now; returns when to come back."""
        self._age(service, now)
        self._replace_sick(service, now)
        while self._judge(service, now):
            pass
        retry = self._schedule(service, now)
        self._settle(service, now)
        return min((when for when in (*self._turns(service, now), retry) if when and when > now), default=None)

    def stop(self, service: Service, task: Task, code: str, reason: str, now: datetime) -> None:
        """Take a task out of service: no new requests, then no requests, then no task."""
        task.wanted = False
        task.stop_code = code
        task.stopped_reason = reason
        task.drained_at = max((now, *self._deregister(service, task, now)))
        task.status = "DEACTIVATING" if task.drained_at > now else "STOPPING"
        self._announce(service, task, now)

    def target_healths(self, task: Task, now: datetime) -> list[tuple[str, tuple[str, int], Health]]:
        """Each target group the task is in, its address there and its health."""
        return [
            (group, (target.id, target.port), self.groups.health(group, target, now))
            for group, target in self._targets(task, now)
        ]

    def _age(self, service: Service, now: datetime) -> None:
        for task in list(service.tasks.values()):
            while (change := next_change(task)) is not None and change.when <= now:
                self._apply(service, task, change)
            if task.stopped_at is not None and task.stopped_at + STOPPED_TASKS_KEPT <= now:
                del service.tasks[task.id]

    def _apply(self, service: Service, task: Task, change: Change) -> None:
        task.status = change.status
        if change.status == "RUNNING":
            task.started_at = change.when
            self._register(service, task, change.when)
            self.changed(service, task)
        elif change.status == "STOPPED":
            self._end(service, task, change)
        self._announce(service, task, change.when)

    def _end(self, service: Service, task: Task, change: Change) -> None:
        task.stopped_at = change.when
        if task.wanted:
            task.wanted = False
            task.exit_code = change.exit_code
            task.stop_code = change.stop_code
            task.stopped_reason = change.reason
            self._deregister(service, task, change.when)
            self._count_failure(service, task, change.when)
            service.steady = False
        free(ecs_backends[service.account][service.region], service.cluster_name, task.place, self.addresses)
        self.changed(service, task)

    def _count_failure(self, service: Service, task: Task, now: datetime) -> None:
        deployment = rollout.find(service, task.deployment)
        if deployment is not None and not task.proven:
            rollout.failed_task(deployment, now)

    def _replace_sick(self, service: Service, now: datetime) -> None:
        grace = timedelta(seconds=service.fields.get("healthCheckGracePeriodSeconds") or 0)
        for task in _running(service):
            reason = self._sickness(task, grace, now)
            if reason is not None:
                events.say(service, f"(task {task.id}) {reason.removeprefix('Task ')}", now)
                self._count_failure(service, task, now)
                service.steady = False
                self.stop(service, task, "ServiceSchedulerInitiated", reason, now)
            elif not task.proven and self._serving(task, now):
                self._prove(service, task)

    def _prove(self, service: Service, task: Task) -> None:
        task.proven = True
        deployment = rollout.find(service, task.deployment)
        if deployment is not None and rollout.breaker(service)["resetOnHealthyTask"]:
            deployment.failed = 0
            deployment.retry_at = None

    def _sickness(self, task: Task, grace: timedelta, now: datetime) -> str | None:
        turns = container_timeline(task)
        if turns and at(turns, now).state == "unhealthy":
            return "Task failed container health checks"
        if task.started_at is None or now < task.started_at + grace:
            return None
        healths = self.target_healths(task, now)
        ill = next((group for group, _, health in healths if health.state == "unhealthy"), None)
        return f"Task failed ELB health checks in (target-group {ill})" if ill else None

    def _serving(self, task: Task, now: datetime) -> bool:
        if task.status != "RUNNING":
            return False
        turns = container_timeline(task)
        if turns and at(turns, now) != HEALTHY:
            return False
        return all(health == HEALTHY for _, _, health in self.target_healths(task, now))

    def _judge(self, service: Service, now: datetime) -> bool:
        """End the primary deployment if it is at its end; a rollback puts another in its place, to be judged too."""
        rollout.retire(service)
        deployment = service.primary
        if deployment.state != "IN_PROGRESS":
            return False
        breaker = rollout.breaker(service)
        if breaker["enable"] and deployment.failed >= rollout.breaker_threshold(service.desired_count, breaker):
            rollout.fail(service, now)
            return True
        if self._stands(service, now):
            rollout.complete(service, now)
            return True
        return False

    def _stands(self, service: Service, now: datetime) -> bool:
        """All tasks that are wanted serve, and no others are left."""
        tasks = [each for each in service.tasks.values() if each.status != "STOPPED"]
        return (
            len(tasks) == service.desired_count
            and all(each.wanted and each.deployment == service.primary.id for each in tasks)
            and all(self._serving(each, now) for each in tasks)
        )

    def _schedule(self, service: Service, now: datetime) -> datetime | None:
        deployment = service.primary
        configuration = service.fields["deploymentConfiguration"]
        limits = bounds(service.desired_count, configuration["minimumHealthyPercent"], configuration["maximumPercent"])
        members = self._members(service, now)
        decide = wind_down if deployment.state == "FAILED" else moves
        decided = decide(service.desired_count, limits, members)
        if decided == Moves() and blocked(limits, members):
            events.say_once(service, BLOCKED, now)
        self._stop_all(service, [service.tasks[each] for each in decided.stop], now)
        if deployment.retry_at is not None and now < deployment.retry_at:
            return deployment.retry_at
        return self._start_all(service, decided.start, now)

    def _members(self, service: Service, now: datetime) -> list[Member]:
        backend = ecs_backends[service.account][service.region]
        return [
            Member(
                id=each.id,
                current=each.deployment == service.primary.id and may_stay(backend, service.cluster_name, each.place),
                serving=self._serving(each, now),
            )
            for each in service.tasks.values()
            if each.wanted
        ]

    def _stop_all(self, service: Service, tasks: list[Task], now: datetime) -> None:
        if not tasks:
            return
        reason = f"Scaling activity initiated by (deployment {service.primary.id})"
        running = [each for each in tasks if each.status == "RUNNING"]
        for task in tasks:
            self.stop(service, task, "ServiceSchedulerInitiated", reason, now)
        if running:
            events.say(service, f"has stopped {len(running)} running tasks: {events.listing(running)}.", now)
        service.steady = False

    def _start_all(self, service: Service, number: int, now: datetime) -> datetime | None:
        started: list[Task] = []
        try:
            for _ in range(number):
                started.append(self._start(service, now))  # noqa: PERF401 - those started before room ran out stay
        except NoRoomError as refusal:
            self._say_no_room(service, refusal, now)
        if started:
            events.say(service, f"has started {len(started)} tasks: {events.listing(started)}.", now)
            service.steady = False
        return now + PLACEMENT_RETRY if len(started) < number else None

    def _start(self, service: Service, now: datetime) -> Task:
        backend = ecs_backends[service.account][service.region]
        definition = backend.describe_task_definition(service.task_definition)
        limit = self.scenario.capacity.get(service.cluster_name)
        if limit is not None and self.crowd(service) >= limit:
            raise NoCapacityError
        spot = place(backend, service, definition, self.addresses)
        task_id = mock_random.get_random_hex(32)
        task = Task(
            id=task_id,
            arn=f"{service.cluster_arn.rsplit(':', 1)[0]}:task/{service.cluster_name}/{task_id}",
            service=service.arn,
            deployment=service.primary.id,
            definition=definition,
            behaviour=_behaviour(definition, self.scenario),
            place=spot,
            created_at=now,
            tags=_task_tags(service, definition),
            targets=tuple(
                (each["targetGroupArn"], each["containerPort"])
                for each in service.load_balancers
                if each.get("targetGroupArn")
            ),
            status="PROVISIONING" if spot.ip else "PENDING",
        )
        service.tasks[task.id] = task
        self._announce(service, task, now)
        return task

    def _say_no_room(self, service: Service, refusal: NoRoomError, now: datetime) -> None:
        events.say(service, refusal.told, now)
        events.service_action(service, "SERVICE_TASK_PLACEMENT_FAILURE", now, level="ERROR", reason=str(refusal))
        service.steady = False

    def _settle(self, service: Service, now: datetime) -> None:
        if service.status == "DRAINING" and all(
            each.status in ("STOPPING", "STOPPED") for each in service.tasks.values()
        ):
            service.status = "INACTIVE"
            service.ended_at = now
        elif not service.steady and service.status == "ACTIVE" and service.primary.state == "COMPLETED":
            self._announce_steady(service, now)

    def _announce_steady(self, service: Service, now: datetime) -> None:
        if self._stands(service, now):
            service.steady = True
            events.say(service, "has reached a steady state.", now)
            events.service_action(service, "SERVICE_STEADY_STATE", now)

    def _register(self, service: Service, task: Task, now: datetime) -> None:
        for group, port in task.targets:
            address = task.place.address(port)
            target = Target(*address, registered_at=now, answers=task.answers, owner=service.arn, task=task.arn)
            self.groups.register(group, target)
            events.say(service, f"registered 1 targets in (target-group {group})", now)

    def _deregister(self, service: Service, task: Task, now: datetime) -> list[datetime]:
        if task.started_at is None:
            return []
        drained = []
        for group, port in task.targets:
            gone = self.groups.deregister(group, task.place.address(port), now)
            events.say(service, f"deregistered 1 targets in (target-group {group})", now)
            if gone > now:
                events.say(service, "has begun draining connections on 1 tasks.", now)
            drained.append(gone)
        return drained

    def _targets(self, task: Task, now: datetime) -> Iterable[tuple[str, Target]]:
        for group, _ in task.targets:
            for target in self.groups.targets(group, now):
                if target.task == task.arn:
                    yield group, target

    def _turns(self, service: Service, now: datetime) -> Iterable[datetime | None]:
        grace = timedelta(seconds=service.fields.get("healthCheckGracePeriodSeconds") or 0)
        for task in service.tasks.values():
            change = next_change(task)
            yield change.when if change else None
            if task.status == "RUNNING" and task.started_at is not None:
                yield task.started_at + grace
                yield next_turn(container_timeline(task), now)
                for group, target in self._targets(task, now):
                    yield next_turn(self.groups.timeline(group, target), now)

    def _announce(self, service: Service, task: Task, now: datetime) -> None:
        if events.heard(service):
            events.task_changed(service, describe.task(service, task, container_health(task, now)), now)


def container_health(task: Task, now: datetime) -> str:
    """The health of the task's containers, in ECS's words."""
    turns = container_timeline(task)
    if not turns or task.status != "RUNNING":
        return "UNKNOWN"
    return {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}.get(at(turns, now).state, "UNKNOWN")


def container_timeline(task: Task) -> Timeline:
    """The healths of a task's containers; empty where none has a health check."""
    check = next(
        (each["healthCheck"] for each in task.definition.container_definitions if each.get("healthCheck")), None
    )
    if check is None or task.started_at is None:
        return ()
    interval = timedelta(seconds=check.get("interval") or 30)
    checks = Checks(
        rise=interval,
        fall=interval * (check.get("retries") or 3),
        grace=timedelta(seconds=check.get("startPeriod") or 0),
    )
    return timeline(task.started_at, task.answers, checks)


def _running(service: Service) -> list[Task]:
    return [each for each in service.tasks.values() if each.wanted and each.status == "RUNNING"]


def _behaviour(definition: Any, scenario: Scenario) -> Any:
    behaviours = [behaviour_of(each["image"], scenario.images) for each in definition.container_definitions]
    return next((each for each in behaviours if each != WELL), WELL)


def _task_tags(service: Service, definition: Any) -> list[dict[str, str]]:
    match service.fields["propagateTags"]:
        case "SERVICE":
            return list(service.tags)
        case "TASK_DEFINITION":
            return list(definition.tags)
        case _:
            return []
