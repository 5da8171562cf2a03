"""A host name that goes from one service of a cluster to another, without a moment in which nobody answers.

The taker comes up first, behind the giver's rule. Only when it serves does the giver let the rule go, and only then
whatever else its own spec asks. The record changes hands in one batch. Two services that exchange names would wait
for each other, so those do not wait.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.kinds.dns_record import ALIASES
from reconciler.kinds.dns_record import NAME as RECORD
from reconciler.kinds.listener_rule import NAME as RULE
from reconciler.model import Foreign, Live, Resource, ResourceId, ServiceKey, Snapshot
from reconciler.spec import Desired

Claims = Mapping[tuple[str, str], ServiceKey]
"""Who wants a host name, by cluster and name."""


def claims_of(desired: Desired) -> Claims:
    """Every host name that a good file asks for."""
    return {
        (workload.key.cluster, workload.hostname(listener)): workload.key
        for workload in desired.workloads
        for listener in workload.spec.listeners
    }


def changing_hands(snapshot: Snapshot, desired: Desired, claims: Claims) -> dict[ResourceId, ResourceId]:
    """Records that go to another service: what they are now to what they are then."""
    found = ((item.id, _taker(item, claims)) for item in snapshot.live.values() if item.id.kind == RECORD)
    return {owned: replace(owned, key=taker) for owned, taker in found if taker and not desired.protects(owned.key)}


def withheld(snapshot: Snapshot, desired: Desired, claims: Claims) -> Snapshot:
    """The snapshot in which a record that a service with a broken file may still want is a stranger's to the taker."""
    records = (item for item in snapshot.live.values() if item.id.kind == RECORD and desired.protects(item.id.key))
    held = {
        (RECORD, item.id.key.cluster, item.id.name): Foreign(
            RECORD, item.id.key.cluster, item.id.name, item.arn, f"{item.id.key}, whose file is not right"
        )
        for item in records
        if _taker(item, claims)
    }
    return replace(snapshot, foreign={**snapshot.foreign, **held})


def taken_over(snapshot: Snapshot, changing: Mapping[ResourceId, ResourceId]) -> Snapshot:
    """The snapshot in which a record is the taker's already, so that it is changed and not removed and made anew."""
    items = (replace(item, id=changing.get(item.id, item.id)) for item in snapshot.live.values())
    return replace(snapshot, live={item.id: item for item in items})


def leads_away(wanted: Resource, live: Live) -> bool:
    """Whether a record that changes hands would go to another load balancer, where nobody serves yet."""
    if live.id.kind != RECORD or wanted.fields.get("TXT", live.fields["TXT"]) == live.fields["TXT"]:
        return False
    return any(wanted.fields[alias] != live.fields.get(alias) for alias in ALIASES)


def given_up(snapshot: Snapshot, claims: Claims) -> dict[ServiceKey, dict[ServiceKey, list[Live]]]:
    """Giver to taker to the rules that go between them."""
    given: dict[ServiceKey, dict[ServiceKey, list[Live]]] = {}
    for item in snapshot.live.values():
        if item.id.kind == RULE and (taker := _taker(item, claims)):
            given.setdefault(item.id.key, {}).setdefault(taker, []).append(item)
    return given


def waited_for(
    giver: ServiceKey, given: Mapping[ServiceKey, Mapping[ServiceKey, object]], serving: Collection[ServiceKey]
) -> list[ServiceKey]:
    """The takers that a giver has to wait for: those that do not serve yet and do not, in their turn, wait for it."""
    return sorted(taker for taker in given[giver] if taker not in serving and giver not in _reach(taker, given))


def _taker(item: Live, claims: Claims) -> ServiceKey | None:
    """Who has a claim to a resource's host name, if that is not its owner."""
    taker = claims.get((item.id.key.cluster, item.id.name))
    return taker if taker != item.id.key else None


def _reach(start: ServiceKey, given: Mapping[ServiceKey, Mapping[ServiceKey, object]]) -> set[ServiceKey]:
    reached: set[ServiceKey] = set()
    coming = [start]
    while coming:
        for taker in given.get(coming.pop(), {}):
            if taker not in reached:
                reached.add(taker)
                coming.append(taker)
    return reached
