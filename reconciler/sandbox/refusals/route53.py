"""What makes a batch of DNS changes wrong. Each predicate returns what its message is about, or nothing."""

import ipaddress
import re
from collections.abc import Callable

from reconciler.sandbox.records import Change, Record, changes
from reconciler.sandbox.refusals.live import Live, Parameters

_QUOTED = re.compile(r'\s*"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*\s*')
_CHARACTER_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LONGEST_STRING = 255
_MOST_CHARACTERS = 32_000
_MOST_VALUES = 1000


def each(found: Callable[[Change, Live], object]) -> Callable[[Parameters, Live], object]:
    """Ask about the changes of a batch in turn; the first that is wrong refuses the whole batch."""

    def ask(parameters: Parameters, live: Live) -> object:
        zone = live.zone(parameters["HostedZoneId"])
        batch = parameters["ChangeBatch"]["Changes"]
        answers = (found(change, live) for change in changes(zone, batch)) if zone else ()
        return next(filter(None, answers), None)

    return ask


def too_long(parameters: Parameters, _: Live) -> bool:
    """More characters of values than a batch may hold; an UPSERT counts twice."""
    size = 0
    for change in parameters["ChangeBatch"]["Changes"]:
        values = change["ResourceRecordSet"].get("ResourceRecords") or []
        size += sum(len(value["Value"]) for value in values) * _times(change)
    return size > _MOST_CHARACTERS


def too_many(parameters: Parameters, _: Live) -> bool:
    """More values than a batch may hold; an UPSERT counts twice."""
    changes = parameters["ChangeBatch"]["Changes"]
    counts = (len(change["ResourceRecordSet"].get("ResourceRecords") or []) * _times(change) for change in changes)
    return sum(counts) > _MOST_VALUES


def _times(change: Parameters) -> int:
    """How often AWS counts what a change holds."""
    return 2 if change["Action"] == "UPSERT" else 1


def exists(change: Change, _: Live) -> str | None:
    """CREATE of what is there."""
    return _name(change) if change.action == "CREATE" and change.record.key in change.records else None


def absent(change: Change, _: Live) -> str | None:
    """DELETE of what is not there."""
    return _name(change) if change.action == "DELETE" and change.record.key not in change.records else None


def differs(change: Change, _: Live) -> str | None:
    """DELETE must repeat what is there."""
    have = change.records.get(change.record.key)
    return _name(change) if change.action == "DELETE" and have and have != change.record else None


def outside_zone(change: Change, _: Live) -> tuple[str, str] | None:
    """A name that the zone does not hold."""
    name, zone = change.record.name, change.zone
    return None if name == zone or name.endswith("." + zone) else (name, zone)


def cname_at_apex(change: Change, _: Live) -> tuple[str, str] | None:
    """The zone's own name has NS and SOA records, so it cannot be another name's alias."""
    record = change.record
    return (record.name, change.zone) if record.type == "CNAME" and record.name == change.zone else None


def cname_beside_others(change: Change, _: Live) -> tuple[str, str] | None:
    """A CNAME stands alone."""
    if change.action == "DELETE" or change.record.type != "CNAME":
        return None
    others = any(other.type != "CNAME" for other in change.namesakes())
    return (change.record.name, change.zone) if others else None


def beside_cname(change: Change, _: Live) -> tuple[str, str, str] | None:
    """Nothing stands beside a CNAME."""
    if change.action == "DELETE" or change.record.type == "CNAME":
        return None
    cname = any(other.type == "CNAME" for other in change.namesakes())
    return (change.record.type, change.record.name, change.zone) if cname else None


def simple_beside_routed(change: Change, _: Live) -> tuple[str, str] | None:
    """A simple record beside weighted ones (or ones of another routing policy)."""
    if change.action == "DELETE" or change.record.set_identifier is not None:
        return None
    return (change.record.name, change.record.type) if _same_type(change) else None


def routed_beside_simple(change: Change, _: Live) -> tuple[str, str, str] | None:
    """A weighted record (or one of another routing policy) beside a simple one."""
    record = change.record
    if change.action == "DELETE" or record.set_identifier is None:
        return None
    simple = any(other.set_identifier is None for other in _same_type(change))
    return (record.name, record.type, record.set_identifier) if simple else None


def _same_type(change: Change) -> list[Record]:
    return [other for other in change.namesakes() if other.type == change.record.type]


def routing_without_identifier(change: Change, _: Live) -> str | None:
    """A weight (or another routing policy) without the identifier that tells its records apart."""
    lacks = change.record.routing and change.record.set_identifier is None
    return f"Missing field 'SetIdentifier' in Change with {_change(change)}" if lacks else None


def identifier_without_routing(change: Change, _: Live) -> str | None:
    """An identifier with nothing to choose by."""
    lacks = change.record.set_identifier is not None and not change.record.routing
    kinds = "[Weight, Region, Failover, GeoLocation, or MultiValueAnswer]"
    return f"Expected exactly one of {kinds}, but found none in Change with {_change(change)}" if lacks else None


def not_one_target(change: Change, _: Live) -> str | None:
    """A record is either an alias or a TTL with values."""
    record = change.record
    plain = record.ttl is not None, bool(record.values)
    if record.alias and any(plain):
        count = "more than one"
    elif not record.alias and not all(plain):
        count = "none"
    else:
        return None
    kinds = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
    return f"Expected exactly one of {kinds}, but found {count} in Change with {_change(change)}"


def txt_unquoted(change: Change, _: Live) -> str | None:
    """The values of a TXT record are quoted strings."""
    return _bad_value(change, "TXT", lambda value: bool(_QUOTED.fullmatch(value)))


def txt_too_long(change: Change, _: Live) -> str | None:
    """One string of a TXT record has 255 characters at most."""
    strings = _CHARACTER_STRING.findall
    return _bad_value(change, "TXT", lambda value: all(len(s) <= _LONGEST_STRING for s in strings(value)))


def not_ipv4(change: Change, _: Live) -> str | None:
    """The values of an A record are IPv4 addresses."""
    return _bad_value(change, "A", lambda value: _is(ipaddress.IPv4Address, value))


def not_ipv6(change: Change, _: Live) -> str | None:
    """The values of an AAAA record are IPv6 addresses."""
    return _bad_value(change, "AAAA", lambda value: _is(ipaddress.IPv6Address, value))


def duplicate_value(change: Change, _: Live) -> str | None:
    """The same value given twice."""
    values = change.record.values
    return next((value for value in values if values.count(value) > 1), None)


def _bad_value(change: Change, kind: str, good: Callable[[str], bool]) -> str | None:
    values = change.record.values if change.record.type == kind else ()
    return next((value for value in values if not good(value)), None)


def _is(kind: Callable[[str], object], value: str) -> bool:
    try:
        kind(value)
    except ValueError:
        return False
    return True


def zone_without_ns(change: Change, _: Live) -> bool:
    """The zone's own name servers stay."""
    return change.action == "DELETE" and change.record.key == (change.zone, "NS", None)


def zone_without_soa(change: Change, _: Live) -> bool:
    """The zone's own start of authority stays."""
    return change.action == "DELETE" and change.record.key == (change.zone, "SOA", None)


def alias_target_absent(change: Change, live: Live) -> tuple[str, str, str] | None:
    """An alias of what is not there: no such load balancer, or no such record in the zone."""
    alias = change.record.alias
    if not alias or change.action == "DELETE":
        return None
    if alias.zone_id.removeprefix("/hostedzone/") == change.zone_id:
        found = any((each.name, each.type) == (alias.name, change.record.type) for each in change.records.values())
    else:
        name = alias.name.removeprefix("dualstack.").rstrip(".")
        found = any(
            (each.dns_name.lower(), each.canonical_hosted_zone_id) == (name, alias.zone_id)
            for each in live.load_balancers()
        )
    return None if found else (alias.name, change.record.type, alias.zone_id)


def _name(change: Change) -> str:
    """A record set as Route 53 names it in its messages."""
    record = change.record
    identifier = f", set identifier='{record.set_identifier}'" if record.set_identifier else ""
    return f"[name='{record.name}', type='{record.type}'{identifier}]"


def _change(change: Change) -> str:
    record = change.record
    identifier = record.set_identifier or "null"
    return f"[Action={change.action}, Name={record.name}, Type={record.type}, SetIdentifier={identifier}]"
