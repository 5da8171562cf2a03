"""Target groups: where a load balancer finds the tasks of one slot of a service, one for each of its listeners.

A group's port is only the default for targets registered without one, and ECS registers each with its own, so it
is set once and not compared. Protocol, VPC and target type can't be changed (ELBv2 ModifyTargetGroup).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.aws import Gateway
from reconciler.kinds.base import (
    Found,
    NeedsReplacementError,
    Scope,
    elb_tagging,
    elb_tags_now,
    identify,
    slot_of,
    tags_of,
    upper_tags,
)
from reconciler.kinds.grants import Grant, Territory, changing, creating, reading, tagging_on_creation
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
    TargetHealth,
    Value,
    Verb,
)
from reconciler.spec import Workload
from reconciler.spec.models import Listener
from reconciler.spec.names import target_group_name, target_group_names
from reconciler.spec.rollout import SLOTS

NAME = "target-group"
DELAY = "deregistration_delay.timeout_seconds"
DEFAULT_DELAY = 300
_FIXED = ("Protocol", "VpcId", "TargetType")
_PAGE = 400


def resource_id(workload: Workload, listener: Listener, slot: Slot) -> ResourceId:
    """Names the group of one listener in one slot."""
    key = workload.key
    return ResourceId(NAME, key, target_group_name(key.cluster, key.service, listener.subdomain, slot))


def desired(workload: Workload, owner: str, _infrastructure: Infrastructure) -> tuple[Resource, ...]:
    """One group per listener and slot."""
    return tuple(
        Resource(
            resource_id(workload, listener, slot),
            _fields(workload, listener),
            tags_of(owner, workload.key, slot),
            slot,
            once=("Port",),
        )
        for slot in SLOTS[workload.spec.rollout.strategy]
        for listener in workload.spec.listeners
    )


def permissions(territory: Territory) -> tuple[Grant, ...]:
    """Target groups by the names that the cluster's have."""
    groups = (territory.arn("elasticloadbalancing", f"targetgroup/{target_group_names(territory.cluster)}/*"),)
    change = (
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:ModifyTargetGroupAttributes",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:AddTags",
    )
    read = reading(
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:DescribeTags",
    )
    if not territory.balancers:
        return (read,)
    return (
        read,
        creating(territory, "elasticloadbalancing:CreateTargetGroup", groups),
        tagging_on_creation("elasticloadbalancing:AddTags", "CreateTargetGroup"),
        changing(territory, change, groups),
    )


def _fields(workload: Workload, listener: Listener) -> dict[str, Value]:
    check = listener.health_check
    fields: dict[str, Value] = {
        "Protocol": "HTTP",
        "VpcId": workload.cluster.vpc,
        "TargetType": "ip" if workload.network_mode == "awsvpc" else "instance",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckPath": check.path,
        "HealthCheckIntervalSeconds": check.interval,
        "HealthCheckTimeoutSeconds": check.timeout,
        "HealthyThresholdCount": check.healthy_threshold,
        "UnhealthyThresholdCount": check.unhealthy_threshold,
        "Matcher": {"HttpCode": check.matcher},
        "Port": listener.port,
    }
    if listener.deregistration_delay is not None:
        fields[DELAY] = str(listener.deregistration_delay)
    return fields


def observe(aws: Gateway, scope: Scope) -> Found:
    """Every target group of the region: the cluster's own by tag, all others as foreign."""
    groups = list(aws.pages("elbv2", "DescribeTargetGroups", "TargetGroups", ("NextMarker", "Marker"), PageSize=_PAGE))
    tags = aws.tags.of(group["TargetGroupArn"] for group in groups)
    live: list[Live] = []
    foreign: list[Foreign] = []
    for group in groups:
        arn = group["TargetGroupArn"]
        owned = identify(NAME, group["TargetGroupName"], tags.get(arn, {}), scope, arn)
        if isinstance(owned, Foreign):
            foreign.append(owned)
        elif scope.includes(owned.key.service):
            live.append(_live(aws, scope, owned, group, tags[arn]))
    return Found(tuple(live), tuple(foreign))


def _live(aws: Gateway, scope: Scope, owned: ResourceId, group: Mapping[str, Any], tags: Mapping[str, str]) -> Live:
    arn = group["TargetGroupArn"]
    attributes = _attributes(aws, arn) if owned.name in scope.with_attributes else {}
    status = {"load_balancers": tuple(group.get("LoadBalancerArns", ()))}
    return Live(owned, arn, {**group, **attributes}, tags, status, slot_of(tags))


def _attributes(aws: Gateway, arn: str) -> dict[str, str]:
    answer = aws.call("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=arn)
    return {item["Key"]: item["Value"] for item in answer["Attributes"]}


def create(want: Resource, cause: str, _taken: Mapping[str, Priorities]) -> tuple[Action, ...]:
    """Create the group, then set the attributes that CreateTargetGroup doesn't take."""
    fields = {name: value for name, value in want.fields.items() if name != DELAY}
    parameters = {"Name": want.id.name, **fields, "Tags": upper_tags(want.tags)}
    made = Action(Verb.CREATE, want.id, Call("elbv2", "CreateTargetGroup", parameters), cause)
    if DELAY not in want.fields:
        return (made,)
    change = FieldChange(DELAY, None, want.fields[DELAY])
    return made, _set_delay(want.id, Ref(want.id), change, cause)


def update(want: Resource, have: Live, changes: tuple[FieldChange, ...], cause: str) -> tuple[Action, ...]:
    """Modify health check, attributes and tags. Raises `NeedsReplacementError` for what can't be modified."""
    for change in changes:
        if change.path in _FIXED:
            raise NeedsReplacementError(want.id, change)
    actions: list[Action] = []
    if tags := tuple(change for change in changes if change.path.startswith("tags.")):
        actions.append(elb_tagging(have, tags, cause))
    if delay := next((change for change in changes if change.path == DELAY), None):
        actions.append(replace(_set_delay(have.id, have.arn, delay, cause), guard=Guard(have)))
    if checks := tuple(change for change in changes if change.path.startswith(("Health", "Unhealthy", "Matcher"))):
        fields = {
            name: value for name, value in want.fields.items() if name.startswith(("Health", "Unhealthy", "Matcher"))
        }
        call = Call("elbv2", "ModifyTargetGroup", {"TargetGroupArn": have.arn, **fields})
        actions.append(Action(Verb.UPDATE, have.id, call, cause, checks, guard=Guard(have)))
    return tuple(actions)


def _set_delay(owned: ResourceId, arn: str | Ref, change: FieldChange, cause: str) -> Action:
    attributes = [{"Key": DELAY, "Value": change.want}]
    call = Call("elbv2", "ModifyTargetGroupAttributes", {"TargetGroupArn": arn, "Attributes": attributes})
    return Action(Verb.UPDATE, owned, call, cause, (change,))


def remove(have: Live, cause: str) -> Action:
    """Delete the group. AWS refuses while a rule or listener forwards to it (S7)."""
    call = Call("elbv2", "DeleteTargetGroup", {"TargetGroupArn": have.arn})
    return Action(Verb.DELETE, have.id, call, cause, guard=Guard(have))


def attributes(answer: Mapping[str, Value]) -> Mapping[str, Value]:
    """The new group's ARN."""
    return {"arn": answer["TargetGroups"][0]["TargetGroupArn"]} if answer.get("TargetGroups") else {}


def reread(aws: Gateway, scope: Scope, have: Live) -> Live | None:
    """The group as it is now."""
    tags = elb_tags_now(aws, scope, have)
    if tags is None:
        return None
    answer = aws.call("elbv2", "DescribeTargetGroups", TargetGroupArns=[have.arn])
    return next((_live(aws, scope, have.id, group, tags) for group in answer["TargetGroups"]), None)


def health(aws: Gateway, arn: str) -> TargetHealth:
    """How many targets of a group are in which state, by ELB's own words."""
    answer = aws.call("elbv2", "DescribeTargetHealth", TargetGroupArn=arn)
    targets = {_target(item["Target"]): item["TargetHealth"]["State"] for item in answer["TargetHealthDescriptions"]}
    states = Counter(targets.values())  # an answer may say things twice
    return TargetHealth(**{state: count for state, count in states.items() if state in TargetHealth.__slots__})


def _target(target: Mapping[str, Any]) -> tuple[str, int | None]:
    return target["Id"], target.get("Port")
