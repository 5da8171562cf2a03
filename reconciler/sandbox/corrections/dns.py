"""Route 53 operations answered in moto's place: batches, their propagation, and listings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.route53.exceptions import NoSuchHostedZone
from moto.route53.models import route53_backends

from reconciler.clock import Clock
from reconciler.sandbox.calls import Answer, AwsRefusal, Call
from reconciler.sandbox.records import absolute, record, standing

_PROPAGATION = timedelta(seconds=30)
_MOST_RECORDS = 300
_MOST_ZONES = 100


def answers(clock: Clock) -> dict[str, Answer]:
    """Route 53's answers, with changes that take their time by this clock."""
    changes = _Changes(clock)
    return {
        "ChangeResourceRecordSets": changes.change_resource_record_sets,
        "GetChange": changes.get_change,
        "ListResourceRecordSets": list_resource_record_sets,
        "ListHostedZonesByName": list_hosted_zones_by_name,
    }


@dataclass
class _Changes:
    """The batches submitted so far: each is PENDING until every name server has it."""

    clock: Clock
    submitted: dict[str, datetime] = field(default_factory=dict)

    def change_resource_record_sets(self, call: Call) -> Mapping[str, Any]:
        """All changes of the batch; the table of refusals has seen to it that each can be made."""
        zone = _zone(call)
        for change in call.parameters["ChangeBatch"]["Changes"]:
            _change(zone, change)
        change_id = f"C{len(self.submitted) + 1:020d}"
        self.submitted[change_id] = self.clock.now()
        return self._info(change_id)

    def get_change(self, call: Call) -> Mapping[str, Any]:
        """PENDING at first, INSYNC when the change has spread."""
        change_id = call.parameters["Id"].removeprefix("/change/")
        if change_id not in self.submitted:
            raise AwsRefusal("NoSuchChange", f"Could not find resource with ID: {change_id}", 404)
        return self._info(change_id)

    def _info(self, change_id: str) -> Mapping[str, Any]:
        submitted = self.submitted[change_id]
        spread = self.clock.now() >= submitted + _PROPAGATION
        status = "INSYNC" if spread else "PENDING"
        return {"ChangeInfo": {"Id": f"/change/{change_id}", "Status": status, "SubmittedAt": submitted}}


def _zone(call: Call) -> Any:
    zone_id = call.parameters["HostedZoneId"].removeprefix("/hostedzone/")
    zone = route53_backends[call.account]["aws"].zones.get(zone_id)
    if zone is None:
        raise NoSuchHostedZone(zone_id)
    return zone


def _change(zone: Any, change: Mapping[str, Any]) -> None:
    given = change["ResourceRecordSet"]
    key = record(given).key
    zone.rrsets = [each for each in zone.rrsets if standing(each).key != key]
    if change["Action"] != "DELETE":
        values = [value["Value"] for value in given.get("ResourceRecords") or []]
        zone.add_rrset({**given, "Name": absolute(given["Name"]), "ResourceRecords": values})


def list_resource_record_sets(call: Call) -> Mapping[str, Any]:
    """In Route 53's order (labels from the right, then type, then identifier), 300 at most."""
    size = min(int(call.parameters.get("MaxItems") or _MOST_RECORDS), _MOST_RECORDS)
    start = _start(call)
    ordered = sorted(_zone(call).rrsets, key=_order)
    records = [each for each in ordered if _order(each) >= start]
    more = records[size] if len(records) > size else None
    return {
        "ResourceRecordSets": [_shown(each) for each in records[:size]],
        "IsTruncated": more is not None,
        "NextRecordName": more.name if more else None,
        "NextRecordType": more.type if more else None,
        "NextRecordIdentifier": more.set_identifier if more else None,
        "MaxItems": str(size),
    }


def _start(call: Call) -> tuple[list[str], str, str]:
    name, kind = call.parameters.get("StartRecordName"), call.parameters.get("StartRecordType")
    if kind and not name:
        raise AwsRefusal("InvalidInput", "The input is not valid: a type to start from needs a name.")
    return _labels(name) if name else [], kind or "", call.parameters.get("StartRecordIdentifier") or ""


def _order(record_set: Any) -> tuple[list[str], str, str]:
    return _labels(record_set.name), record_set.type, record_set.set_identifier or ""


def _labels(name: str) -> list[str]:
    return absolute(name).rstrip(".").split(".")[::-1]


def _shown(record_set: Any) -> Mapping[str, Any]:
    """A record set in AWS's names; moto nests the values of the zone's own SOA once too often."""
    seen = standing(record_set)
    given = {
        "Name": seen.name.replace("*", "\\052"),
        "Type": seen.type,
        "SetIdentifier": seen.set_identifier,
        "Weight": record_set.weight,
        "Region": record_set.region,
        "Failover": record_set.failover,
        "GeoLocation": record_set.geo_location,
        "MultiValueAnswer": record_set.multi_value_answer,
        "HealthCheckId": record_set.health_check_id,
        "TTL": seen.ttl,
        "ResourceRecords": [{"Value": value} for value in seen.values] or None,
        "AliasTarget": record_set.alias_target,
    }
    return {key: value for key, value in given.items() if value is not None}


def list_hosted_zones_by_name(call: Call) -> Mapping[str, Any]:
    """All zones from that name on, not the one of that name alone: the first may be another."""
    name, zone_id = call.parameters.get("DNSName"), call.parameters.get("HostedZoneId") or ""
    size = int(call.parameters.get("MaxItems") or _MOST_ZONES)
    ordered = sorted(route53_backends[call.account]["aws"].zones.values(), key=_zone_order)
    start = (_labels(name) if name else [], zone_id.removeprefix("/hostedzone/"))
    zones = [zone for zone in ordered if _zone_order(zone) >= start]
    more = zones[size] if len(zones) > size else None
    return {
        "HostedZones": zones[:size],
        "DNSName": name,
        "HostedZoneId": zone_id or None,
        "IsTruncated": more is not None,
        "NextDNSName": more.name if more else None,
        "NextHostedZoneId": more.resource_id if more else None,
        "MaxItems": str(size),
    }


def _zone_order(zone: Any) -> tuple[list[str], str]:
    return _labels(zone.name), zone.resource_id
