"""What the sandbox holds at this moment, read straight from moto and the world, not with the operator's eyes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.events.models import events_backends
from moto.route53.models import route53_backends
from moto.scheduler.models import scheduler_backends

from reconciler.sandbox import World

OWNER = "reconciler:owner"
CLUSTER = "reconciler:cluster"
SERVICE = "reconciler:service"
REGISTRY = "_reconciler."
ADDRESSES = frozenset({"A", "AAAA", "CNAME"})

Tags = Mapping[str, str]


@dataclass(frozen=True)
class EcsService:
    """An ECS service. `definitions` are those it or one of its deployments refers to."""

    arn: str
    cluster: str
    name: str
    desired: int
    definition: str
    definitions: frozenset[str]
    groups: tuple[str, ...]
    tags: Tags
    status: str


@dataclass(frozen=True)
class Rule:
    """A listener's rule, its default one included. `weights` are by target group."""

    arn: str
    listener: str
    hosts: tuple[str, ...]
    weights: Mapping[str, int]
    tags: Tags

    def __str__(self) -> str:
        return f"rule {', '.join(self.hosts) or 'by default'}"


@dataclass(frozen=True)
class Host:
    """A DNS name, with the values of its records by type, and what its registry record says."""

    name: str
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    registry: str | None = None

    @property
    def answered(self) -> bool:
        """Whether a resolver gets an address."""
        return any(values for kind, values in self.records.items() if kind in ADDRESSES)


@dataclass(frozen=True)
class Live:
    """One account and region."""

    world: World
    account: str
    region: str

    def services(self) -> list[EcsService]:
        """The ECS services that are not gone."""
        held = ecs_backends[self.account][self.region].services.values()
        return [_service(each) for each in held if each.status != "INACTIVE"]

    def service(self, cluster: str, name: str) -> EcsService | None:
        """The ECS service of that name or ARN."""
        name, cluster = name.rsplit("/", 1)[-1], cluster.rsplit("/", 1)[-1]
        return next((each for each in self.services() if (each.cluster, each.name) == (cluster, name)), None)

    def definition(self, arn: str) -> Tags | None:
        """The tags of a task definition, by ARN or family:revision."""
        family, _, revision = arn.rsplit("/", 1)[-1].partition(":")
        found = ecs_backends[self.account][self.region].task_definitions.get(family, {}).get(int(revision or 0))
        return _lower(found.tags) if found else None

    def content(self, arn: str) -> Any:
        """The containers of a task definition."""
        family, _, revision = arn.rsplit("/", 1)[-1].partition(":")
        return ecs_backends[self.account][self.region].task_definitions[family][int(revision)].container_definitions

    def scheduled_definitions(self) -> set[str]:
        """The task definitions that schedules and event rules run."""
        buses = events_backends[self.account][self.region].event_buses.values()
        groups = scheduler_backends[self.account][self.region].schedule_groups.values()
        targets = [target for bus in buses for rule in bus.rules.values() for target in rule.targets]
        targets += [each.target for group in groups for each in group.schedules.values()]
        return {each["EcsParameters"]["TaskDefinitionArn"] for each in targets if each.get("EcsParameters")}

    def rules(self) -> list[Rule]:
        """Every rule of every listener."""
        balancers = elbv2_backends[self.account][self.region].load_balancers.values()
        return [
            _rule(rule, listener.arn, self.tags(rule.arn))
            for balancer in balancers
            for listener in balancer.listeners.values()
            for rule in listener.rules.values()
        ]

    def rule(self, arn: str) -> Rule | None:
        """The rule of that ARN."""
        return next((each for each in self.rules() if each.arn == arn), None)

    def rules_with(self, group: str) -> list[Rule]:
        """The rules that forward to a target group, whatever the weight."""
        return [rule for rule in self.rules() if group in rule.weights]

    def weight(self, service: EcsService) -> int:
        """The greatest weight that any rule gives to a group of the service."""
        return max((rule.weights.get(group, 0) for rule in self.rules() for group in service.groups), default=0)

    def groups(self) -> list[str]:
        """The ARNs of all target groups."""
        return list(elbv2_backends[self.account][self.region].target_groups)

    def tags(self, arn: str) -> Tags:
        """The tags of a load-balancing resource."""
        held: Mapping[str, str | None] = elbv2_backends[self.account][
            self.region
        ].tagging_service.get_tag_dict_for_resource(arn)
        return {key: value or "" for key, value in held.items()}

    def healthy(self, group: str) -> int:
        """How many targets of a group are healthy."""
        return sum(target.health == "healthy" for target in self.world.targets(group))

    def delay(self, group: str) -> float:
        """A group's deregistration delay in seconds."""
        held: Any = elbv2_backends[self.account][self.region].target_groups.get(group)
        return float(held.attributes["deregistration_delay.timeout_seconds"]) if held else 0.0

    def zones(self) -> list[str]:
        """The ids of the account's hosted zones."""
        return list(route53_backends[self.account]["aws"].zones)

    def hosts(self, zone: str) -> dict[str, Host]:
        """The names of a hosted zone, without the zone's own."""
        held = route53_backends[self.account]["aws"].zones.get(_zone_id(zone))
        return hosts_of(_records(held)) if held else {}

    def owned(self, owner: str) -> Iterator[Tags]:
        """The tags of everything that an installation owns here."""
        tagged = [each.tags for each in self.services()]
        tagged += [rule.tags for rule in self.rules()] + [self.tags(group) for group in self.groups()]
        for zone in self.zones():
            tagged += [marks(host.registry) for host in self.hosts(zone).values() if host.registry]
        return (tags for tags in tagged if tags.get(OWNER) == owner)

    def describe(self) -> list[str]:
        """A line for each ECS service and each rule, for people."""
        services = (f"service {each.name}: {each.desired} desired, {each.status}" for each in self.services())
        rules = (f"{each}: {self._weights(each)}" for each in self.rules() if each.hosts)
        return [*services, *rules]

    def _weights(self, rule: Rule) -> str:
        return ", ".join(
            f"{short(group)} weighs {weight} with {self.healthy(group)} healthy"
            for group, weight in rule.weights.items()
        )


RecordKey = tuple[str, str]


def everywhere(world: World) -> Iterator[Live]:
    """Every account and region where something of ECS or load balancing is."""
    tables: tuple[Any, ...] = (ecs_backends, elbv2_backends)
    places = {
        (account, region)
        for backends in tables
        for account, regions in list(backends.items())
        for region in list(regions)
    }
    return (Live(world, *place) for place in sorted(places))


def key_of(tags: Tags) -> str:
    """`cluster/service`, as a resource's tags say."""
    return f"{tags.get(CLUSTER, '')}/{tags.get(SERVICE, '')}"


def short(arn: str) -> str:
    """The name in a target group's ARN."""
    return arn.split("/")[1] if "/" in arn else arn


def plain(name: str) -> str:
    """A DNS name in lower case and without its final dot."""
    return name.lower().rstrip(".").replace("\\052", "*")


def marks(registry: str) -> Tags:
    """The tags that a registry record holds."""
    return dict(re.findall(r"([\w:]+)=([^,\"]+)", registry))


def forwarded(actions: Any) -> dict[str, int]:
    """The weights of a rule's actions, by target group."""
    weights: dict[str, int] = {}
    for action in actions or ():
        groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
        weights |= {each["TargetGroupArn"]: int(each.get("Weight", 1)) for each in groups}
        if not groups and action.get("TargetGroupArn"):
            weights[action["TargetGroupArn"]] = 1
    return weights


def hosts_of(records: Mapping[RecordKey, tuple[str, ...]]) -> dict[str, Host]:
    """Record values by name and type, brought together by host."""
    names = {name.removeprefix(REGISTRY) for name, _ in records}
    return {
        name: Host(
            name,
            {kind: values for (of, kind), values in records.items() if of == name},
            next(iter(records.get((REGISTRY + name, "TXT"), ())), None),
        )
        for name in names
    }


def record_values(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of a record set: an alias's is the name it points to."""
    if given.get("AliasTarget"):
        return (plain(given["AliasTarget"]["DNSName"]),)
    return tuple(each if isinstance(each, str) else each["Value"] for each in given.get("ResourceRecords") or ())


def zone_records(live: Live, zone: str) -> dict[RecordKey, tuple[str, ...]]:
    """The records of a hosted zone by name and type."""
    return _records(route53_backends[live.account]["aws"].zones[_zone_id(zone)])


def _records(zone: Any) -> dict[RecordKey, tuple[str, ...]]:
    return {
        (plain(each.name), str(each.type)): record_values(
            {"AliasTarget": each.alias_target, "ResourceRecords": each.records}
        )
        for each in zone.rrsets
    }


def _zone_id(zone: str) -> str:
    return zone.removeprefix("/hostedzone/")


def _service(held: Any) -> EcsService:
    current = str(held.fields["taskDefinition"])
    deployed = {str(each.revision.fields["taskDefinition"]) for each in held.deployments}
    return EcsService(
        held.arn,
        held.cluster_name,
        held.name,
        int(held.desired_count),
        current,
        frozenset(deployed | {current}),
        tuple(each["targetGroupArn"] for each in held.fields["loadBalancers"]),
        _lower(held.tags),
        held.status,
    )


def _rule(held: Any, listener: str, tags: Tags) -> Rule:
    hosts = tuple(
        value
        for condition in held.conditions
        if condition["Field"] == "host-header"
        for value in condition.get("Values") or condition.get("HostHeaderConfig", {}).get("Values", ())
    )
    return Rule(held.arn, listener, hosts, forwarded(each.data for each in held.actions), tags)


def _lower(tags: Any) -> Tags:
    return {each["key"]: each.get("value") or "" for each in tags or ()}
