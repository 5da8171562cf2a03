"""Listener rules: the host name of a listener, forwarded by weight to the target groups of the service's slots.

The weights are the rollout's to choose. What the operator last set, when it read that back, and how often somebody
else changed it are kept in tags on the rule, so that any run on any machine knows.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.aws import Gateway
from reconciler.kinds import target_group
from reconciler.kinds.base import (
    Found,
    NeedsReplacementError,
    Scope,
    elb_tagging,
    elb_tags_now,
    identify,
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
    Value,
    Verb,
)
from reconciler.spec import Workload
from reconciler.spec.rollout import SLOTS

NAME = "listener-rule"
LOGICAL_NAME = "reconciler:name"
FULL = 100
_PAGE = 400
_FIRST_PRIORITY, _PRIORITIES, _LAST_PRIORITY = 1000, 40_000, 50_000  # of ALB's 1-50,000


def desired(workload: Workload, owner: str, infrastructure: Infrastructure) -> tuple[Resource, ...]:
    """One rule per listener of the service, on the load balancer that the cluster calls by the protocol's name."""
    rules = []
    for listener in workload.spec.listeners:
        host = workload.hostname(listener)
        groups = (target_group.resource_id(workload, listener, slot) for slot in SLOTS[workload.spec.rollout.strategy])
        fields = {
            "ListenerArn": infrastructure.listeners[listener.protocol],
            "Conditions": [{"Field": "host-header", "Values": [host]}],
            "Forward": [{"targetGroup": Ref(group), "weight": FULL} for group in groups],
        }
        tags = {**tags_of(owner, workload.key), LOGICAL_NAME: host}
        rules.append(Resource(ResourceId(NAME, workload.key, host), fields, tags))
    return tuple(rules)


def permissions(territory: Territory) -> tuple[Grant, ...]:
    """Rules on the load balancers that the cluster file names."""
    read = reading("elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags")
    if not territory.balancers:
        return (read,)
    listeners = (territory.arn("elasticloadbalancing", f"listener/app/{name}/*") for name in territory.balancers)
    rules = (territory.arn("elasticloadbalancing", f"listener-rule/app/{name}/*") for name in territory.balancers)
    change = (
        "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:AddTags",
    )
    return (
        read,
        creating(territory, "elasticloadbalancing:CreateRule", listeners),
        tagging_on_creation("elasticloadbalancing:AddTags", "CreateRule"),
        changing(territory, change, rules),
    )


def observe(aws: Gateway, scope: Scope) -> Found:
    """Every rule of the cluster's listeners: owned ones by tag, others by the hosts they answer to."""
    live: dict[ResourceId, Live] = {}
    foreign: list[Foreign] = []
    taken: dict[str, Priorities] = {}
    for listener in sorted(set(scope.infrastructure.listeners.values())):
        rules = [rule for rule in _rules(aws, listener) if not rule["IsDefault"]]
        taken[listener] = {int(rule["Priority"]): _hosts(rule) for rule in rules}
        tags = aws.tags.of(rule["RuleArn"] for rule in rules)
        for rule in sorted(rules, key=lambda rule: int(rule["Priority"])):
            arn = rule["RuleArn"]
            owned = identify(NAME, tags.get(arn, {}).get(LOGICAL_NAME, ""), tags.get(arn, {}), scope, arn)
            if isinstance(owned, Foreign):
                priority = int(rule["Priority"])
                foreign += (Foreign(NAME, scope.cluster, host, arn, owned.owner, priority) for host in _hosts(rule))
            elif scope.includes(owned.key.service):
                # CreateRule is not idempotent: a second rule of the same name is a leftover with a name of its own.
                twin = ResourceId(NAME, owned.key, f"{owned.name}#{arn.rsplit('/', 1)[-1]}")
                owned = twin if owned in live else owned
                live[owned] = _live(owned, rule, listener, tags[arn])
    return Found(tuple(live.values()), tuple(foreign), taken)


def _rules(aws: Gateway, listener: str) -> Iterable[Mapping[str, Any]]:
    token = ("NextMarker", "Marker")
    return aws.pages("elbv2", "DescribeRules", "Rules", token, ListenerArn=listener, PageSize=_PAGE)


def _live(owned: ResourceId, rule: Mapping[str, Any], listener: str, tags: Mapping[str, str]) -> Live:
    fields = {
        "ListenerArn": listener,
        "Conditions": [_condition(condition) for condition in rule["Conditions"]],
        "Forward": _forward(rule["Actions"]),
    }
    return Live(owned, rule["RuleArn"], fields, tags, {"priority": int(rule["Priority"])})


def _condition(condition: Mapping[str, Any]) -> dict[str, Value]:
    field = condition["Field"]
    values: list[str] = condition.get("Values") or next(
        (config.get("Values", []) for name, config in condition.items() if name.endswith("Config")), []
    )
    return {"Field": field, "Values": list(values)}


def _hosts(rule: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        value
        for condition in map(_condition, rule["Conditions"])
        if condition["Field"] == "host-header"
        for value in condition["Values"]
    )


def _forward(actions: Iterable[Mapping[str, Any]]) -> list[dict[str, Value]]:
    forward: list[dict[str, Value]] = []
    for action in actions:
        if action["Type"] != "forward":
            forward.append({"targetGroup": action["Type"], "weight": 0})
        elif "ForwardConfig" in action:
            groups = action["ForwardConfig"]["TargetGroups"]
            forward += ({"targetGroup": group["TargetGroupArn"], "weight": group.get("Weight", 1)} for group in groups)
        else:
            forward.append({"targetGroup": action["TargetGroupArn"], "weight": 1})
    return sorted(forward, key=lambda item: str(item["targetGroup"]))


def create(want: Resource, cause: str, taken: Mapping[str, Priorities]) -> tuple[Action, ...]:
    """Create the rule at a priority that is free, behind what answers to the same host: that serves until this does."""
    listener = want.fields["ListenerArn"]
    parameters = {
        "ListenerArn": listener,
        "Priority": _free_priority(want.id.name, taken.get(listener, {})),
        "Conditions": _conditions(want),
        "Actions": _actions(want),
        "Tags": upper_tags(want.tags),
    }
    return (Action(Verb.CREATE, want.id, Call("elbv2", "CreateRule", parameters), cause),)


def _free_priority(host: str, taken: Priorities) -> int:
    start = int.from_bytes(hashlib.sha256(host.encode()).digest()[:4])
    candidates = (_FIRST_PRIORITY + (start + step) % _PRIORITIES for step in range(_PRIORITIES))
    last = max((priority for priority, hosts in taken.items() if host in hosts), default=0)
    behind = range(last + 1, _LAST_PRIORITY + 1) if last else candidates
    return next(priority for priority in behind if priority not in taken)


def _conditions(want: Resource) -> list[dict[str, Value]]:
    return [
        {"Field": condition["Field"], "HostHeaderConfig": {"Values": condition["Values"]}}
        for condition in want.fields["Conditions"]
    ]


def _actions(want: Resource) -> list[dict[str, Value]]:
    groups = [{"TargetGroupArn": item["targetGroup"], "Weight": item["weight"]} for item in want.fields["Forward"]]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]


def update(want: Resource, have: Live, changes: tuple[FieldChange, ...], cause: str) -> tuple[Action, ...]:
    """Tag first, then modify: the intent is on record before the traffic moves. Raises `NeedsReplacementError`.

    A rule can't move to another listener, and its target groups serve one load balancer only (ELBv2
    TargetGroupAssociationLimit).
    """
    if moved := next((change for change in changes if change.path == "ListenerArn"), None):
        raise NeedsReplacementError(want.id, moved)
    actions: list[Action] = []
    if tags := tuple(change for change in changes if change.path.startswith("tags.")):
        # The tags say who changed what: a stale reading must not become a record.
        actions.append(elb_tagging(have, tags, cause, unchanged=True))
    if fields := tuple(change for change in changes if not change.path.startswith("tags.")):
        conditions = {"Conditions": _conditions(want)} if "Conditions" in want.fields else {}
        call = Call("elbv2", "ModifyRule", {"RuleArn": have.arn, **conditions, "Actions": _actions(want)})
        guard = Guard(have, unchanged=True, healthy_at_least=want.healthy_at_least)
        actions.append(Action(Verb.UPDATE, have.id, call, cause, fields, guard=guard))
    return tuple(actions)


def remove(have: Live, cause: str) -> Action:
    """Delete the rule."""
    return Action(Verb.DELETE, have.id, Call("elbv2", "DeleteRule", {"RuleArn": have.arn}), cause, guard=Guard(have))


def attributes(answer: Mapping[str, Value]) -> Mapping[str, Value]:
    """The new rule's ARN."""
    return {"arn": answer["Rules"][0]["RuleArn"]} if answer.get("Rules") else {}


def ways_in(aws: Gateway, scope: Scope, ecs_service: Live) -> tuple[Live, ...]:
    """The rules, whosever, that list any target group of an ECS service, as they are now."""
    found: list[Live] = []
    for listener in sorted(set(scope.infrastructure.listeners.values())):
        rules = {
            rule["RuleArn"]: rule for rule in _rules(aws, listener) if lists(_forward(rule["Actions"]), ecs_service)
        }
        aws.tags.forget(rules)
        tags = aws.tags.of(rules)
        for arn, rule in rules.items():
            named = ResourceId(NAME, ecs_service.id.key, " ".join(_hosts(rule)))
            found.append(_live(named, rule, listener, tags.get(arn, {})))
    return tuple(found)


def lists(forward: Iterable[Mapping[str, Value]], ecs_service: Live) -> bool:
    """Whether a rule that forwards like this lists a target group of an ECS service, at whatever weight."""
    groups = {item.get("targetGroupArn") for item in ecs_service.fields.get("loadBalancers", ())}
    return any(item["targetGroup"] in groups for item in forward)


def reread(aws: Gateway, scope: Scope, have: Live) -> Live | None:
    """The rule as it is now, tags included."""
    tags = elb_tags_now(aws, scope, have)
    if tags is None:
        return None
    answer = aws.call("elbv2", "DescribeRules", RuleArns=[have.arn])
    return next((_live(have.id, rule, have.fields["ListenerArn"], tags) for rule in answer["Rules"]), None)
