"""What a cluster lets its services ask for. Whatever is not allowed here is refused."""

from typing import Annotated

from pydantic import Field

from reconciler.spec.fields import Bool, Capability, HostPath, Registry, RolePattern, Text
from reconciler.spec.partial import Model


class Guardrails(Model):
    """What services of the cluster may ask for. Without these lines they get an ordinary container and no more.

    The words are those of Kubernetes' Pod Security Standards and of ECS.
    """

    privileged: Bool = Field(default=False, description="Whether containers may be privileged: root of the instance.")
    host_network: Bool = Field(default=False, description="Whether tasks may be in the network of their instance.")
    host_ports: Bool = Field(
        default=False, description="Whether containers may choose their port of the instance; Docker does otherwise."
    )
    host_pid: Bool = Field(default=False, description="Whether tasks may see the processes of their instance.")
    host_ipc: Bool = Field(default=False, description="Whether tasks may share the memory of their instance.")
    host_paths: tuple[HostPath, ...] = Field(
        (),
        description="Paths of the instance that may be mounted, or opened by log drivers, each with what is below it.",
    )
    docker_volumes: Bool = Field(
        default=False, description="Whether tasks may have Docker volumes; their options can mount any path."
    )
    devices: tuple[HostPath, ...] = Field(
        (), description="Devices of the instance that containers may have: `/dev/fuse`, say."
    )
    capabilities: tuple[Capability, ...] = Field(
        (), description="Linux capabilities that containers may add: `NET_ADMIN`, say, or `ALL`."
    )
    security_options: tuple[Text, ...] = Field(
        (),
        description="`dockerSecurityOptions` and `credentialSpecs` that containers may have beside no-new-privileges.",
    )
    unlimited_memory: Bool = Field(
        default=False, description="Whether containers may have no memory limit of their own, but only the task's."
    )
    registries: tuple[Registry, ...] = Field(
        (),
        description="Where images may come from beside `defaults.registry`: a registry, or a path in one with what is "
        "below it. `docker.io/library` has Docker Hub's official images.",
    )
    task_roles: tuple[RolePattern, ...] = Field(
        (),
        description="IAM roles that tasks may have beside the default: name or ARN. {cluster} and {service} are filled "
        "in, `*` is any text without a slash. Never the operator's own.",
    )
    execution_roles: tuple[RolePattern, ...] = Field(
        (), description="IAM roles that may pull images and read secrets beside the default, as `task_roles`."
    )
    infrastructure_roles: tuple[RolePattern, ...] = Field(
        (), description="IAM roles that ECS may take on for volumes, Lattice and TLS, as `task_roles`."
    )
    max_instances: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(
        100, description="Most tasks that one service may have."
    )
