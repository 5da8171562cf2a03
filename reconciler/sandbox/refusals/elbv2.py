"""What makes a load-balancing call wrong. Each predicate returns what its message is about, or nothing."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from moto.elbv2.models import FakeAction

from reconciler.sandbox.refusals.live import Live, Parameters, forwarded

_MAX_WEIGHT = 999
_MAX_GROUPS = 5
_MAX_VALUES = 5
_MAX_WILDCARDS = 5
_HOST = re.compile(r"[A-Za-z0-9\-.*?]+")
_CODES = re.compile(r"\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*")
_LEAST_CODE, _MOST_CODE = 200, 499


def _actions(parameters: Parameters) -> list[Parameters]:
    return parameters.get("Actions") or parameters.get("DefaultActions") or []


def _forwards(parameters: Parameters) -> Iterator[list[Parameters]]:
    """The weighted groups of each forward action that lists any."""
    for action in _actions(parameters):
        groups = action.get("ForwardConfig", {}).get("TargetGroups")
        if groups:
            yield groups


def weight_out_of_range(parameters: Parameters, _: Live) -> int | None:
    """A weight outside 0 to 999."""
    weights = (int(group.get("Weight", 1)) for groups in _forwards(parameters) for group in groups)
    return next((weight for weight in weights if not 0 <= weight <= _MAX_WEIGHT), None)


def weights_sum_to_zero(parameters: Parameters, _: Live) -> bool:
    """A forward action that would send its traffic nowhere."""
    return any(not sum(int(group.get("Weight", 1)) for group in groups) for groups in _forwards(parameters))


def too_many_groups(parameters: Parameters, _: Live) -> bool:
    """More target groups in one forward action than AWS weighs."""
    return any(len(groups) > _MAX_GROUPS for groups in _forwards(parameters))


def group_of_another_balancer(parameters: Parameters, live: Live) -> str | None:
    """A target group may be forwarded to by one load balancer only."""
    here = _balancer_of(parameters, live)
    groups = (group for action in _actions(parameters) for group in forwarded(action))
    return next((group for group in groups if here and live.balancers_of(group) - {here}), None)


def _balancer_of(parameters: Parameters, live: Live) -> str | None:
    if "LoadBalancerArn" in parameters:
        return str(parameters["LoadBalancerArn"])
    rule = live.rule(parameters.get("RuleArn", ""))
    listener = live.listener(rule.listener_arn if rule else parameters.get("ListenerArn", ""))
    return listener.load_balancer_arn if listener else None


def too_many_condition_values(parameters: Parameters, _: Live) -> bool:
    """More values over all conditions of a rule than AWS compares."""
    return sum(map(_values, parameters.get("Conditions", []))) > _MAX_VALUES


def _values(condition: Parameters) -> int:
    configs = [value for key, value in condition.items() if key.endswith("Config")]
    return sum(len(each.get("Values", [])) for each in [condition, *configs])


def bad_host(parameters: Parameters, _: Live) -> str | None:
    """A host to compare with that no name can be."""
    return next((host for host in _hosts(parameters) if not _HOST.fullmatch(host) or "." not in host), None)


def too_many_wildcards(parameters: Parameters, _: Live) -> bool:
    """More wildcards over all conditions of a rule than AWS compares."""
    values = (value for condition in parameters.get("Conditions", []) for value in _texts(condition))
    return sum(value.count("*") + value.count("?") for value in values) > _MAX_WILDCARDS


def _hosts(parameters: Parameters) -> Iterator[str]:
    for condition in parameters.get("Conditions", []):
        if condition.get("Field") == "host-header":
            yield from _texts(condition)


def _texts(condition: Parameters) -> Iterator[str]:
    """The values of a condition, wherever they stand in it; a query string has keys and values."""
    configs = [value for key, value in condition.items() if key.endswith("Config")]
    for value in (value for each in [condition, *configs] for value in each.get("Values", [])):
        yield from value.values() if isinstance(value, dict) else (value,)


def matcher_out_of_range(parameters: Parameters, _: Live) -> str | None:
    """Answers to a health check that an application load balancer can't take for good ones."""
    matcher: str | None = (parameters.get("Matcher") or {}).get("HttpCode")
    if matcher is None:
        return None
    codes = [int(code) for code in re.findall(r"\d+", matcher)]
    good = _CODES.fullmatch(matcher) and all(_LEAST_CODE <= code <= _MOST_CODE for code in codes)
    return None if good else matcher


def check_path_relative(parameters: Parameters, _: Live) -> str | None:
    """A path to check that doesn't begin at the root."""
    path: str | None = parameters.get("HealthCheckPath")
    return path if path and not path.startswith("/") else None


def checks_overlap(parameters: Parameters, live: Live) -> tuple[int, int] | None:
    """A health check that may still wait for its answer when the next one is due."""
    group = live.elbv2.target_groups.get(parameters.get("TargetGroupArn"))
    timeout = parameters.get("HealthCheckTimeoutSeconds") or (group and group.health_check_timeout_seconds)
    interval = parameters.get("HealthCheckIntervalSeconds") or (group and group.health_check_interval_seconds)
    if not timeout or not interval or int(timeout) < int(interval):
        return None
    return int(timeout), int(interval)


def no_conditions(parameters: Parameters, _: Live) -> bool:
    """A rule without a condition would shadow the default rule."""
    return not parameters.get("Conditions")


def no_actions(parameters: Parameters, _: Live) -> bool:
    """A rule without an action."""
    return not _actions(parameters)


def default_rule(parameters: Parameters, live: Live) -> str | None:
    """The default rule belongs to its listener."""
    rule = live.rule(parameters["RuleArn"])
    return rule.arn if rule and rule.is_default else None


def rule_absent(parameters: Parameters, live: Live) -> bool:
    """There is no such rule."""
    return live.rule(parameters["RuleArn"]) is None


def rules_across_listeners(parameters: Parameters, live: Live) -> bool:
    """Priorities can be set for the rules of one listener at a time."""
    rules = [live.rule(each["RuleArn"]) for each in parameters["RulePriorities"]]
    return len({rule.listener_arn for rule in rules if rule}) > 1


def unknown(kind: str) -> Callable[[Parameters, Live], str | None]:
    """An ARN of that kind in a tagging call, of something that is not there."""

    def absent(parameters: Parameters, live: Live) -> str | None:
        known = _arns(kind, live)
        arns = (arn for arn in parameters["ResourceArns"] if f":{kind}/" in arn)
        return next((arn for arn in arns if arn not in known), None)

    return absent


def _arns(kind: str, live: Live) -> set[str]:
    if kind == "targetgroup":
        return set(live.elbv2.target_groups)
    if kind == "loadbalancer":
        return set(live.elbv2.load_balancers)
    if kind == "listener":
        return {listener.arn for listener in live.listeners()}
    return {rule.arn for listener in live.listeners() for rule in listener.rules.values()}


def port_in_use(parameters: Parameters, live: Live) -> str | None:
    """A second listener on a port, with other settings; the same settings are answered with the first."""
    balancer = live.elbv2.load_balancers.get(parameters["LoadBalancerArn"])
    listeners = balancer.listeners.values() if balancer else ()
    taken = any(
        int(each.port) == int(parameters["Port"]) and not _same_listener(each, parameters) for each in listeners
    )
    return balancer.arn if taken else None


def _same_listener(listener: Any, parameters: Parameters) -> bool:
    wanted = [FakeAction(deepcopy(each)).data for each in parameters["DefaultActions"]]
    have = [each.data for each in listener.default_actions]
    return bool(listener.protocol == parameters.get("Protocol") and wanted == have)


def https_without_certificate(parameters: Parameters, _: Live) -> bool:
    """HTTPS needs a certificate."""
    return parameters.get("Protocol") == "HTTPS" and not parameters.get("Certificates")


def balancer_name_in_use(parameters: Parameters, live: Live) -> str | None:
    """A second load balancer of the same name."""
    name: str = parameters["Name"]
    return name if any(each.name == name for each in live.elbv2.load_balancers.values()) else None


def too_few_zones(parameters: Parameters, live: Live) -> bool:
    """An application load balancer stands in two availability zones at least."""
    ids = parameters.get("Subnets") or [each["SubnetId"] for each in parameters.get("SubnetMappings", [])]
    zones = {live.elbv2.ec2_backend.get_subnet(subnet).availability_zone for subnet in ids}
    return parameters.get("Type", "application") == "application" and len(zones) == 1


def name_too_long(parameters: Parameters, _: Live) -> str | None:
    """Load-balancer names have 32 characters at most."""
    name: str = parameters["Name"]
    return name if len(name) > 32 else None  # noqa: PLR2004


def name_internal(parameters: Parameters, _: Live) -> str | None:
    """AWS begins the DNS names of internal load balancers so."""
    name: str = parameters["Name"]
    return name if name.startswith("internal-") else None


def protected_from_deletion(parameters: Parameters, live: Live) -> str | None:
    """Deletion protection is on."""
    balancer = live.elbv2.load_balancers.get(parameters["LoadBalancerArn"])
    return balancer.arn if balancer and balancer.attrs["deletion_protection.enabled"] == "true" else None
