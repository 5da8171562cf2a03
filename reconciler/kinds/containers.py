"""A workload's task definition in RegisterTaskDefinition's names: its own container, its sidecars, its passthrough."""

from collections.abc import Mapping
from typing import Any

from reconciler.model import Value
from reconciler.spec import Workload
from reconciler.spec.containers import containers_of, needed_by
from reconciler.spec.models import ContainerHealthCheck, Secret, Sidecar, SsmSecret
from reconciler.spec.names import role_arn


def main_container(workload: Workload) -> str:
    """The name of the service's own container."""
    return workload.key.service


def content(workload: Workload) -> dict[str, Value]:
    """Everything of the task definition but its family and tags."""
    spec = workload.spec
    fields: dict[str, Value] = {
        "cpu": str(spec.cpu),
        "memory": str(spec.mem),
        "networkMode": workload.network_mode,
        "requiresCompatibilities": [workload.launch_type],
        "containerDefinitions": [
            _main(workload),
            *(_sidecar(workload, name, sidecar) for name, sidecar in spec.sidecars.items()),
        ],
    }
    roles = {"taskRoleArn": workload.task_role, "executionRoleArn": workload.execution_role}
    fields |= {name: _role_arn(workload, role) for name, role in roles.items() if role}
    return dict(overlay(fields, spec.task_definition))


def overlay(base: Value, top: Value) -> Value:
    """`top` laid over `base`: objects merge, containers merge by name, everything else is replaced."""
    if isinstance(base, Mapping) and isinstance(top, Mapping):
        return {**base, **{key: overlay(base[key], value) if key in base else value for key, value in top.items()}}
    if _named(base) and _named(top):
        over = {item["name"]: item for item in top}
        kept = [overlay(item, over.pop(item["name"], {})) for item in base]
        return [*kept, *over.values()]
    return top


def _named(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) and "name" in item for item in value)


def _main(workload: Workload) -> dict[str, Value]:
    spec = workload.spec
    own = main_container(workload)
    ports = sorted({listener.port for listener in spec.listeners if listener.container in (None, own)})
    sidecars = spec.sidecars.values()
    return _container(
        name=own,
        image=workload.image,
        cpu=max(0, spec.cpu - sum(sidecar.cpu for sidecar in sidecars)),
        memory=spec.mem - sum(sidecar.mem for sidecar in sidecars),
        essential=True,
        entryPoint=list(spec.entrypoint),
        command=list(spec.command),
        portMappings=[_port(port) for port in ports],
        environment=_environment(workload.environment),
        secrets=_secrets(workload, spec.secrets),
        dependsOn=_depends_on(spec.depends_on),
        healthCheck=_health_check(spec.health_check),
        logConfiguration=_logging(workload),
    )


def _sidecar(workload: Workload, name: str, sidecar: Sidecar) -> dict[str, Value]:
    ports = {listener.port for listener in workload.spec.listeners if listener.container == name}
    ports |= {sidecar.port} if sidecar.port else set()
    return _container(
        name=name,
        image=sidecar.image,
        cpu=sidecar.cpu,
        memory=sidecar.mem,
        essential=sidecar.essential,
        command=list(sidecar.command),
        portMappings=[_port(port) for port in sorted(ports)],
        environment=_environment(sidecar.environment),
        secrets=_secrets(workload, sidecar.secrets),
        dependsOn=_depends_on(sidecar.depends_on),
        healthCheck=_health_check(sidecar.health_check),
        links=[main_container(workload)] if _may_link(workload, name) else [],
        logConfiguration=_logging(workload),
    )


def _may_link(workload: Workload, sidecar: str) -> bool:
    """In bridge mode a sidecar reaches the main container by a link, which makes it start later, unless that waits."""
    own = main_container(workload)
    return workload.network_mode == "bridge" and sidecar not in needed_by(own, containers_of(own, workload.spec))


def _container(**fields: Value) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _port(port: int) -> dict[str, Value]:
    return {"containerPort": port, "protocol": "tcp"}


def _environment(variables: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(variables.items())]


def _depends_on(needed: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"containerName": name, "condition": condition} for name, condition in sorted(needed.items())]


def _health_check(check: ContainerHealthCheck | None) -> dict[str, Value] | None:
    if check is None:
        return None
    return {
        "command": list(check.command),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "startPeriod": check.start_period,
    }


def _logging(workload: Workload) -> dict[str, Any]:
    logging = workload.spec.logging
    defaults: dict[str, str] = {}
    if logging.driver == "awslogs":
        defaults = {
            "awslogs-group": str(workload.key),
            "awslogs-region": workload.cluster.region,
            "awslogs-create-group": "true",
            "awslogs-stream-prefix": workload.version or "unversioned",
        }
    return {"logDriver": logging.driver, "options": {**defaults, **logging.options}}


def _secrets(workload: Workload, secrets: Mapping[str, Secret]) -> list[dict[str, str]]:
    return [{"name": name, "valueFrom": _value_from(workload, secret)} for name, secret in sorted(secrets.items())]


def _value_from(workload: Workload, secret: Secret) -> str:
    """ECS's `valueFrom`: a parameter's name is enough in the same region, a secret has its ARN."""
    if isinstance(secret, SsmSecret):
        return workload.filled(secret.ssm)
    return f"{secret.secretsmanager}:{secret.key}::" if secret.key else secret.secretsmanager


def _role_arn(workload: Workload, role: str) -> str:
    role, cluster = workload.filled(role), workload.cluster
    return role if role.startswith("arn:") else role_arn(cluster.region, cluster.account, role)
