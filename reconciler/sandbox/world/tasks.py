"""ECS's own API of tasks, answered by the world instead of moto."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.ecs.models import ecs_backends

from reconciler.sandbox.calls import AwsRefusal, Call
from reconciler.sandbox.world import describe
from reconciler.sandbox.world.controller import container_health
from reconciler.sandbox.world.paging import LARGEST_PAGE, page
from reconciler.sandbox.world.state import Service, Task
from reconciler.sandbox.world.world import World

UNSIMULATED = (
    "RunTask",
    "StartTask",
    "CreateTaskSet",
    "DescribeTaskSets",
    "UpdateTaskSet",
    "DeleteTaskSet",
    "UpdateServicePrimaryTaskSet",
)
"""What moto would accept, and no task would ever come of it."""

Reply = Mapping[str, Any]


def answers(world: World) -> dict[tuple[str, str], Callable[[Call], Reply]]:
    """The operations this module answers."""
    api = Tasks(world)
    return {
        ("ecs", "ListTasks"): api.list_,
        ("ecs", "DescribeTasks"): api.describe,
        ("ecs", "StopTask"): api.stop,
        **{("ecs", operation): _refuse for operation in UNSIMULATED},
    }


class Tasks:
    """The answers, over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def list_(self, call: Call) -> Reply:
        """ListTasks: those that run, or are meant to, unless asked for the stopped ones."""
        wanted = call.parameters.get("desiredStatus", "RUNNING") != "STOPPED"
        services = self._services(call)
        arns = sorted(
            task.arn
            for service in services
            for task in service.tasks.values()
            if task.wanted == wanted and _matches(task, call.parameters)
        )
        shown, token = page(arns, call.parameters, default=LARGEST_PAGE)
        return {"taskArns": shown, **token}

    def describe(self, call: Call) -> Reply:
        """DescribeTasks."""
        tags = "TAGS" in call.parameters.get("include", ())
        known = self._by_id(call)
        tasks, failures = [], []
        for name in call.parameters["tasks"]:
            found = known.get(name.rsplit("/", 1)[-1])
            if found is None:
                failures.append({"arn": _task_arn(call, name), "reason": "MISSING"})
            else:
                shown = self._shown(*found)
                tasks.append(shown if tags else {key: value for key, value in shown.items() if key != "tags"})
        return {"tasks": tasks, "failures": failures}

    def stop(self, call: Call) -> Reply:
        """StopTask. Its service starts another one."""
        found = self._by_id(call).get(call.parameters["task"].rsplit("/", 1)[-1])
        if found is None:
            raise AwsRefusal("InvalidParameterException", "The referenced task was not found.")
        service, task = found
        if task.wanted:
            reason = call.parameters.get("reason") or "Task stopped by user"
            self._world.stop_task(service, task, "UserInitiated", reason)
        return {"task": self._shown(service, task)}

    def _shown(self, service: Service, task: Task) -> Mapping[str, Any]:
        return describe.task(service, task, container_health(task, self._world.now))

    def _services(self, call: Call) -> list[Service]:
        cluster = _cluster(call)
        services = self._world.services_of(cluster.arn)
        name = call.parameters.get("serviceName")
        if name is None:
            return services
        named = [each for each in services if name in (each.name, each.arn)]
        if not named:
            raise AwsRefusal("ServiceNotFoundException", "Service not found.")
        return named

    def _by_id(self, call: Call) -> dict[str, tuple[Service, Task]]:
        services = self._world.services_of(_cluster(call).arn)
        return {task.id: (service, task) for service in services for task in service.tasks.values()}


def _refuse(call: Call) -> Reply:
    raise NotImplementedError(call.operation)


def _cluster(call: Call) -> Any:
    return ecs_backends[call.account][call.region]._get_cluster(call.parameters.get("cluster", "default"))


def _task_arn(call: Call, name: str) -> str:
    cluster = _cluster(call)
    return name if name.startswith("arn:") else f"{cluster.arn.rsplit(':', 1)[0]}:task/{cluster.name}/{name}"


def _matches(task: Task, parameters: Mapping[str, Any]) -> bool:
    instance = parameters.get("containerInstance")
    return (
        parameters.get("family") in (None, task.definition.family)
        and parameters.get("startedBy") in (None, task.deployment)
        and (instance is None or (task.place.instance or "").endswith(instance.rsplit("/", 1)[-1]))
    )
