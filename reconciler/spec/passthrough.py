"""`task_definition:` and `service:`, held against the ECS API's own model.

They take whatever the short form lacks, in ECS's words, and what `aws ecs describe-…` prints can be pasted in: what
ECS only ever answers is dropped. What the operator decides itself is refused, with the short form to use instead.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.spec import shapes
from reconciler.spec.errors import Path
from reconciler.spec.models import ServiceSpec
from reconciler.spec.shapes import Finding
from reconciler.spec.wording import did_you_mean

_UNREADABLE = "ECS never tells what it is, so nobody would see a change of it or put it back"
_TAGS = "tags say who owns what, so the operator sets them itself"


@dataclass(frozen=True, slots=True)
class Section:
    """One of the two sections: ECS's shapes of it, and the fields in it that the operator decides itself.

    What ECS was told is read back from its `answer` or, a part of it, from `also_answered`.
    """

    name: str
    operation: str
    answer: str
    owned: Mapping[str, str]
    also_answered: tuple[str, ...] = ()

    def without_answers(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The section without what only ECS's answers have."""
        if not value:
            return {}  # spares reading ECS's model, which few specs need
        dropped = shapes.members(self.answer) - shapes.request(self.operation).members.keys()
        return {name: item for name, item in value.items() if name not in dropped}

    def findings(self, value: Mapping[str, Any]) -> Iterator[Finding]:
        """What is wrong with the section by ECS's model, is the operator's, or could never be compared."""
        refused = {**dict.fromkeys(self._unreadable(), _UNREADABLE), **self.owned}
        free = {name: item for name, item in value.items() if name not in refused}
        yield from shapes.check_fields(shapes.request(self.operation), free, (self.name,))
        for name in value.keys() & refused.keys():
            yield Finding((self.name, name), f"`{name}` cannot be set here; {refused[name]}", at_key=True)

    def _unreadable(self) -> set[str]:
        """The fields that ECS takes and never tells again."""
        told = shapes.members(self.answer).union(*map(shapes.members, self.also_answered))
        return shapes.request(self.operation).members.keys() - told


TASK_DEFINITION = Section(
    name="task_definition",
    operation="RegisterTaskDefinition",
    answer="TaskDefinition",
    owned={
        "family": "it follows from the names of cluster and service",
        "cpu": "use `cpu:` of the service",
        "memory": "use `mem:` of the service",
        "taskRoleArn": "use `task_role:` of the service",
        "executionRoleArn": "use `execution_role:` of the service",
        "requiresCompatibilities": "use `launch_type:` of the service",
        "placementConstraints": "use `placementConstraints:` of the service",
        "tags": _TAGS,
    },
)
SERVICE = Section(
    name="service",
    operation="CreateService",
    answer="Service",
    owned={
        "cluster": "use `instances:`, which names the clusters",
        "serviceName": "it is the name of the directory",
        "taskDefinition": "it follows from this file; lay something over it with `task_definition:`",
        "desiredCount": "use `instances:`",
        "loadBalancers": "use `listeners:`",
        "clientToken": "it is the operator's",
        "launchType": "use `launch_type:`",
        "role": "ECS has a role of its own for this",
        "placementConstraints": "write `placementConstraints:` one level up",
        "placementStrategy": "write `placementStrategy:` one level up",
        "schedulingStrategy": "a service is as many replicas as `instances:` says",
        "tags": _TAGS,
    },
    also_answered=("Deployment",),
)

_SECTIONS = (TASK_DEFINITION, SERVICE)

_CONTAINER_OWNED = {
    "image": "use `image:` and release.yml",
    "command": "use `command:`",
    "entryPoint": "use `entrypoint:`",
    "environment": "use `environment:` or config.yml",
    "secrets": "use `secrets:`",
    "dependsOn": "use `depends_on:`",
    "healthCheck": "use `health_check:`",
}
"""What containers of the short form have there: laid over it, a list would replace what they say, not join it."""

_ONLY = (("deploymentConfiguration", "strategy", "ROLLING"), ("deploymentController", "type", "ECS"))

_OF_OTHER_STRATEGIES = ("bakeTimeInMinutes", "lifecycleHooks", "linearConfiguration", "canaryConfiguration")
"""What `deploymentConfiguration` takes with those strategies only that are not to be had here."""

_NEVER_ENDS = "a release would never end, because it is what the rollout sets"
_TOLD_APART = "the operator finds the service by it"
_DRIVEN = {
    "taskDefinition": _NEVER_ENDS,
    "loadBalancers": _NEVER_ENDS,
    "deploymentConfiguration": _NEVER_ENDS,
    "cluster": _TOLD_APART,
    "serviceName": _TOLD_APART,
    "tags": _TOLD_APART,
}
"""Fields that cannot be somebody else's, and why."""


def without_answers(spec: ServiceSpec) -> ServiceSpec:
    """The spec without what only ECS's answers have in its sections, such as a status."""
    clear = (section for section in _SECTIONS if hasattr(spec, section.name))
    kept = {section.name: section.without_answers(getattr(spec, section.name)) for section in clear}
    return spec.model_copy(update=kept)


class Laid(NamedTuple):
    """A container that `task_definition:` speaks of, where, and with which fields. Without a `name` it has ""."""

    path: Path
    fields: dict[str, Any]
    name: str


def containers(task_definition: Mapping[str, Any]) -> Iterator[Laid]:
    """The containers that the section speaks of, in its order, whether they are well formed or not."""
    listed = task_definition.get("containerDefinitions")
    for number, fields in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(fields, dict):
            name = fields.get("name")
            path = ("task_definition", "containerDefinitions", number)
            yield Laid(path, fields, name if isinstance(name, str) else "")


def container_findings(task_definition: Mapping[str, Any], described: frozenset[str]) -> Iterator[Finding]:
    """What is wrong with the section's containers, some of which the short form has `described` already."""
    seen: set[str] = set()
    for path, container, name in containers(task_definition):
        if not name and "name" in container:
            continue  # its type is wrong, which ECS's model says already
        if not name:
            yield Finding(path, "a container without a `name`; say which one this is laid over")
        elif name in seen:
            yield Finding((*path, "name"), f"a second container `{name}`; join the two")
        elif name in described:
            for field in sorted(_CONTAINER_OWNED.keys() & container.keys()):
                message = f"`{field}` of `{name}` cannot be set here; {_CONTAINER_OWNED[field]}"
                yield Finding((*path, field), message, at_key=True)
        elif "image" not in container:
            known = ", ".join(sorted(described))
            yield Finding(path, f"`{name}` is a new container without an `image`; add it, or name one of: {known}")
        seen.add(name)


def deployment_findings(service: Mapping[str, Any]) -> Iterator[Finding]:
    """Ways to deploy that are ECS's but not the operator's."""
    for outer, inner, only in _ONLY:
        section = service.get(outer)
        if isinstance(section, dict) and section.get(inner, only) != only:
            message = f"`{outer}.{inner}` must be {only}; choose how to deploy with `rollout:`"
            yield Finding(("service", outer, inner), message)
    configuration = service.get("deploymentConfiguration")
    for name in _OF_OTHER_STRATEGIES:
        if isinstance(configuration, dict) and configuration.get(name):  # answers have them too, empty
            message = f"ECS's rolling deployment takes no `{name}`; choose how to deploy with `rollout:`"
            yield Finding(("service", "deploymentConfiguration", name), message, at_key=True)


def ignore_findings(ignore: Iterable[str]) -> Iterator[Finding]:
    """Fields that ECS services do not have, or that somebody else cannot own."""
    known = shapes.request(SERVICE.operation).members.keys()
    for number, field in enumerate(ignore):
        if field not in known:
            yield Finding(("ignore", number), f"ECS services have no field `{field}`; {did_you_mean(field, known)}")
        elif field in _DRIVEN:
            yield Finding(("ignore", number), f"`{field}` cannot be ignored: {_DRIVEN[field]}; remove it")


def passed_roles(section: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Every role in a section by its place in it, wherever ECS takes one: for a volume, a certificate, a target."""
    items = section.items() if isinstance(section, dict) else enumerate(section) if isinstance(section, list) else ()
    for step, item in items:
        if step == "roleArn":
            yield (*path, step), str(item)
        else:
            yield from passed_roles(item, (*path, step))
