"""Which resources a write is about, and whose they are just before it. A write that nobody knows is an error."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.sandbox import Call
from tests.invariants.live import (
    REGISTRY,
    Host,
    Live,
    Tags,
    forwarded,
    hosts_of,
    key_of,
    marks,
    plain,
    record_values,
    zone_records,
)

Verb = Literal["create", "change", "delete"]
Parameters = Mapping[str, Any]


class UnknownWriteError(Exception):
    """An operation that the rules have not been told about."""


@dataclass(frozen=True)
class Touched:
    """One resource that a write creates, changes or deletes.

    `name` identifies it to AWS; `label` stays the same when it is created anew. `tags` are those before the write,
    or given with a creation; of a record, its registry's.
    """

    verb: Verb
    kind: str
    name: str
    label: str
    tags: Tags

    @property
    def key(self) -> str:
        """`cluster/service`."""
        return key_of(self.tags)

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


def is_read(operation: str) -> bool:
    """Whether an operation changes nothing."""
    return operation.startswith(("Describe", "List", "Get", "AssumeRole"))


def touched_by(call: Call, live: Live) -> tuple[Touched, ...]:
    """The resources of a write. Raises `UnknownWriteError`."""
    find = _FINDERS.get((call.service, call.operation))
    if find is None:
        raise UnknownWriteError(f"{call.service} {call.operation}")
    return tuple(find(call.parameters, live))


Finder = Callable[[Parameters, Live], Iterator[Touched]]


def _new_service(given: Parameters, live: Live) -> Iterator[Touched]:
    standing = live.service(given.get("cluster", "default"), given["serviceName"])
    cluster = str(given.get("cluster", "default")).rsplit("/", 1)[-1]
    name = f"{cluster}/{given['serviceName']}"
    yield Touched("create", "service", name, name, standing.tags if standing else _tags(given))


def _service(verb: Verb) -> Finder:
    def find(given: Parameters, live: Live) -> Iterator[Touched]:
        found = live.service(given.get("cluster", "default"), given["service"])
        if found is not None:
            name = f"{found.cluster}/{found.name}"
            yield Touched(verb, "service", name, name, found.tags)

    return find


def _new_definition(given: Parameters, _: Live) -> Iterator[Touched]:
    yield Touched("create", "task-definition", given["family"], given["family"], _tags(given))


def _old_definition(given: Parameters, live: Live) -> Iterator[Touched]:
    for arn in given.get("taskDefinitions") or [given["taskDefinition"]]:
        name = arn.rsplit("/", 1)[-1]
        yield Touched("delete", "task-definition", arn, name, live.definition(arn) or {})


def _ecs_tagging(given: Parameters, live: Live) -> Iterator[Touched]:
    arn = given["resourceArn"]
    if ":task-definition/" in arn:
        yield Touched("change", "task-definition", arn, arn.rsplit("/", 1)[-1], live.definition(arn) or {})
        return
    found = next((each for each in live.services() if each.arn == arn), None)
    name = f"{found.cluster}/{found.name}" if found else arn
    yield Touched("change", "service", name, name, found.tags if found else {})


def _new_group(given: Parameters, live: Live) -> Iterator[Touched]:
    yield Touched("create", "target-group", given["Name"], given["Name"], _tags(given))


def _new_rule(given: Parameters, _: Live) -> Iterator[Touched]:
    label = ",".join(hosts_in(given.get("Conditions")))
    yield Touched("create", "rule", label, label, _tags(given))


def _new_front(given: Parameters, _: Live) -> Iterator[Touched]:
    label = str(given.get("Name") or given.get("LoadBalancerArn"))
    yield Touched("create", "load-balancer", label, label, _tags(given))


def _balancing(verb: Verb, *path: str) -> Finder:
    def find(given: Parameters, live: Live) -> Iterator[Touched]:
        for arn in _at(given, path):
            yield _balanced(verb, arn, live)

    return find


def _balanced(verb: Verb, arn: str, live: Live) -> Touched:
    if ":targetgroup/" in arn:
        return Touched(verb, "target-group", arn, arn.split("/")[1], live.tags(arn))
    rule = live.rule(arn) if ":listener-rule/" in arn else None
    return Touched(
        verb, "rule" if rule else "load-balancer", arn, ",".join(rule.hosts) if rule else arn, live.tags(arn)
    )


def _records(given: Parameters, live: Live) -> Iterator[Touched]:
    before = live.hosts(given["HostedZoneId"])
    for name, changes in by_host(given).items():
        host = before.get(name, Host(name))
        verbs: set[Verb] = {_record_verb(each, host) for each in changes}
        verb: Verb = verbs.pop() if len(verbs) == 1 else "change"
        registry = host.registry or next((_registry(each) for each in changes if _registry(each)), "")
        tags = marks(registry) if host.registry or not host.answered or verb == "create" else {}
        yield Touched(verb, "record", f"{given['HostedZoneId']}/{name}", name, tags)


def _record_verb(change: Parameters, host: Host) -> Verb:
    if change["Action"] == "DELETE":
        return "delete"
    fresh = change["Action"] == "CREATE" or not (host.registry or host.answered)
    return "create" if fresh else "change"


def _registry(change: Parameters) -> str:
    given = change["ResourceRecordSet"]
    if given["Type"] != "TXT" or not given["Name"].startswith(REGISTRY):
        return ""
    return next(iter(record_values(given)), "")


def by_host(given: Parameters) -> dict[str, list[Parameters]]:
    """The changes of a Route 53 batch by the host they are about, its registry record's among them."""
    hosts: dict[str, list[Parameters]] = {}
    for change in given["ChangeBatch"]["Changes"]:
        hosts.setdefault(plain(change["ResourceRecordSet"]["Name"]).removeprefix(REGISTRY), []).append(change)
    return hosts


def hosts_after(given: Parameters, live: Live) -> dict[str, Host]:
    """The names of the zone as a batch would leave them."""
    records = zone_records(live, given["HostedZoneId"])
    for change in given["ChangeBatch"]["Changes"]:
        record = change["ResourceRecordSet"]
        key = plain(record["Name"]), record["Type"]
        records.pop(key, None)
        if change["Action"] != "DELETE":
            records[key] = record_values(record)
    return hosts_of(records)


def hosts_in(conditions: Any) -> tuple[str, ...]:
    """The hosts that a rule's conditions name."""
    return tuple(
        value
        for condition in conditions or ()
        if condition["Field"] == "host-header"
        for value in condition.get("Values") or condition.get("HostHeaderConfig", {}).get("Values", ())
    )


def weights_in(given: Parameters) -> dict[str, int] | None:
    """The weights that a write gives to target groups; None when it says nothing about traffic."""
    actions = given.get("Actions") or given.get("DefaultActions")
    return forwarded(actions) if actions else None


def _tags(given: Parameters) -> Tags:
    lower = {each["key"]: each.get("value", "") for each in given.get("tags") or ()}
    return lower | {each["Key"]: each.get("Value", "") for each in given.get("Tags") or ()}


def _at(given: Parameters, path: tuple[str, ...]) -> Iterator[str]:
    found: Any = given[path[0]]
    for each in found if isinstance(found, list) else [found]:
        yield each[path[1]] if path[1:] else each


_FINDERS: Mapping[tuple[str, str], Finder] = {
    ("ecs", "CreateService"): _new_service,
    ("ecs", "UpdateService"): _service("change"),
    ("ecs", "DeleteService"): _service("delete"),
    ("ecs", "RegisterTaskDefinition"): _new_definition,
    ("ecs", "DeregisterTaskDefinition"): _old_definition,
    ("ecs", "DeleteTaskDefinitions"): _old_definition,
    ("ecs", "TagResource"): _ecs_tagging,
    ("ecs", "UntagResource"): _ecs_tagging,
    ("elbv2", "CreateTargetGroup"): _new_group,
    ("elbv2", "ModifyTargetGroup"): _balancing("change", "TargetGroupArn"),
    ("elbv2", "ModifyTargetGroupAttributes"): _balancing("change", "TargetGroupArn"),
    ("elbv2", "DeleteTargetGroup"): _balancing("delete", "TargetGroupArn"),
    ("elbv2", "RegisterTargets"): _balancing("change", "TargetGroupArn"),
    ("elbv2", "DeregisterTargets"): _balancing("change", "TargetGroupArn"),
    ("elbv2", "CreateRule"): _new_rule,
    ("elbv2", "ModifyRule"): _balancing("change", "RuleArn"),
    ("elbv2", "DeleteRule"): _balancing("delete", "RuleArn"),
    ("elbv2", "SetRulePriorities"): _balancing("change", "RulePriorities", "RuleArn"),
    ("elbv2", "CreateListener"): _new_front,
    ("elbv2", "ModifyListener"): _balancing("change", "ListenerArn"),
    ("elbv2", "DeleteListener"): _balancing("delete", "ListenerArn"),
    ("elbv2", "CreateLoadBalancer"): _new_front,
    ("elbv2", "DeleteLoadBalancer"): _balancing("delete", "LoadBalancerArn"),
    ("elbv2", "AddTags"): _balancing("change", "ResourceArns"),
    ("elbv2", "RemoveTags"): _balancing("change", "ResourceArns"),
    ("route53", "ChangeResourceRecordSets"): _records,
}
