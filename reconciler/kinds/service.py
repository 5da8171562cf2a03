"""ECS services: one for a rolling service, one per colour for a blue-green one."""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.aws import Gateway
from reconciler.aws.errors import unread
from reconciler.kinds import target_group, task_definition
from reconciler.kinds.base import Found, NeedsReplacementError, Scope, identify, lower_tags, slot_of, tags_of
from reconciler.kinds.containers import main_container, overlay
from reconciler.kinds.grants import ANY, Grant, Territory, changing, creating, passing, tagging_on_creation
from reconciler.model import (
    Action,
    Call,
    FieldChange,
    Foreign,
    Guard,
    Infrastructure,
    Live,
    Priorities,
    Ref,
    Resource,
    ResourceId,
    Slot,
    Value,
    Verb,
)
from reconciler.spec import Workload
from reconciler.spec.names import ALL_SLOTS, ecs_service_name, family
from reconciler.spec.passthrough import passed_roles
from reconciler.spec.rollout import SLOTS

NAME = "service"
QUARANTINE = "reconciler:quarantine"
_OF_DEPLOYMENT = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
REDEPLOYING = (
    "taskDefinition",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "launchType",
    "capacityProviderStrategy",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    *_OF_DEPLOYMENT,
)
"""Fields whose change starts a deployment, or belongs to one: a new colour takes them, the old one keeps its own."""
_GRACE = 60
_NAMES_PER_CALL = 10  # ECS DescribeServices
_NOT_UPDATED = ("cluster", "launchType", "schedulingStrategy", "deploymentController", "role")


def resource_id(workload: Workload, slot: Slot) -> ResourceId:
    """Names the ECS service of a slot."""
    return ResourceId(NAME, workload.key, ecs_service_name(workload.key.service, slot))


def desired(workload: Workload, owner: str, infrastructure: Infrastructure) -> tuple[Resource, ...]:
    """One ECS service per slot of the workload's strategy."""
    tags = _people(workload)
    return tuple(
        Resource(
            resource_id(workload, slot),
            {"cluster": infrastructure.ecs_cluster_arn, **_fields(workload, slot)},
            {**tags, **tags_of(owner, workload.key, slot)},
            slot,
            once=workload.spec.ignore,
        )
        for slot in SLOTS[workload.spec.rollout.strategy]
    )


def permissions(territory: Territory) -> tuple[Grant, ...]:
    """Services of the ECS cluster, and the roles that ECS itself is to take for them."""
    cluster = territory.arn("ecs", f"cluster/{territory.ecs_cluster}")
    services = (territory.arn("ecs", f"service/{territory.ecs_cluster}/*"),)
    change = ("ecs:UpdateService", "ecs:DeleteService", "ecs:TagResource")
    roles = (role for workload in territory.workloads for _, role in passed_roles(workload.spec.service, ()))
    return (
        Grant("ListServices", ("ecs:ListServices",), ANY, {"ArnEquals": {"ecs:cluster": (cluster,)}}),
        Grant("ReadServices", ("ecs:DescribeServices",), services),
        creating(territory, "ecs:CreateService", services),
        tagging_on_creation("ecs:TagResource", "CreateService"),
        changing(territory, change, services),
        *passing("PassRoleToEcs", roles, "ecs.amazonaws.com"),
    )


def _people(workload: Workload) -> dict[str, str]:
    monitoring = workload.spec.monitoring
    if monitoring is None:
        return {}
    channels = {"slack-alerts": monitoring.slack_channel.alerts, "slack-deploys": monitoring.slack_channel.deploys}
    return {"team": monitoring.team, **{name: channel for name, channel in channels.items() if channel}}


def _fields(workload: Workload, slot: Slot) -> dict[str, Value]:
    spec, key = workload.spec, workload.key
    fields: dict[str, Value] = {
        "taskDefinition": Ref(ResourceId(task_definition.NAME, key, family(key.cluster, key.service))),
        "desiredCount": workload.instances,
        "launchType": workload.launch_type,
        "deploymentConfiguration": {
            # A rolling service goes back by itself; of a colour, the rollout decides.
            "deploymentCircuitBreaker": {"enable": True, "rollback": spec.rollout.strategy == "rolling"},
        },
    }
    if workload.network_mode == "awsvpc":
        fields["networkConfiguration"] = {"awsvpcConfiguration": _network(workload)}
    # Declared even when empty: a listener or a constraint that is taken out of the spec is taken off the service.
    fields["loadBalancers"] = [
        {
            "targetGroupArn": Ref(target_group.resource_id(workload, listener, slot)),
            "containerName": listener.container or main_container(workload),
            "containerPort": listener.port,
        }
        for listener in spec.listeners
    ]
    fields["placementConstraints"] = [item.model_dump(exclude_none=True) for item in spec.placementConstraints]
    fields["placementStrategy"] = [item.model_dump(exclude_none=True) for item in spec.placementStrategy]
    if spec.listeners:
        fields["healthCheckGracePeriodSeconds"] = _GRACE
    fields = dict(overlay(fields, spec.service))
    if "capacityProviderStrategy" in fields:
        del fields["launchType"]
    return _normal(fields)


def _network(workload: Workload) -> dict[str, Value]:
    cluster = workload.cluster
    groups = cluster.security_groups if workload.spec.security_groups is None else workload.spec.security_groups
    return {
        "subnets": list(cluster.subnets),
        "securityGroups": list(groups),
        "assignPublicIp": "ENABLED" if cluster.assign_public_ip else "DISABLED",
    }


def observe(aws: Gateway, scope: Scope) -> Found:
    """The ECS services of the cluster, whole or by the names that the scoped services can have."""
    cluster = scope.infrastructure.ecs_cluster_arn
    live: list[Live] = []
    foreign: list[Foreign] = []
    for described in _describe(aws, cluster, _names(aws, scope)):
        found = _judge(described, scope)
        if isinstance(found, Foreign):
            foreign.append(found)
        elif found is not None and scope.includes(found.id.key.service):
            live.append(found)
    return Found(tuple(live), tuple(foreign))


def _names(aws: Gateway, scope: Scope) -> list[str]:
    if scope.services is not None:
        return sorted(ecs_service_name(service, slot) for service in scope.services for slot in ALL_SLOTS)
    cluster = scope.infrastructure.ecs_cluster_arn
    token = ("nextToken", "nextToken")
    return list(aws.pages("ecs", "ListServices", "serviceArns", token, cluster=cluster, maxResults=100))


def _describe(aws: Gateway, cluster: str, names: list[str]) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = []
    for start in range(0, len(names), _NAMES_PER_CALL):
        batch = names[start : start + _NAMES_PER_CALL]
        answer = aws.call("ecs", "DescribeServices", cluster=cluster, services=batch, include=["TAGS"])
        for failure in answer.get("failures", ()):
            if failure["arn"] in names:  # it was listed, so its absence is no news of it but a bad reading
                raise unread("ecs", "DescribeServices", f"{failure['arn']} is listed and {failure.get('reason')}")
        described += answer["services"]
    return described


def _judge(described: Mapping[str, Any], scope: Scope) -> Live | Foreign | None:
    if described["status"] == "INACTIVE":
        return None
    tags = {tag["key"]: tag.get("value", "") for tag in described.get("tags", [])}
    owned = identify(NAME, described["serviceName"], tags, scope, described["serviceArn"])
    if isinstance(owned, Foreign):
        return owned
    status = {
        "status": described["status"],
        "running": described.get("runningCount", 0),
        "pending": described.get("pendingCount", 0),
        "deployments": tuple(described.get("deployments", ())),
        "events": tuple(described.get("events", ())),
    }
    fields = {**_of_primary(described), **described, "cluster": described["clusterArn"]}
    return Live(owned, described["serviceArn"], _normal(fields), tags, status, slot_of(tags))


def _of_primary(described: Mapping[str, Any]) -> dict[str, Value]:
    """What DescribeServices shows of the primary deployment and not of the service."""
    primary = [item for item in described.get("deployments", ()) if item["status"] == "PRIMARY"]
    return {name: item[name] for item in primary for name in _OF_DEPLOYMENT if name in item}


def _normal(fields: Mapping[str, Any]) -> dict[str, Value]:
    """Wanted or live fields in the one form in which they compare: ECS gives back some in another than it was given."""
    normal = dict(fields)
    network = fields.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network:
        ordered = {name: sorted(network.get(name, ())) for name in ("subnets", "securityGroups")}
        normal["networkConfiguration"] = {"awsvpcConfiguration": {**network, **ordered}}
    normal["placementStrategy"] = [_strategy(item) for item in fields.get("placementStrategy", ())]
    return normal


def _strategy(item: Mapping[str, Any]) -> dict[str, Value]:
    """ECS answers `cpu` and `memory` in capitals, and `instanceId` where it was told `host`."""
    names = {"host": "instanceId", "CPU": "cpu", "MEMORY": "memory"}
    return {**item, **({"field": names.get(item["field"], item["field"])} if "field" in item else {})}


def definitions(live: Live) -> set[str]:
    """ARNs of the task definitions that a service runs, or still has a deployment of."""
    deployed = (item["taskDefinition"] for item in live.status["deployments"])
    return {str(live.fields["taskDefinition"]), *map(str, deployed)}


def create(want: Resource, cause: str, _taken: Mapping[str, Priorities]) -> tuple[Action, ...]:
    """Create the service."""
    fields = {name: value for name, value in want.fields.items() if value != []}
    parameters = {"serviceName": want.id.name, **fields, "tags": lower_tags(want.tags)}
    return (Action(Verb.CREATE, want.id, Call("ecs", "CreateService", parameters), cause),)


def update(want: Resource, have: Live, changes: tuple[FieldChange, ...], cause: str) -> tuple[Action, ...]:
    """One UpdateService with the fields that differ, and one TagResource. Raises `NeedsReplacementError`."""
    actions: list[Action] = []
    if tags := tuple(change for change in changes if change.path.startswith("tags.")):
        wanted = {change.path.removeprefix("tags."): change.want for change in tags}
        call = Call("ecs", "TagResource", {"resourceArn": have.arn, "tags": lower_tags(wanted)})
        actions.append(Action(Verb.TAG, have.id, call, cause, tags))
    if fields := tuple(change for change in changes if not change.path.startswith("tags.")):
        actions.append(_update(want, have, fields, cause))
    return tuple(actions)


def _update(want: Resource, have: Live, changes: tuple[FieldChange, ...], cause: str) -> Action:
    parameters = {"cluster": have.fields["cluster"], "service": have.id.name}
    for change in changes:
        name = re.split(r"[.\[]", change.path, maxsplit=1)[0]
        if name in _NOT_UPDATED:
            raise NeedsReplacementError(want.id, change)
        parameters[name] = want.fields[name]
    if have.fields.get("desiredCount") == 0 and want.fields.get("desiredCount", 0) > 0:
        # A service that comes back from 0 gets a deployment of its own, whose age is the rollout's.
        parameters["forceNewDeployment"] = True
    guard = None if want.ways_in is None else Guard(have, want.healthy_at_least, ways_in=want.ways_in)
    return Action(Verb.UPDATE, have.id, Call("ecs", "UpdateService", parameters), cause, changes, guard=guard)


def remove(have: Live, cause: str) -> Action:
    """Scale down first, delete when nothing runs: a deletion is never forced (S23)."""
    where = {"cluster": have.fields["cluster"], "service": have.id.name}
    if have.fields.get("desiredCount", 0) > 0:
        call = Call("ecs", "UpdateService", {**where, "desiredCount": 0})
        change = FieldChange("desiredCount", have.fields["desiredCount"], 0)
        return Action(Verb.UPDATE, have.id, call, cause, (change,), guard=Guard(have))
    return Action(Verb.DELETE, have.id, Call("ecs", "DeleteService", where), cause, guard=Guard(have))


def attributes(answer: Mapping[str, Value]) -> Mapping[str, Value]:
    """The new service's ARN."""
    return {"arn": answer["service"]["serviceArn"]} if "service" in answer else {}


def reread(aws: Gateway, scope: Scope, have: Live) -> Live | None:
    """The service as it is now."""
    for described in _describe(aws, have.fields["cluster"], [have.id.name]):
        found = _judge(described, scope)
        return found if isinstance(found, Live) else None
    return None
