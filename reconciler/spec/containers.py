"""A container of the task, whoever describes it: the short form, `task_definition:`, or one laid over the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.spec.errors import Path
from reconciler.spec.models import ServiceSpec, Sidecar
from reconciler.spec.passthrough import containers as passed_through


class Need(NamedTuple):
    """A container that another cannot start without, and where that is said. Without a condition it only must run."""

    name: str
    path: Path
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """What the short form says of a container, and what is laid over it in ECS's words (well formed, as ECS has it).

    `short` is None for a container that only `task_definition:` describes.
    """

    name: str
    short: ServiceSpec | Sidecar | None
    short_path: Path
    over: Mapping[str, Any]
    over_path: Path

    @property
    def path(self) -> Path:
        """Where it is described first."""
        return self.short_path if self.short else self.over_path

    @property
    def essential(self) -> bool:
        """Whether the task ends when it ends."""
        return bool(self.over.get("essential", self.short.essential if isinstance(self.short, Sidecar) else True))

    @property
    def health_command(self) -> tuple[str, ...]:
        """The command of its health check."""
        if self.short:
            return self.short.health_check.command if self.short.health_check else ()
        return tuple(self.over.get("healthCheck", {}).get("command", ()))

    @property
    def health_command_path(self) -> Path:
        """Where the command of its health check is written."""
        return (
            (*self.short_path, "health_check", "command") if self.short else (*self.over_path, "healthCheck", "command")
        )

    def at(self, field: str) -> Path:
        """Where a field that is laid over it is written."""
        return (*self.over_path, field)

    def needs(self) -> Iterator[Need]:
        """Every container that must be there before it can start."""
        yield from self.volumes_from()
        yield from self.links()
        yield from self.waits()

    def waits(self) -> Iterator[Need]:
        """The containers that must be in some state first."""
        if self.short:
            for name, condition in self.short.depends_on.items():
                yield Need(name, (*self.short_path, "depends_on", name), condition)
        for number, item in enumerate(self.over.get("dependsOn", ())):
            yield Need(item["containerName"], (*self.at("dependsOn"), number), item["condition"])

    def links(self) -> Iterator[Need]:
        """The containers that it is linked to by `task_definition:`; an alias may follow the name."""
        for number, link in enumerate(self.over.get("links", ())):
            yield Need(link.partition(":")[0], (*self.at("links"), number))

    def volumes_from(self) -> Iterator[Need]:
        """The containers whose volumes it takes."""
        for number, item in enumerate(self.over.get("volumesFrom", ())):
            yield Need(item.get("sourceContainer", ""), (*self.at("volumesFrom"), number))


def needed_by(name: str, containers: Mapping[str, Container]) -> set[str]:
    """The containers that one cannot start without, directly or by way of others."""
    needed: set[str] = set()
    coming = [name]
    while coming:
        found = {need.name for need in containers[coming.pop()].needs()} & containers.keys() - needed
        needed |= found
        coming += found
    return needed


def containers_of(name: str, spec: ServiceSpec) -> dict[str, Container]:
    """Every container of a service's task by its name: its own first, its sidecars, and those only passed through."""
    over = {container.name: container for container in passed_through(spec.task_definition) if container.name}
    short: dict[str, tuple[ServiceSpec | Sidecar | None, Path]] = {
        **{sidecar: (found, ("sidecars", sidecar)) for sidecar, found in spec.sidecars.items()},
        name: (spec, ()),
    }
    names = dict.fromkeys([name, *spec.sidecars, *over])
    found: dict[str, Container] = {}
    for each in names:
        described, path = short.get(each, (None, ()))
        laid = over.get(each)
        found[each] = Container(each, described, path, laid.fields if laid else {}, laid.path if laid else ())
    return found
