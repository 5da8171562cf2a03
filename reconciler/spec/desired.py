"""What git says, everything resolved: services in clusters, and what must be left alone while a file is wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model import ServiceKey
from reconciler.spec.errors import SpecError
from reconciler.spec.images import parse_image
from reconciler.spec.layout import Concern
from reconciler.spec.models import ClusterSpec, LaunchType, Listener, ServiceSpec

_PLACEHOLDER = re.compile(r"\{(cluster|service|region|account)\}")


@dataclass(frozen=True, slots=True)
class Workload:
    """A service in a cluster: what the kinds make AWS resources of."""

    key: ServiceKey
    cluster: ClusterSpec
    spec: ServiceSpec
    version: str
    environment: Mapping[str, str]

    @property
    def instances(self) -> int:
        """Number of tasks in this cluster."""
        return self.spec.instances[self.key.cluster]

    @property
    def image(self) -> str:
        """The full reference of the service's image, with the version that runs here."""
        image = self.spec.image or f"{self.cluster.defaults.registry}/{self.key.service}"
        return image if parse_image(image).version else f"{image}:{self.version}"

    @property
    def launch_type(self) -> LaunchType:
        """The service's own, or the cluster's default."""
        return self.spec.launch_type or self.cluster.defaults.launch_type

    @property
    def execution_role(self) -> str | None:
        """The service's own, or the cluster's default."""
        return self.spec.execution_role or self.cluster.defaults.execution_role

    @property
    def task_role(self) -> str | None:
        """The service's own, or the cluster's default."""
        return self.spec.task_role or self.cluster.defaults.task_role

    @property
    def network_mode(self) -> str:
        """ECS's network mode: Fargate knows awsvpc only; on EC2 bridge gives each task host ports of its own."""
        if self.launch_type == "FARGATE":
            return "awsvpc"
        return str(self.spec.task_definition.get("networkMode", "bridge"))

    @property
    def ecs_cluster(self) -> str:
        """Name of the ECS cluster it runs on."""
        return self.cluster.ecs_cluster or self.key.cluster

    def filled(self, text: str) -> str:
        """The text with {cluster}, {service}, {region} and {account} filled in."""
        values = {
            "cluster": self.key.cluster,
            "service": self.key.service,
            "region": self.cluster.region,
            "account": self.cluster.account,
        }
        return _PLACEHOLDER.sub(lambda match: values[match[1]], text)

    def hostname(self, listener: Listener) -> str:
        """The DNS name of one way in."""
        return f"{listener.subdomain}.{self.cluster.zone}"


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything one revision asks for. `workloads` are the good ones, sorted; `errors` say why others are missing."""

    revision: str
    clusters: Mapping[str, ClusterSpec] = field(default_factory=dict)
    workloads: tuple[Workload, ...] = ()
    errors: tuple[SpecError, ...] = ()
    broken: Concern = field(default_factory=Concern)

    def protects(self, key: ServiceKey) -> bool:
        """Whether the service must be left as it is: what git wants of it, or of its cluster, could not be read."""
        return self.broken.covers(key)
