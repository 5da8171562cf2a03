"""What a check of one service looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.spec.containers import Container, containers_of
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError, rooted
from reconciler.spec.judge import Judged
from reconciler.spec.models import ClusterSpec, ServiceSpec
from reconciler.spec.own_roles import OwnRole
from reconciler.spec.service import ServiceFiles


@dataclass(frozen=True, slots=True)
class Case:
    """A service, as far as its service.yml is well formed, and what it comes to in each cluster whose file is good.

    `clusters` are all that there are; None stands for one whose file is wrong.
    Errors call the tree of files `root`. `own_roles` are the operator's.
    """

    files: ServiceFiles
    service: Judged[ServiceSpec]
    spec: ServiceSpec
    workloads: Sequence[Workload]
    clusters: Mapping[str, Judged[ClusterSpec] | None]
    root: str
    own_roles: Sequence[OwnRole]

    @property
    def settled(self) -> bool:
        """Whether it is known what the service comes to in every one of its clusters."""
        return 0 < len(self.workloads) == len(self.service.names("instances"))

    @property
    def described(self) -> frozenset[str]:
        """Containers that the short form describes: the service's own, named like it, and its sidecars."""
        return frozenset({self.files.name, *self.spec.sidecars})

    @property
    def containers(self) -> dict[str, Container]:
        """Every container of the task."""
        return containers_of(self.files.name, self.spec)

    def where(self, cluster: str, path: Path) -> str:
        """Where a cluster's file speaks of `path`, as `desired/clusters/prod.yml:7`; "" when it does not."""
        file = self.clusters[cluster]
        if file is None or path not in file.document.value_marks:
            return ""
        return f"{rooted(self.root, file.path)}:{file.document.where_key(path).line}"

    def error(self, path: Path, message: str) -> SpecError:
        """Something wrong with the value at `path` of service.yml."""
        return self.service.error(path, message)

    def error_at_key(self, path: Path, message: str) -> SpecError:
        """Something wrong with the name at `path` of service.yml."""
        return self.service.error(path, message, at_key=True)
