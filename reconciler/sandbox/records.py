"""Route 53 records as values: what a zone holds, and what a batch of changes would make of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str, str | None]
"""Name, type and set identifier: what makes a record set itself and no other."""

ROUTING = ("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer")


@dataclass(frozen=True)
class Alias:
    """Where an alias record points."""

    zone_id: str
    name: str
    evaluate_health: bool


@dataclass(frozen=True)
class Record:
    """A record set; the order of its values means nothing."""

    name: str
    type: str
    set_identifier: str | None
    ttl: int | None
    values: tuple[str, ...]
    alias: Alias | None
    routing: tuple[tuple[str, str], ...]

    @property
    def key(self) -> Key:
        """What identifies it."""
        return self.name, self.type, self.set_identifier


@dataclass(frozen=True)
class Change:
    """One change of a batch, and the zone as the changes before it leave it."""

    action: str
    record: Record
    zone_id: str
    zone: str
    records: Mapping[Key, Record]

    def namesakes(self) -> Iterator[Record]:
        """The other record sets of the same name."""
        return (each for each in self.records.values() if each.name == self.record.name and each.key != self.record.key)


def absolute(name: str) -> str:
    """A DNS name as Route 53 compares it: lower case, ending in a dot."""
    return name.lower().rstrip(".") + "."


def record(given: Mapping[str, Any]) -> Record:
    """The record set of a change, in AWS's names."""
    target = given.get("AliasTarget")
    return Record(
        name=absolute(given["Name"]),
        type=given["Type"],
        set_identifier=given.get("SetIdentifier"),
        ttl=None if given.get("TTL") is None else int(given["TTL"]),
        values=tuple(sorted(_text(value) for value in given.get("ResourceRecords") or [])),
        alias=_alias(target) if target else None,
        routing=tuple((kind, str(given[kind])) for kind in ROUTING if given.get(kind) is not None),
    )


def standing(record_set: Any) -> Record:
    """The record set that moto holds."""
    return record(
        {
            "Name": record_set.name,
            "Type": record_set.type,
            "SetIdentifier": record_set.set_identifier,
            "TTL": record_set.ttl,
            "ResourceRecords": record_set.records,
            "AliasTarget": record_set.alias_target,
            "Weight": record_set.weight,
            "Region": record_set.region,
            "Failover": record_set.failover,
            "GeoLocation": record_set.geo_location,
            "MultiValueAnswer": record_set.multi_value_answer,
        }
    )


def changes(zone: Any, batch: list[dict[str, Any]]) -> Iterator[Change]:
    """The changes of a batch one by one, each upon what the ones before it made of the zone."""
    records = {each.key: each for each in map(standing, zone.rrsets)}
    for given in batch:
        change = Change(
            given["Action"], record(given["ResourceRecordSet"]), zone.resource_id, absolute(zone.name), records
        )
        yield change
        records = _after(change)


def _after(change: Change) -> dict[Key, Record]:
    rest = {key: each for key, each in change.records.items() if key != change.record.key}
    return rest if change.action == "DELETE" else rest | {change.record.key: change.record}


def _text(value: Any) -> str:
    """A value as text, whether held bare or as AWS sends it."""
    return str(value["Value"]) if isinstance(value, Mapping) else str(value)


def _alias(target: Mapping[str, Any]) -> Alias:
    health = str(target.get("EvaluateTargetHealth", False)).lower() == "true"
    return Alias(target["HostedZoneId"], absolute(target["DNSName"]), health)
