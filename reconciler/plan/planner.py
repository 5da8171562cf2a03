"""The planner: for each service its waypoint, its actions in order of creation, then leftovers in reverse."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler import diff
from reconciler.kinds import BY_NAME, KINDS, task_definition
from reconciler.kinds.base import NeedsReplacementError
from reconciler.kinds.listener_rule import NAME as LISTENER_RULE
from reconciler.kinds.service import NAME as SERVICE
from reconciler.kinds.task_definition import NAME as TASK_DEFINITION
from reconciler.model import (
    Action,
    FieldChange,
    Foreign,
    HealthStatus,
    Live,
    Phase,
    Plan,
    Ref,
    Refusal,
    Resource,
    ServiceKey,
    Snapshot,
    Value,
    Verb,
    Waypoint,
    by_service,
)
from reconciler.plan import handover, ordering
from reconciler.rollout import Blueprint, next_waypoint
from reconciler.spec import Desired

Taken = Mapping[str, dict[int, tuple[str, ...]]]
"""Rule priorities in use by listener ARN; what one service takes in this plan, no other one does."""

Given = Mapping[ServiceKey, Mapping[ServiceKey, list[Live]]]
"""Giver to taker to the rules that go between them."""

_SOON = 5.0
_WHILE_WAITING = 15.0
_POSITION = {kind.NAME: index for index, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is to be done for one service."""

    waypoint: Waypoint | None
    actions: tuple[Action, ...] = ()
    refusal: Refusal | None = None


def make_plan(desired: Desired, blueprints: Mapping[ServiceKey, Blueprint], snapshot: Snapshot, *, whole: bool) -> Plan:
    """One plan for everything in the snapshot. Leftovers are looked for only when the snapshot is `whole`."""
    claims = handover.claims_of(desired)
    changing = handover.changing_hands(snapshot, desired, claims)
    givers = {taken: owned.key for owned, taken in changing.items()}
    snapshot = handover.withheld(snapshot, desired, claims)
    snapshot = handover.taken_over(snapshot, changing)
    own = by_service(snapshot)
    taken = {listener: dict(priorities) for listener, priorities in snapshot.taken_priorities.items()}
    turns = [_isolated(key, blueprint, own(key), taken, whole=whole) for key, blueprint in sorted(blueprints.items())]
    if whole:
        doubt = _doubt(desired, snapshot)
        turns += [_prune(key, own(key), desired.revision, doubt) for key in _unwanted(desired, snapshot)]
    given = handover.given_up(snapshot, claims)
    turns = list(_in_order(_in_turn(turns, given, whole=whole), ordering.waits_of(desired), given))
    return Plan(
        desired.revision,
        tuple(
            replace(task_definition.recorded(action, desired.revision), giver=givers.get(action.id))
            for turn in turns
            for action in turn.actions
        ),
        waypoints=tuple(turn.waypoint for turn in turns if turn.waypoint),
        refusals=tuple(turn.refusal for turn in turns if turn.refusal),
    )


def _in_turn(turns: Iterable[_Turn], given: Given, *, whole: bool) -> Iterator[_Turn]:
    """The turns, in which who gives a host name to another service waits for it, and lets the rule go first."""
    turns = list(turns)
    serving = {turn.waypoint.key for turn in turns if turn.waypoint and _serves(turn)}
    coming = {turn.waypoint.key for turn in turns if turn.waypoint and turn.waypoint.health is HealthStatus.PROGRESSING}
    for turn in turns:
        if turn.waypoint is None or turn.waypoint.key not in given or not _lets_go(turn.waypoint):
            yield turn
        elif missing := handover.waited_for(turn.waypoint.key, given, serving):
            reason = f"waits until {' and '.join(map(str, missing))} serves what this service gives up"
            again = _WHILE_WAITING if coming.intersection(missing) else 0
            yield _Turn(replace(turn.waypoint, reason=reason, retry_after=again), _count_alone(turn.actions))
        elif not turn.waypoint.drops:
            rules = [rule for ready in given[turn.waypoint.key].values() for rule in ready]
            reason = f"{' and '.join(sorted({rule.id.name for rule in rules}))} is another service's now"
            waypoint = replace(turn.waypoint, reason=reason, retry_after=_SOON)
            yield _Turn(waypoint, _dismantle(rules, reason) if whole else ())
        else:
            yield turn


def _in_order(turns: Iterable[_Turn], waits: ordering.Waits, given: Given) -> Iterator[_Turn]:
    """The turns, in which a release that comes after other services waits until those are well.

    It does not wait for one that itself waits to give it a host name.
    """
    turns = list(turns)
    serving = {turn.waypoint.key for turn in turns if turn.waypoint and _serves(turn)}
    for turn in turns:
        missing = ordering.missing(turn.waypoint, waits, serving) if turn.waypoint and _begins(turn) else []
        missing = [key for key in missing if turn.waypoint and turn.waypoint.key not in given.get(key, {})]
        if turn.waypoint is None or not missing:
            yield turn
        else:
            reason = f"waits until {' and '.join(map(str, missing))} runs what git says, and is healthy"
            waypoint = replace(turn.waypoint, reason=reason, retry_after=_WHILE_WAITING)
            yield replace(turn, waypoint=waypoint, actions=_count_alone(turn.actions))


def _begins(turn: _Turn) -> bool:
    """Whether a release would be deployed: none of its tasks is asked for yet."""
    deploying = (TASK_DEFINITION, SERVICE)
    return any(
        action.id.kind in deploying
        and (action.verb is Verb.CREATE or any(change.path == "taskDefinition" for change in action.changes))
        for action in turn.actions
    )


def _lets_go(waypoint: Waypoint) -> bool:
    """Whether the next step takes tasks from behind a rule that is not declared any more; a second colour waits."""
    return waypoint.phase in (Phase.ROLLING, Phase.PRUNE) or bool(waypoint.drops)


def _count_alone(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Of what a service would do, what keeps as many tasks running as are asked for."""
    kept = []
    for action in actions:
        changes = tuple(change for change in action.changes if change.path == "desiredCount" and change.want)
        if action.verb is Verb.UPDATE and changes:
            wanted = ("cluster", "service", "desiredCount")
            parameters = {name: action.call.parameters[name] for name in wanted}
            kept.append(replace(action, call=replace(action.call, parameters=parameters), changes=changes, needs=()))
    return tuple(kept)


def _serves(turn: _Turn) -> bool:
    waypoint, well = turn.waypoint, (HealthStatus.HEALTHY, HealthStatus.SUSPENDED)
    return waypoint is not None and waypoint.phase is Phase.STABLE and waypoint.health in well and not turn.actions


def _isolated(key: ServiceKey, blueprint: Blueprint, snapshot: Snapshot, taken: Taken, *, whole: bool) -> _Turn:
    """A service's turn; a defect that shows with one service stops that one alone (L4)."""
    try:
        return _turn(blueprint, snapshot, taken, whole=whole)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other services must go on
        return _Turn(None, refusal=Refusal(key, f"planning failed, please report this defect: {error!r}"))


def _turn(blueprint: Blueprint, snapshot: Snapshot, taken: Taken, *, whole: bool) -> _Turn:
    key = blueprint.workload.key
    waypoint = next_waypoint(blueprint, snapshot)
    if strangers := dict.fromkeys([*_in_the_way(waypoint, snapshot), *_lost(blueprint, snapshot)]):
        return _Turn(waypoint, refusal=Refusal(key, "; ".join(map(_conflict, strangers))))
    try:
        actions = tuple(_build(waypoint, snapshot, taken))
    except NeedsReplacementError as error:
        return _Turn(waypoint, refusal=Refusal(key, str(error)))
    if whole:
        actions += _dismantle(_leftovers(waypoint, snapshot), "no longer declared")
    shadows = _shadows(waypoint, snapshot)
    return _Turn(waypoint, actions, Refusal(key, "; ".join(shadows)) if shadows else None)


def _leftovers(waypoint: Waypoint, snapshot: Snapshot) -> list[Live]:
    """What goes now: once all is stable whatever is not declared and not referred to, else what the rollout names."""
    if waypoint.phase is not Phase.STABLE:
        return [live for live in snapshot.live.values() if live.id in waypoint.drops]
    wanted = {resource.id for resource in waypoint.resources}
    kept = [live for live in snapshot.live.values() if live.id in wanted]
    rest = [live for live in snapshot.live.values() if live.id not in wanted]
    return [live for live in rest if not _refers(kept, live.arn)]


def _conflict(foreign: Foreign) -> str:
    return f"conflict: {foreign}; it is left alone: rename one of them, or remove it"


def _in_the_way(waypoint: Waypoint, snapshot: Snapshot) -> list[Foreign]:
    """Resources of somebody else's that stand where this service's should."""
    missing = [resource.id for resource in waypoint.resources if resource.id not in snapshot.live]
    found = (snapshot.foreign.get((owned.kind, owned.key.cluster, owned.name)) for owned in missing)
    return [foreign for foreign in found if foreign]


def _lost(blueprint: Blueprint, snapshot: Snapshot) -> list[Foreign]:
    """Target groups behind this service's own rules that lack its tags, which may be late or were taken off.

    What those rules weigh is not known without them.
    """
    rules = (live for live in snapshot.live.values() if live.id.kind == LISTENER_RULE)
    listed = {item["targetGroup"] for rule in rules for item in rule.fields["Forward"]}
    ids = sorted(blueprint.groups_of_any_strategy)
    found = (snapshot.foreign.get((owned.kind, owned.key.cluster, owned.name)) for owned in ids)
    return [foreign for foreign in found if foreign and foreign.arn in listed]


def _shadows(waypoint: Waypoint, snapshot: Snapshot) -> list[str]:
    """Rules of somebody else's that stand before this service's own and take its traffic."""
    own = [snapshot.live[resource.id] for resource in waypoint.resources if resource.id in snapshot.live]
    found = (
        (rule, snapshot.foreign.get((LISTENER_RULE, rule.id.key.cluster, rule.id.name)))
        for rule in own
        if rule.id.kind == LISTENER_RULE
    )
    return [
        f"conflict: {foreign} stands before this service's own rule and takes its traffic; remove one of them"
        for rule, foreign in found
        if foreign and foreign.priority < rule.status["priority"]
    ]


def _build(waypoint: Waypoint, snapshot: Snapshot, taken: Taken) -> Iterator[Action]:
    known: dict[Ref, Value] = {Ref(live.id): live.arn for live in snapshot.live.values()}
    coming: set[Ref] = set()
    for resource in sorted(waypoint.resources, key=lambda item: _POSITION[item.id.kind]):
        wanted = replace(resource, fields=diff.fill(resource.fields, known))
        live = snapshot.live.get(resource.id)
        actions = _create(wanted, waypoint, snapshot, taken) if live is None else _update(wanted, live, waypoint)
        for action in actions:
            refs = {ref for ref in diff.refs(action.call.parameters) if ref in coming}
            yield replace(action, needs=tuple(sorted(ref.resource for ref in refs)))
        if actions:
            coming.add(Ref(resource.id))


def _create(wanted: Resource, waypoint: Waypoint, snapshot: Snapshot, taken: Taken) -> tuple[Action, ...]:
    kind = BY_NAME[wanted.id.kind]
    actions = kind.create(wanted, _why(waypoint, "missing"), taken)
    for action in actions:
        if "Priority" in action.call.parameters:
            taken[action.call.parameters["ListenerArn"]][action.call.parameters["Priority"]] = (wanted.id.name,)
    if wanted.id.kind == TASK_DEFINITION:
        actions = tuple(replace(action, changes=_content_changes(wanted, snapshot)) for action in actions)
    return actions


def _content_changes(wanted: Resource, snapshot: Snapshot) -> tuple[FieldChange, ...]:
    """What a new revision changes of the one that runs now."""
    running = {
        live.fields["taskDefinition"]
        for live in snapshot.live.values()
        if live.id.kind == SERVICE and live.fields.get("desiredCount")
    }
    former = [snapshot.definitions[arn] for arn in sorted(running) if arn in snapshot.definitions]
    return diff.changes(wanted.fields, former[-1].fields) if former else ()


def _update(wanted: Resource, live: Live, waypoint: Waypoint) -> tuple[Action, ...]:
    if _drains(live):
        return ()  # it can't be changed any more, nor made anew before it is gone
    fields = {name: value for name, value in wanted.fields.items() if name not in wanted.once}
    if wanted.id.kind == TASK_DEFINITION or (waypoint.phase is not Phase.STABLE and handover.leads_away(wanted, live)):
        return ()
    changes = diff.changes(fields, live.fields) + diff.changes(wanted.tags, live.tags, "tags")
    return BY_NAME[wanted.id.kind].update(wanted, live, changes, _why(waypoint, "drift")) if changes else ()


def _why(waypoint: Waypoint, otherwise: str) -> str:
    if waypoint.phase is Phase.STABLE or not waypoint.reason:
        return otherwise
    return f"{waypoint.phase}: {waypoint.reason}"


def _unwanted(desired: Desired, snapshot: Snapshot) -> list[ServiceKey]:
    """Owned services that no good file wants any more; what a broken file may still want is not among them."""
    wanted = {workload.key for workload in desired.workloads}
    keys = {live.id.key for live in snapshot.live.values()} - wanted
    return sorted(key for key in keys if key.cluster in desired.clusters and not desired.protects(key))


def _doubt(desired: Desired, snapshot: Snapshot) -> str:
    """Why nothing is removed yet: files that can't be read may be those of a service under its next name."""
    there = {live.id.key.service for live in snapshot.live.values()}
    unread = desired.broken.services - there
    refused = desired.broken.workloads - {live.id.key for live in snapshot.live.values()}
    unknown = sorted(unread | {key.service for key in refused})
    return f"waits until {' and '.join(unknown)} can be read, which may be what it is called now" if unknown else ""


def _prune(key: ServiceKey, snapshot: Snapshot, revision: str, doubt: str) -> _Turn:
    cause = f"{key} is not in desired/ at {revision}"
    if doubt:
        return _Turn(Waypoint(key, (), Phase.PRUNE, HealthStatus.PROGRESSING, f"{cause}; {doubt}"))
    leftovers = list(snapshot.live.values())
    actions = _dismantle(leftovers, cause)
    used = [str(live.id) for live in leftovers if live.status.get("load_balancers")]
    reason = cause if actions or not used else f"{cause}; {' and '.join(used)} stays while a rule forwards to it"
    again = _SOON if actions or any(live.status.get("running") or _drains(live) for live in leftovers) else 0
    return _Turn(Waypoint(key, (), Phase.PRUNE, HealthStatus.PROGRESSING, reason, again), actions)


def _drains(live: Live) -> bool:
    return bool(live.status.get("status") == "DRAINING")


def _refers(kept: Iterable[Live], arn: str) -> bool:
    """Whether what stays still refers to a resource: it goes when that has been read to be over (S7)."""
    return any(_mentions(live.fields, arn) for live in kept)


def _mentions(value: Value, arn: str) -> bool:
    if isinstance(value, Mapping):
        return any(_mentions(item, arn) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_mentions(item, arn) for item in value)
    return bool(value == arn)


def _dismantle(leftovers: Iterable[Live], cause: str) -> tuple[Action, ...]:
    """The next steps of taking things down, last created first; what still runs is waited for."""
    actions: list[Action] = []
    for live in sorted(leftovers, key=lambda live: (-_POSITION[live.id.kind], live.id)):
        if _drains(live) or live.status.get("load_balancers"):
            continue  # it goes, or can go, when a later reading has shown that nothing uses it any more (S7)
        if live.id.kind == SERVICE and not live.fields.get("desiredCount") and live.status["running"]:
            break
        if action := BY_NAME[live.id.kind].remove(live, cause):
            actions.append(replace(action, prunes=True))
        if live.id.kind == SERVICE and live.fields.get("desiredCount"):
            break
    return tuple(actions)
