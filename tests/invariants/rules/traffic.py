"""Who gets the traffic, and who must still be there to take it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil

from tests.invariants.history import Stand
from tests.invariants.judged import Write
from tests.invariants.live import EcsService, Rule, key_of, short
from tests.invariants.writes import weights_in

SHIFTED_AT = "reconciler:shifted-at"
_AHEAD = "ahead"
"""Of a rule that was made for a colour which has yet to stand up: no weight of it was ever moved."""
_HEAVIEST = 999
_TOLERANCE = timedelta(seconds=1)  # tags hold whole seconds


def s3(write: Write) -> Iterator[str]:
    """A target group's weight rises from 0 only when it has as many healthy targets as the live group serves with, or
    for a part of the traffic that part of them."""
    for rule, after in _shift(write):
        if not rule.weights:
            # It forwarded nowhere, like a rule that is new: its groups are unused, and can't become healthy before.
            continue
        serving = [write.live.healthy(group) for group, weight in rule.weights.items() if weight]
        for group, weight in after.items():
            healthy, needed = write.live.healthy(group), max(1, ceil(max(serving) * _share(after, group)))
            if weight and not rule.weights.get(group) and healthy < needed:
                yield f"{short(group)} would get weight {weight} with {healthy} healthy targets, {needed} are needed"


def s4(write: Write) -> Iterator[str]:
    """Every forward action has a positive sum of weights, each in 0-999."""
    after = weights_in(write.given)
    if after and not sum(after.values()) > 0:
        yield f"the weights sum to {sum(after.values())}"
    for group, weight in (after or {}).items():
        if not 0 <= weight <= _HEAVIEST:
            yield f"{short(group)} would get weight {weight}"


def s5(write: Write) -> Iterator[str]:
    """Never lower the weight of the last target group that has healthy targets."""
    for rule, after in _shift(write):
        for group in rule.weights:
            others = [other for other, weight in after.items() if weight and other != group]
            lowered = _share(after, group) < _share(rule.weights, group)
            if lowered and write.live.healthy(group) and not any(map(write.live.healthy, others)):
                yield f"{short(group)} would lose traffic, and no other group of the rule has a healthy target"


def _shift(write: Write) -> Iterator[tuple[Rule, dict[str, int]]]:
    """The rule whose weights a write changes, and its weights afterwards."""
    if write.operation not in ("ModifyRule", "ModifyListener"):
        return
    after = weights_in(write.given)
    arns = {each.name for each in write.touched}
    for rule in write.live.rules():
        if after is not None and (rule.arn in arns or (rule.listener in arns and not rule.hosts)):
            yield rule, after


def _share(weights: dict[str, int] | object, group: str) -> float:
    assert isinstance(weights, dict)
    total = sum(weights.values())
    return weights.get(group, 0) / total if total else 0.0


def s6(write: Write) -> Iterator[str]:
    """The old colour is scaled down only after its weight was read back as 0, and bake and deregistration delay
    have passed, from a persisted timestamp."""
    for service, after, key in write.lowered():
        wanted = write.wanted(key)
        if wanted is None or wanted.instances == 0:
            continue
        stand = write.history.stands.get(service.arn)
        if write.live.weight(service):
            if after == 0:
                yield f"service {service.name} would be scaled to 0 while it has the traffic"
        elif stand and stand.ended:
            yield from _too_early(write, service, stand, wanted.bake)


def _too_early(write: Write, service: EcsService, stand: Stand, bake: float) -> Iterator[str]:
    assert stand.ended is not None
    call, ended = stand.ended
    delay = max((write.live.delay(group) for group in service.groups), default=0.0)
    # A younger colour that had the traffic and lost it has failed: nobody goes back to it, it only drains.
    wait = timedelta(seconds=delay if _is_younger(write, service, stand) else max(bake, delay))
    now = write.live.world.now
    if now < ended + wait - _TOLERANCE:
        yield f"service {service.name} lost the traffic at {ended}, and would be scaled down before {ended + wait}"
    for rule in write.live.rules():
        if rule.tags and key_of(rule.tags) == key_of(service.tags):
            yield from _unrecorded(rule, wait, now)
            if write.history.rules_read.get(rule.arn, 0) <= call:
                yield f"the weights of {rule} were not read back since call {call} took them"


def _is_younger(write: Write, service: EcsService, stand: Stand) -> bool:
    serving = [
        write.history.stands[each.arn].since
        for each in write.live.services()
        if key_of(each.tags) == key_of(service.tags) and write.live.weight(each) and each.arn in write.history.stands
    ]
    return bool(serving) and stand.since > min(serving)


def _unrecorded(rule: Rule, wait: timedelta, now: datetime) -> Iterator[str]:
    tag = rule.tags.get(SHIFTED_AT, "")
    if tag == _AHEAD:
        return
    try:
        recorded = datetime.fromisoformat(tag)
    except ValueError:
        yield f"{rule} has no time in {SHIFTED_AT}: {tag!r}"
        return
    if now < recorded + wait - _TOLERANCE:
        yield f"{rule} says {SHIFTED_AT} {tag}: its wait of {wait} is not over"


def s7(write: Write) -> Iterator[str]:
    """Never delete a target group that a rule or listener references."""
    for each in write.touched:
        if (each.kind, each.verb) == ("target-group", "delete"):
            for rule in write.live.rules_with(each.name):
                yield f"{each} is referenced by {rule} of {rule.listener}"


def l8(write: Write) -> Iterator[str]:
    """A colour is attached to a load balancer before its health is waited for."""
    for service in _started(write):
        for group in service:
            if not write.live.rules_with(group):
                yield f"tasks would start in {short(group)}, which no rule forwards to: it stays unused for ever"


def _started(write: Write) -> Iterator[tuple[str, ...]]:
    given = write.given
    if write.operation == "CreateService" and given.get("desiredCount", 0) > 0:
        yield tuple(each["targetGroupArn"] for each in given.get("loadBalancers", ()))
    if write.operation == "UpdateService" and (given.get("desiredCount") or 0) > 0:
        service = write.live.service(given.get("cluster", "default"), given["service"])
        if service is not None and service.desired == 0:
            named = given.get("loadBalancers")
            yield tuple(each["targetGroupArn"] for each in named) if named else service.groups
