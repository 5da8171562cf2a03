"""`task_definition:` and `service:`, held against the ECS API's own model.

They take whatever the short form lacks, in ECS's words, and what `aws ecs describe-…` prints can be pasted in: what
ECS only ever answers is dropped. What the operator decides itself is refused, with the short form to use instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.spec import shapes
from reconciler.spec.errors import Path
from reconciler.spec.models import ServiceSpec
from reconciler.spec.shapes import Finding

_TAGS = "tags say who owns what, so the operator sets them itself"


@dataclass(frozen=True, slots=True)
class Section:
    """One of the two sections: ECS's shapes of it, and the fields in it that the operator decides itself."""

    name: str
    operation: str
    answer: str
    owned: Mapping[str, str]

    def without_answers(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The section without what only ECS's answers have."""
        if not value:
            return {}  # spares reading ECS's model, which few specs need
        dropped = shapes.members(self.answer) - shapes.request(self.operation).members.keys()
        return {name: item for name, item in value.items() if name not in dropped}

    def findings(self, value: Mapping[str, Any]) -> Iterator[Finding]:
        """What is wrong with the section by ECS's model, or is the operator's."""
        shape = shapes.request(self.operation)
        free = {name: item for name, item in value.items() if name not in self.owned}
        yield from shapes.check_fields(shape, free, (self.name,), shape.members.keys() - self.owned.keys())
        for name in value.keys() & self.owned.keys():
            yield Finding((self.name, name), f"`{name}` cannot be set here; {self.owned[name]}", at_key=True)


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


def without_answers(spec: ServiceSpec) -> ServiceSpec:
    """The spec without what only ECS's answers have in its sections, such as a status."""
    kept = {section.name: section.without_answers(getattr(spec, section.name)) for section in _SECTIONS}
    return spec.model_copy(update=kept)


def container_names(task_definition: Mapping[str, Any]) -> list[str]:
    """Names of the containers that the section speaks of, in its order."""
    return [name for _, _, name in _containers(task_definition) if name]


def container_findings(task_definition: Mapping[str, Any], described: frozenset[str]) -> Iterator[Finding]:
    """What is wrong with the section's containers, some of which the short form has `described` already."""
    seen: set[str] = set()
    for path, container, name in _containers(task_definition):
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


def _containers(task_definition: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any], str]]:
    listed = task_definition.get("containerDefinitions")
    for number, container in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(container, dict):
            name = container.get("name")
            yield ("task_definition", "containerDefinitions", number), container, name if isinstance(name, str) else ""
