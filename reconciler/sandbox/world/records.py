"""What the world tells of its tasks and targets to those outside: tests, and the proxies that send them traffic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.sandbox.world.state import Service, Task
from reconciler.sandbox.world.targets import Health


@dataclass(frozen=True)
class TargetRecord:
    """One address in a target group, its health there, and the ARN of the task behind it."""

    group: str
    id: str
    port: int
    health: str
    task: str | None


@dataclass(frozen=True)
class TaskRecord:
    """One task as it is at this moment."""

    arn: str
    id: str
    account: str
    region: str
    cluster: str
    service: str
    deployment: str
    status: str
    wanted: bool
    health: str
    task_definition: str
    images: tuple[str, ...]
    environment: Mapping[str, str]
    instance: str | None
    zone: str | None
    ip: str | None
    host_ports: Mapping[int, int]
    targets: tuple[TargetRecord, ...]
    created_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    exit_code: int | None
    stopped_reason: str | None

    @property
    def image(self) -> str:
        """The image of the first container."""
        return self.images[0]


def record(
    service: Service, task: Task, health: str, targets: Iterable[tuple[str, tuple[str, int], Health]]
) -> TaskRecord:
    """The record of a task."""
    containers = task.definition.container_definitions
    return TaskRecord(
        arn=task.arn,
        id=task.id,
        account=service.account,
        region=service.region,
        cluster=service.cluster_name,
        service=service.name,
        deployment=task.deployment,
        status=task.status,
        wanted=task.wanted,
        health=health,
        task_definition=task.definition.arn,
        images=tuple(each["image"] for each in containers),
        environment={pair["name"]: pair["value"] for each in containers for pair in each.get("environment") or ()},
        instance=task.place.instance,
        zone=task.place.zone,
        ip=task.place.ip,
        host_ports=dict(task.place.host_ports),
        targets=tuple(TargetRecord(group, *address, health.state, task.arn) for group, address, health in targets),
        created_at=task.created_at,
        started_at=task.started_at,
        stopped_at=task.stopped_at,
        exit_code=task.exit_code,
        stopped_reason=task.stopped_reason,
    )
