"""Load-balancing operations answered in moto's place: order, pages, swaps, and what is idempotent."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from moto.elbv2 import exceptions
from moto.elbv2.models import elbv2_backends

from reconciler.sandbox.calls import Answer, AwsRefusal, Call
from reconciler.sandbox.corrections.pages import page
from reconciler.sandbox.refusals.live import Live, forwarded

_LONGEST_DELAY = {"deregistration_delay.timeout_seconds": "3600"}
_PAGE = 400

# CreateTargetGroup's parameters and moto's names for them.
_GROUP = {
    "Protocol": "protocol",
    "ProtocolVersion": "protocol_version",
    "Port": "port",
    "VpcId": "vpc_id",
    "HealthCheckProtocol": "healthcheck_protocol",
    "HealthCheckPort": "healthcheck_port",
    "HealthCheckPath": "healthcheck_path",
    "HealthCheckIntervalSeconds": "healthcheck_interval_seconds",
    "HealthCheckTimeoutSeconds": "healthcheck_timeout_seconds",
    "HealthyThresholdCount": "healthy_threshold_count",
    "UnhealthyThresholdCount": "unhealthy_threshold_count",
    "Matcher": "matcher",
    "IpAddressType": "ip_address_type",
}
_CONFIGS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}
_NOT_SETTINGS = ("arn", "targets", "deregistered_targets", "terminated_targets", "load_balancer_arns", "attributes")


def _backend(call: Call) -> Any:
    return elbv2_backends[call.account][call.region]


def _paged(call: Call, key: str, items: Sequence[Any], name: Callable[[Any], str]) -> Mapping[str, Any]:
    invalid = AwsRefusal("ValidationError", f"The marker '{call.parameters.get('Marker')}' is invalid")
    size = int(call.parameters.get("PageSize") or _PAGE)
    part, marker = page(items, after=call.parameters.get("Marker"), size=size, name=name, invalid=invalid)
    return {key: part, "NextMarker": marker}


def describe_load_balancers(call: Call) -> Mapping[str, Any]:
    """Every name asked for must be there; moto asks that of the first alone."""
    balancers = list(_backend(call).load_balancers.values())
    arns, names = call.parameters.get("LoadBalancerArns"), call.parameters.get("Names")
    for wanted, have in ((arns, [each.arn for each in balancers]), (names, [each.name for each in balancers])):
        absent = [name for name in wanted or [] if name not in have]
        if absent:
            raise AwsRefusal("LoadBalancerNotFound", f"Load balancers '[{', '.join(absent)}]' not found")
    for balancer in balancers:
        balancer.activate()
    asked = [each for each in balancers if each.arn in (arns or []) or each.name in (names or [])]
    return _paged(call, "LoadBalancers", asked if arns or names else balancers, lambda each: str(each.arn))


def describe_listeners(call: Call) -> Mapping[str, Any]:
    """In pages."""
    arn, arns = call.parameters.get("LoadBalancerArn"), call.parameters.get("ListenerArns")
    if not arn and not arns:
        raise exceptions.ListenerOrBalancerMissingError
    listeners = _backend(call).describe_listeners(arn, arns or [])
    return _paged(call, "Listeners", listeners, lambda each: str(each.arn))


def describe_rules(call: Call) -> Mapping[str, Any]:
    """In order of priority, the default rule last."""
    rules = _backend(call).describe_rules(call.parameters.get("ListenerArn"), call.parameters.get("RuleArns"))
    page_of = _paged(call, "Rules", sorted(rules, key=_rank), lambda each: str(each.arn))
    return {**page_of, "Rules": [_shown(each) for each in page_of["Rules"]]}


def _shown(rule: Any) -> Mapping[str, Any]:
    """A rule in both forms that a condition of one kind, and a forward to one group, can be written in."""
    return {
        "RuleArn": rule.arn,
        "Priority": str(rule.priority),
        "Conditions": [_both_forms_of_condition(each) for each in rule.conditions],
        "Actions": [_both_forms_of_action(each.data) for each in rule.actions],
        "IsDefault": rule.is_default,
    }


def _both_forms_of_condition(condition: Mapping[str, Any]) -> Mapping[str, Any]:
    config = _CONFIGS.get(condition["Field"])
    if config is None:
        return condition
    values = condition.get("Values") or condition[config]["Values"]
    return {**condition, "Values": values, config: {"Values": values}}


def _both_forms_of_action(action: dict[str, Any]) -> Mapping[str, Any]:
    groups = forwarded(action)
    if len(groups) != 1:
        return action
    weighted = {"TargetGroups": [{"TargetGroupArn": groups[0], "Weight": 1}]}
    unsticky = {"TargetGroupStickinessConfig": {"Enabled": False}}
    return {**action, "TargetGroupArn": groups[0], "ForwardConfig": action.get("ForwardConfig") or weighted | unsticky}


def _rank(rule: Any) -> tuple[bool, int]:
    return rule.is_default, 0 if rule.is_default else int(rule.priority)


def describe_target_groups(call: Call) -> Mapping[str, Any]:
    """In pages, each group with the load balancer that forwards to it now."""
    backend = _backend(call)
    _attach(backend, Live(call.account, call.region))
    parameters = call.parameters
    groups = backend.describe_target_groups(
        parameters.get("LoadBalancerArn"), parameters.get("TargetGroupArns") or [], parameters.get("Names") or []
    )
    return _paged(call, "TargetGroups", list(groups), lambda each: str(each.arn))


def _attach(backend: Any, live: Live) -> None:
    """Set what moto notes when a rule is made, and never again: which load balancers forward to which group."""
    attached: dict[str, set[str]] = defaultdict(set)
    for listener in live.listeners():
        for group in live.forwarded_by(listener):
            attached[group].add(listener.load_balancer_arn)
    for group in backend.target_groups.values():
        group.load_balancer_arns = sorted(attached[group.arn])


def create_target_group(call: Call) -> Mapping[str, Any]:
    """The group of that name if it has these very settings; a new one if there is none."""
    backend, name = _backend(call), call.parameters["Name"]
    standing = next((group for group in backend.target_groups.values() if group.name == name), None)
    if standing is None:
        return {"TargetGroups": [_new_group(backend, call)]}
    del backend.target_groups[standing.arn]
    try:
        wanted = _new_group(backend, call)
        del backend.target_groups[wanted.arn]
    finally:
        backend.target_groups[standing.arn] = standing
    if _settings(standing) != _settings(wanted):
        message = f"A target group with the same name '{name}' exists, but with different settings"
        raise AwsRefusal("DuplicateTargetGroupName", message)
    return {"TargetGroups": [standing]}


def _new_group(backend: Any, call: Call) -> Any:
    settings = {ours: call.parameters.get(theirs) for theirs, ours in _GROUP.items()}
    group = backend.create_target_group(
        call.parameters["Name"],
        healthcheck_enabled=str(call.parameters.get("HealthCheckEnabled", True)).lower(),
        target_type=call.parameters.get("TargetType", "instance"),
        **settings,
    )
    backend.tagging_service.tag_resource(group.arn, call.parameters.get("Tags"))
    return group


def _settings(group: Any) -> dict[str, Any]:
    return {key: value for key, value in vars(group).items() if key not in _NOT_SETTINGS}


def create_listener(call: Call) -> Mapping[str, Any]:
    """The listener of that port if there is one: the table of refusals has seen to it that it is the same."""
    backend, parameters = _backend(call), call.parameters
    balancer = backend.load_balancers.get(parameters["LoadBalancerArn"])
    listeners = balancer.listeners.values() if balancer else ()
    standing = next((each for each in listeners if int(each.port) == int(parameters["Port"])), None)
    if standing is not None:
        return {"Listeners": [standing]}
    certificates = parameters.get("Certificates") or [{}]
    listener = backend.create_listener(
        load_balancer_arn=parameters["LoadBalancerArn"],
        protocol=parameters.get("Protocol"),
        port=parameters.get("Port"),
        ssl_policy=parameters.get("SslPolicy", "ELBSecurityPolicy-2016-08"),
        certificate=certificates[0].get("CertificateArn"),
        actions=parameters["DefaultActions"],
        alpn_policy=parameters.get("AlpnPolicy", []),
        tags=parameters.get("Tags"),
    )
    return {"Listeners": [listener]}


def set_rule_priorities(call: Call) -> Mapping[str, Any]:
    """All at once, so that rules may swap their priorities."""
    live = Live(call.account, call.region)
    wanted = {each["RuleArn"]: int(each["Priority"]) for each in call.parameters["RulePriorities"]}
    rules: dict[str, Any] = {arn: live.rule(arn) for arn in wanted}
    if None in rules.values():
        raise exceptions.RuleNotFoundError
    if len(set(wanted.values())) < len(wanted) or set(wanted.values()) & _other_priorities(live, rules):
        raise exceptions.PriorityInUseError
    for arn, rule in rules.items():
        rule.priority = wanted[arn]
    return {"Rules": list(rules.values())}


def _other_priorities(live: Live, rules: Mapping[str, Any]) -> set[int]:
    listeners = {rule.listener_arn for rule in rules.values()}
    others: Iterable[Any] = (
        rule
        for listener in live.listeners()
        if listener.arn in listeners
        for rule in listener.rules.values()
        if rule.arn not in rules and not rule.is_default
    )
    return {int(rule.priority) for rule in others}


def modify_target_group_attributes(call: Call) -> Mapping[str, Any]:
    """A deregistration delay of 3,600 seconds is allowed still; moto stops one short of it."""
    backend, arn = _backend(call), call.parameters["TargetGroupArn"]
    wanted = {each["Key"]: each["Value"] for each in call.parameters["Attributes"]}
    longest = _LONGEST_DELAY.items() & wanted.items()
    backend.modify_target_group_attributes(arn, dict(wanted.items() - longest))
    backend.target_groups[arn].attributes.update(longest)
    return {"Attributes": wanted}


def add_tags(call: Call) -> Mapping[str, Any]:
    """Up to 50 on each resource (the table of refusals counts them); moto stops at 10."""
    for arn in call.parameters["ResourceArns"]:
        _backend(call).tagging_service.tag_resource(arn, call.parameters["Tags"])
    return {}


ANSWERS: dict[str, Answer] = {
    "DescribeLoadBalancers": describe_load_balancers,
    "DescribeListeners": describe_listeners,
    "DescribeRules": describe_rules,
    "DescribeTargetGroups": describe_target_groups,
    "CreateTargetGroup": create_target_group,
    "CreateListener": create_listener,
    "SetRulePriorities": set_rule_priorities,
    "ModifyTargetGroupAttributes": modify_target_group_attributes,
    "AddTags": add_tags,
}
