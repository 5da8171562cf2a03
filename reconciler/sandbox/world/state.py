"""What the simulated ECS consists of: services, their deployments and revisions, tasks."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reconciler.sandbox.world.images import Behaviour
from reconciler.sandbox.world.targets import Answers

PROVISIONING_TIME = timedelta(seconds=1)
STOPPING_TIME = timedelta(seconds=1)
EVENTS_KEPT = 100

DEPLOYED = (
    "taskDefinition",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
"""The fields of a service whose change starts a deployment; all others change in place."""


@dataclass(frozen=True)
class Place:
    """Where a task runs: on a container instance, or with an address of its own, or both."""

    instance: str | None = None
    ec2_instance: str | None = None
    zone: str | None = None
    subnet: str | None = None
    ip: str | None = None
    host_ports: Mapping[int, int] = field(default_factory=dict)
    needs: Mapping[str, Any] = field(default_factory=dict)

    def address(self, container_port: int) -> tuple[str, int]:
        """What a target group knows the task by."""
        if self.ip is not None:
            return self.ip, container_port
        return str(self.ec2_instance), self.host_ports[container_port]


@dataclass(slots=True)
class Task:
    """One task of a service."""

    id: str
    arn: str
    service: str
    deployment: str
    definition: Any
    behaviour: Behaviour
    place: Place
    created_at: datetime
    tags: list[dict[str, str]]
    targets: tuple[tuple[str, int], ...]
    """Each target group it belongs in, with the container port."""
    status: str = "PENDING"
    wanted: bool = True
    started_at: datetime | None = None
    drained_at: datetime | None = None
    stopped_at: datetime | None = None
    exit_code: int | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    proven: bool = False
    """It has served once, so what happens to it later is not its deployment's fault."""

    @property
    def answers(self) -> Answers:
        """When it gives good answers."""
        if self.started_at is None:
            return Answers(None)
        since = self.started_at + timedelta(seconds=self.behaviour.answers_after)
        sick_after = self.behaviour.sick_after
        return Answers(since, None if sick_after is None else since + timedelta(seconds=sick_after))


@dataclass(frozen=True)
class Revision:
    """One set of the fields that a deployment rolls out."""

    arn: str
    created_at: datetime
    fields: Mapping[str, Any]


@dataclass(slots=True)
class Deployment:
    """One rollout of a revision. The first of a service's deployments is its PRIMARY one."""

    id: str
    arn: str
    revision: Revision
    created_at: datetime
    promoted_at: datetime
    """When it became PRIMARY, at first or again: deployments[] of a service calls that its creation."""
    updated_at: datetime
    sources: tuple[str, ...] = ()
    """The revisions that ran when it began."""
    state: str = "IN_PROGRESS"
    reason: str = ""
    outcome: str = "IN_PROGRESS"
    """Its status in DescribeServiceDeployments, where a rollback is told from a success."""
    failed: int = 0
    retry_at: datetime | None = None
    rollback: str | None = None
    """The id of the deployment it was rolled back to."""
    finished_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Service:
    """One ECS service. `fields` holds what people set, in the API's names and with AWS's defaults.

    moto looks at services too (tags, Application Auto Scaling), so the attributes it reads have moto's names.
    """

    account: str
    region: str
    cluster_name: str
    cluster_arn: str
    name: str
    arn: str
    fields: dict[str, Any]
    desired_count: int
    tags: list[dict[str, str]]
    created_at: datetime
    status: str = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)
    history: list[Deployment] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    steady: bool = False
    ended_at: datetime | None = None

    @property
    def primary(self) -> Deployment:
        """The deployment that holds now."""
        return self.deployments[0]

    @property
    def physical_resource_id(self) -> str:
        """The ARN, to moto's tagging."""
        return self.arn

    @property
    def task_definition(self) -> str:
        """The ARN of the task definition."""
        return str(self.fields["taskDefinition"])

    @property
    def launch_type(self) -> str | None:
        """FARGATE or EC2; None where a capacity provider decides."""
        return self.fields.get("launchType")

    @property
    def network_configuration(self) -> dict[str, Any] | None:
        """Subnets and security groups."""
        return self.fields.get("networkConfiguration")

    @property
    def load_balancers(self) -> list[dict[str, Any]]:
        """The target groups its tasks register in."""
        return list(self.fields["loadBalancers"])

    @property
    def scheduling_strategy(self) -> str:
        """REPLICA or DAEMON."""
        return str(self.fields["schedulingStrategy"])

    def deployed(self) -> dict[str, Any]:
        """The fields a deployment rolls out, as they are."""
        return {name: self.fields[name] for name in DEPLOYED if name in self.fields}
