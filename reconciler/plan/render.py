"""A plan as people and programs read it: text, Markdown, JSON. The text is the golden form that tests compare."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from reconciler import redact
from reconciler.model import (
    Action,
    FieldChange,
    Held,
    Phase,
    Plan,
    Policy,
    ResourceId,
    ServiceKey,
    Value,
    Verb,
    Waypoint,
)
from reconciler.plan.wording import count, difference, path, sentence

_SIGNS = {Verb.CREATE: "+", Verb.UPDATE: "~", Verb.TAG: "~", Verb.DELETE: "-"}
_OWN_TAGS = "reconciler:"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
_NO_CLUSTER: Mapping[str, str] = {}


def text(plan: Plan, unread: Mapping[str, str] = _NO_CLUSTER, errors: Sequence[str] = ()) -> str:
    """Service by service: where it is and why, one numbered line per action, below it the fields that change.

    Then what is held back or refused, and the sum. `unread` says of clusters why nothing is known of them, `errors`
    what is wrong in files, whose services the plan does not have.
    """
    blocks = [*_services(plan), list(_held(plan)), list(_refused(plan))]
    return "\n\n".join(["\n".join(block) for block in blocks if block] + [summary(plan, unread, errors)])


def summary(plan: Plan, unread: Mapping[str, str] = _NO_CLUSTER, errors: Sequence[str] = ()) -> str:
    """The last line: how much there is to do."""
    services, synced = len(plan.waypoints), len(plan.waypoints) - len(list(out_of_sync(plan)))
    if plan.actions or plan.held or plan.refusals or unread or errors:
        return f"Plan {digest(plan)}: {', '.join(_counts(plan, unread, errors))}."
    if synced < services:
        return f"Nothing to do but wait: {synced} of {count(services, 'service')} in sync."
    return f"Nothing to do: {count(services, 'service')} in sync."


def out_of_sync(plan: Plan) -> Iterator[ServiceKey]:
    """Services that are not as git says: there is something to do, to wait for, or to put right by hand."""
    busy = {action.id.key for action in plan.actions} | {held.action.id.key for held in plan.held}
    busy |= {refusal.key for refusal in plan.refusals}
    for waypoint in plan.waypoints:
        if waypoint.phase is not Phase.STABLE or waypoint.key in busy:
            yield waypoint.key


def _counts(plan: Plan, unread: Mapping[str, str], errors: Sequence[str]) -> Iterator[str]:
    for name, verbs in (
        ("create", (Verb.CREATE,)),
        ("update", (Verb.UPDATE, Verb.TAG)),
        ("delete", (Verb.DELETE,)),
    ):
        yield f"{sum(action.verb in verbs for action in plan.actions)} to {name}"
    if plan.held:
        yield f"{len(plan.held)} held back"
    if plan.refusals:
        yield f"{len(plan.refusals)} refused"
    if unread:
        yield f"nothing known of {sentence(sorted(unread))}"
    if errors:
        yield f"{count(len(errors), 'error')} in files, whose services are left as they are"


def _services(plan: Plan) -> Iterator[list[str]]:
    """A block of lines for each service that is not simply well."""
    numbered = list(enumerate(plan.actions, 1))
    numbers = {action.id: number for number, action in numbered}
    actions = {key: list(group) for key, group in groupby(numbered, lambda item: item[1].id.key)}
    waiting = _waiting(plan)
    for waypoint in plan.waypoints:
        mine = actions.get(waypoint.key, [])
        if mine or waypoint in waiting:
            yield [
                _title(waypoint),
                *(line for number, action in mine for line in _lines(number, action, waypoint, numbers)),
            ]


def _waiting(plan: Plan) -> list[Waypoint]:
    """Services under way for which there is nothing to do now, nor anything that keeps it from being done."""
    told = {action.id.key for action in plan.actions} | {held.action.id.key for held in plan.held}
    told |= {refusal.key for refusal in plan.refusals}
    return [item for item in plan.waypoints if item.phase is not Phase.STABLE and item.key not in told]


def _title(waypoint: Waypoint) -> str:
    """`prod/httpbin 67c9cbb  Rolling: a new release is rolled out`."""
    name = f"{waypoint.key} {waypoint.version}".rstrip()
    return name if waypoint.phase is Phase.STABLE else f"{name}  {_why(waypoint)}"


def _why(waypoint: Waypoint) -> str:
    return f"{waypoint.phase}: {waypoint.reason}" if waypoint.reason else str(waypoint.phase)


def _lines(number: int, action: Action, waypoint: Waypoint, numbers: Mapping[ResourceId, int]) -> Iterator[str]:
    """One line for the action, with its cause where that is not the title's, and one for each field."""
    earlier = sorted({numbers[owned] for owned in action.needs if numbers.get(owned, number) < number})
    after = f", after {' '.join(f'[{each}]' for each in earlier)}" if earlier else ""
    cause = "" if action.cause in (waypoint.reason, _why(waypoint)) else f": {action.cause}"
    yield f"  [{number}] {_SIGNS[action.verb]} {action.id}  {action.call.operation}{after}{cause}"
    yield from (f"        {line}" for line in _changes(action))


def _changes(action: Action) -> Iterator[str]:
    for change in action.changes:
        yield f"{path(change.path)}: {difference(change)}"


def _held(plan: Plan) -> Iterator[str]:
    """Each policy's reason once, what it keeps back below."""
    for (policy, why), held in _by_reason(plan.held):
        yield f"held back ({policy}): {why}"
        for action in held:
            yield f"  {_SIGNS[action.verb]} {action.id} of {action.id.key}  {action.call.operation}"


def _by_reason(held: Iterable[Held]) -> Iterator[tuple[tuple[Policy, str], list[Action]]]:
    grouped: dict[tuple[Policy, str], list[Action]] = {}
    for item in held:
        grouped.setdefault((item.policy, item.why), []).append(item.action)
    yield from grouped.items()


def _refused(plan: Plan) -> Iterator[str]:
    for refusal in plan.refusals:
        yield f"refused: {refusal.key}: {refusal.reason}"


def digest(plan: Plan) -> str:
    """Identifies what a plan would do: two plans with the same digest make the same calls, whenever that is."""
    calls = [[str(action.id), action.call.operation, _timeless(action.call.parameters)] for action in plan.actions]
    encoded = json.dumps(calls, sort_keys=True, default=str)
    return hashlib.sha256(encoded.encode()).hexdigest()[:12]


def _timeless(value: Value) -> Value:
    """Parameters of a call without the times in the operator's own tags."""
    if isinstance(value, list | tuple):
        return [_timeless(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if str(value.get("key", value.get("Key"))).startswith(_OWN_TAGS):
        return {name: _MOMENT.sub("", str(item)) for name, item in value.items()}
    return {name: _timeless(item) for name, item in value.items()}


def as_json(plan: Plan, unread: Mapping[str, str] = _NO_CLUSTER, errors: Sequence[str] = ()) -> str:
    """The plan for programs."""
    document = {
        "revision": plan.revision,
        "digest": digest(plan),
        "summary": summary(plan, unread, errors),
        "actions": [_action(action) for action in plan.actions],
        "held": [{**_action(held.action), "policy": held.policy, "why": held.why} for held in plan.held],
        "refused": [
            {"cluster": item.key.cluster, "service": item.key.service, "reason": item.reason} for item in plan.refusals
        ],
        "services": [
            {
                "cluster": waypoint.key.cluster,
                "service": waypoint.key.service,
                "version": waypoint.version,
                "phase": waypoint.phase,
                "reason": waypoint.reason,
            }
            for waypoint in plan.waypoints
        ],
        "unread": dict(unread),
        "errors": list(errors),
    }
    return json.dumps(document, indent=2, default=str)


def _action(action: Action) -> dict[str, Value]:
    return {
        "action": action.verb,
        "kind": action.id.kind,
        "name": action.id.name,
        "cluster": action.id.key.cluster,
        "service": action.id.key.service,
        "call": f"{action.call.service}:{action.call.operation}",
        "cause": action.cause,
        "changes": [_change(change) for change in map(redact.change, action.changes)],
        "needs": [str(owned) for owned in action.needs],
    }


def _change(change: FieldChange) -> dict[str, Value]:
    return {"path": change.path, "live": change.live, "want": change.want}


def markdown(plan: Plan, unread: Mapping[str, str] = _NO_CLUSTER, errors: Sequence[str] = ()) -> str:
    """The plan for a pull request's comment."""
    blocks = [
        [f"**{summary(plan, unread, errors)}**"],
        [f"- {_cell(error)}" for error in errors],
        list(_table(plan)),
        [f"- {_cell(line)}" for line in _notes(plan, unread)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _table(plan: Plan) -> Iterator[str]:
    if plan.actions:
        yield "| service | | resource | changes | cause |"
        yield "|---|---|---|---|---|"
    for action in plan.actions:
        changes = "<br>".join(map(_cell, _changes(action)))
        cells = (action.id.key, f"{_SIGNS[action.verb]} {action.verb}", f"{action.id.kind} `{action.id.name}`")
        yield f"| {' | '.join(map(str, cells))} | {changes} | {_cell(action.cause)} |"


def _notes(plan: Plan, unread: Mapping[str, str]) -> Iterator[str]:
    yield from map(_title, _waiting(plan))
    for (policy, why), held in _by_reason(plan.held):
        yield f"held back ({policy}): {why}: {'; '.join(f'{item.verb} {item.id} of {item.id.key}' for item in held)}"
    yield from _refused(plan)
    yield from (f"cluster {name} could not be read: {why}" for name, why in sorted(unread.items()))


def _cell(content: str) -> str:
    """Text that Markdown leaves as it is."""
    for mark in "\\`*_|<":
        content = content.replace(mark, f"\\{mark}")
    return " ".join(content.split())
