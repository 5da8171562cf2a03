"""DNS records: a listener's host name as an alias (A and AAAA) of its load balancer, owned by a TXT record beside it.

The TXT record stands at `_reconciler.HOST`, so that it never meets a TXT of somebody else's, and changes in the same
batch as the aliases (S19).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.aws import Gateway
from reconciler.aws.errors import repeated_page
from reconciler.kinds.base import CLUSTER, OWNER, SERVICE, Found, Scope, identify, tags_of
from reconciler.kinds.grants import Conditions, Grant, Territory
from reconciler.model import (
    Action,
    Call,
    FieldChange,
    Foreign,
    Guard,
    Infrastructure,
    Live,
    Priorities,
    Resource,
    ResourceId,
    Value,
    Verb,
)
from reconciler.spec import Workload

NAME = "dns-record"
ALIASES = ("A", "AAAA")
_MARK = "_reconciler."
_TTL = 300
_ADDRESSES = ("A", "AAAA", "CNAME")


def desired(workload: Workload, owner: str, infrastructure: Infrastructure) -> tuple[Resource, ...]:
    """One record per host name."""
    records = []
    for listener in workload.spec.listeners:
        balancer = infrastructure.load_balancers[listener.protocol]
        alias = {
            "HostedZoneId": balancer["zone_id"],
            "DNSName": _target(balancer["dns_name"]),
            "EvaluateTargetHealth": False,
        }
        fields = {"HostedZone": infrastructure.zone_id, **dict.fromkeys(ALIASES, alias)}
        host = workload.hostname(listener)
        fields["TXT"] = _registry(tags_of(owner, workload.key))
        records.append(Resource(ResourceId(NAME, workload.key, host), fields))
    return tuple(records)


def permissions(territory: Territory) -> tuple[Grant, ...]:
    """Records below the zone's name, of the types that the operator writes or puts its own in the place of.

    Route 53 knows no tags of records. Its normalized names are in lower case and without the dot at the end, so a zone
    that was not looked up is bound by the names in it; the zone's own NS and SOA are out of reach in any case.
    """
    zone = territory.spec.zone
    if zone is None:
        return ()
    changed = "route53:ChangeResourceRecordSets"
    conditions: Conditions = {
        "ForAllValues:StringLike": {f"{changed}NormalizedRecordNames": (f"*.{zone}",)},
        "ForAllValues:StringEquals": {f"{changed}RecordTypes": (*ALIASES, "CNAME", "TXT")},
    }
    return (
        Grant("ReadZone", ("route53:ListResourceRecordSets",), (territory.zone,)),
        Grant("ChangeRecords", (changed,), (territory.zone,), conditions),
    )


def _registry(tags: Mapping[str, str]) -> str:
    return '"' + ",".join(f"{name}={tags[name]}" for name in (OWNER, CLUSTER, SERVICE)) + '"'


def _marks(text: str) -> dict[str, str]:
    return dict(re.findall(r"([\w:]+)=([^,\"]+)", text))


def _normal(name: str) -> str:
    return name.lower().rstrip(".").replace("\\052", "*")


def _target(name: str) -> str:
    """A load balancer's name as records point to it: the console writes it with `dualstack.` in front."""
    return _normal(name).removeprefix("dualstack.")


def observe(aws: Gateway, scope: Scope) -> Found:
    """The zone's records, whole, or those of the scope's host names."""
    if not scope.infrastructure.zone_id:
        return Found()
    return _sort(_record_sets(aws, scope), scope)


def _record_sets(aws: Gateway, scope: Scope) -> Iterable[Mapping[str, Any]]:
    if scope.services is None:
        yield from _listing(aws, scope.infrastructure.zone_id)
        return
    for host in sorted(scope.hostnames):
        for name in (host, _MARK + host):
            yield from _at(aws, scope.infrastructure.zone_id, name)


def _at(aws: Gateway, zone: str, name: str) -> Iterable[Mapping[str, Any]]:
    answer = aws.call("route53", "ListResourceRecordSets", HostedZoneId=zone, StartRecordName=name, MaxItems="10")
    return [record for record in answer["ResourceRecordSets"] if _normal(record["Name"]) == name]


def _listing(aws: Gateway, zone: str) -> Iterable[Mapping[str, Any]]:
    """Every record set. Route 53 pages by name, type and identifier together rather than by a token."""
    start: dict[str, str] = {}
    while True:
        answer = aws.call("route53", "ListResourceRecordSets", HostedZoneId=zone, MaxItems="300", **start)
        yield from answer["ResourceRecordSets"]
        if not answer["IsTruncated"]:
            return
        following = {
            f"Start{name.removeprefix('Next')}": answer[name]
            for name in ("NextRecordName", "NextRecordType", "NextRecordIdentifier")
            if answer.get(name)
        }
        if following == start:
            raise repeated_page("route53", "ListResourceRecordSets", str(following))
        start = following


def _sort(record_sets: Iterable[Mapping[str, Any]], scope: Scope) -> Found:
    by_name: dict[str, dict[str, Any]] = {}
    for record in record_sets:
        by_name.setdefault(_normal(record["Name"]), {})[record["Type"]] = record
    live: list[Live] = []
    foreign: list[Foreign] = []
    for host in sorted({name.removeprefix(_MARK) for name in by_name}):
        records = by_name.get(host, {})
        registry = by_name.get(_MARK + host, {}).get("TXT")
        text = _text(registry) if registry else ""
        owned = identify(NAME, host, _marks(text), scope, host)
        if isinstance(owned, ResourceId):
            live.append(_live(owned, records, registry, scope))  # another service's too, which has to give it up
        elif any(kind in records for kind in _ADDRESSES):
            foreign.append(owned)
    return Found(tuple(live), tuple(foreign))


def _live(owned: ResourceId, records: Mapping[str, Any], registry: Any, scope: Scope) -> Live:  # noqa: ANN401
    fields: dict[str, Value] = {"HostedZone": scope.infrastructure.zone_id}
    fields |= {kind: _alias(records[kind]) for kind in ALIASES if kind in records}
    fields["TXT"] = _text(registry)
    kept = [records[kind] for kind in ALIASES if kind in records] + [registry]
    return Live(owned, owned.name, fields, {}, {"record_sets": tuple(kept), "cname": records.get("CNAME")})


def _text(registry: Mapping[str, Any]) -> str:
    """What a TXT record says; nothing when it is an alias of another."""
    return next((str(item["Value"]) for item in registry.get("ResourceRecords", ())), "")


def _alias(record: Mapping[str, Any]) -> dict[str, Value]:
    target = record.get("AliasTarget")
    if target is None:
        return {"ResourceRecords": [item["Value"] for item in record.get("ResourceRecords", ())]}
    return {**target, "DNSName": _target(target["DNSName"])}


def create(want: Resource, cause: str, _taken: Mapping[str, Priorities]) -> tuple[Action, ...]:
    """Create aliases and ownership together; CREATE makes AWS refuse to lay them over somebody else's."""
    return (_batch(Verb.CREATE, want.id, want.fields["HostedZone"], _changes("CREATE", want), cause),)


def update(want: Resource, have: Live, changes: tuple[FieldChange, ...], cause: str) -> tuple[Action, ...]:
    """Put aliases and ownership right together, in the place of a CNAME if somebody laid one over our name."""
    cname = have.status["cname"]
    over = [{"Action": "DELETE", "ResourceRecordSet": cname}] if cname else []
    batch = [*over, *_changes("UPSERT", want)]
    return (_batch(Verb.UPDATE, have.id, want.fields["HostedZone"], batch, cause, changes),)


def remove(have: Live, cause: str) -> Action:
    """Remove aliases and ownership together, as they were read twice: Route 53 refuses if they changed since."""
    changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in have.status["record_sets"]]
    return _batch(Verb.DELETE, have.id, have.fields["HostedZone"], changes, cause, guard=Guard(have, unchanged=True))


def _changes(verb: str, want: Resource) -> list[dict[str, Value]]:
    host = want.id.name
    records: list[dict[str, Value]] = [
        {"Name": host, "Type": kind, "AliasTarget": want.fields[kind]} for kind in ALIASES
    ]
    registry = {"Name": _MARK + host, "Type": "TXT", "TTL": _TTL, "ResourceRecords": [{"Value": want.fields["TXT"]}]}
    return [{"Action": verb, "ResourceRecordSet": record} for record in [*records, registry]]


def _batch(
    verb: Verb,
    owned: ResourceId,
    zone: str,
    batch: list[dict[str, Value]],
    cause: str,
    changes: tuple[FieldChange, ...] = (),
    guard: Guard | None = None,
) -> Action:
    parameters = {"HostedZoneId": zone, "ChangeBatch": {"Comment": cause[:256], "Changes": batch}}
    return Action(verb, owned, Call("route53", "ChangeResourceRecordSets", parameters), cause, changes, guard=guard)


def attributes(_answer: Mapping[str, Value]) -> Mapping[str, Value]:
    """Nothing refers to a record."""
    return {}


def reread(aws: Gateway, scope: Scope, have: Live) -> Live | None:
    """The record as it is now, with its ownership."""
    zone = have.fields["HostedZone"]
    records = [*_at(aws, zone, have.id.name), *_at(aws, zone, _MARK + have.id.name)]
    return next((live for live in _sort(records, scope).live if live.id == have.id), None)
