"""The files of one service, together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.model import ServiceKey
from reconciler.spec.desired import Workload
from reconciler.spec.errors import START, SpecError
from reconciler.spec.images import parse_image
from reconciler.spec.judge import Judged, judge
from reconciler.spec.layout import DEFAULT, SpecFile
from reconciler.spec.models import ClusterSpec, ConfigSpec, ReleaseSpec, ServiceSpec
from reconciler.spec.overlay import environment
from reconciler.spec.passthrough import without_answers


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """service.yml and what may stand beside it, each judged alone."""

    name: str
    service: Judged[ServiceSpec] | None = None
    config: Judged[ConfigSpec] | None = None
    release: Judged[ReleaseSpec] | None = None

    @property
    def errors(self) -> list[SpecError]:
        """What is wrong with the files, one by one."""
        return [error for file in (self.service, self.config, self.release) if file for error in file.errors]

    @property
    def orphans(self) -> list[SpecError]:
        """What is wrong with files that have no service.yml beside them."""
        message = "there is no service.yml beside this; add it, or delete the directory"
        beside = [file for file in (self.config, self.release) if file and not self.service]
        return [SpecError(file.path, *START, message) for file in beside]

    def version(self, cluster: str) -> str:
        """The version that runs in `cluster`: release.yml's, or what the image itself pins; "" when nothing says."""
        versions = self.release.spec.root if self.release and self.release.spec else {}
        image = self.service.spec.image if self.service and self.service.spec else None
        return versions.get(cluster) or versions.get(DEFAULT) or parse_image(image or "").version

    def workloads(self, clusters: Mapping[str, ClusterSpec]) -> list[Workload]:
        """The service in each of its clusters that is known, for checks even while something is wrong with it."""
        if not self.service or not self.service.spec:
            return []
        spec = self.service.spec
        unclear = bool(self.errors)
        return [
            Workload(
                key=ServiceKey(name, self.name),
                cluster=clusters[name],
                spec=spec,
                version="" if unclear else self.version(name),
                environment=self._environment(spec, name),
            )
            for name in self.service.names("instances")
            if name in clusters
        ]

    def _environment(self, spec: ServiceSpec, cluster: str) -> dict[str, str]:
        """What the service's own container is told in `cluster`; nothing while that is unclear."""
        if self.config and not self.config.spec:
            return {}
        config = self.config.spec.root if self.config and self.config.spec else {}
        return environment(getattr(spec, "environment", {}), config, cluster)


def gather(files: Iterable[SpecFile]) -> list[ServiceFiles]:
    """Judge the files of every service, sorted by its name."""
    services: dict[str, ServiceFiles] = {}
    for file in files:
        beside = services.setdefault(file.name, ServiceFiles(file.name))
        match file.kind:
            case "service":
                services[file.name] = replace(beside, service=_service(file))
            case "config":
                services[file.name] = replace(beside, config=judge(file, ConfigSpec))
            case "release":
                services[file.name] = replace(beside, release=judge(file, ReleaseSpec))
    return [services[name] for name in sorted(services)]


def _service(file: SpecFile) -> Judged[ServiceSpec]:
    judged = judge(file, ServiceSpec)
    return replace(judged, spec=without_answers(judged.spec)) if judged.spec else judged
