"""A plan as people and programs read it: text, Markdown, JSON. The text is the golden form that tests compare."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from reconciler import diff
from reconciler.model import Action, FieldChange, Plan, Ref, ResourceId, ServiceKey, Value, Verb

_SIGNS = {Verb.CREATE: "+", Verb.UPDATE: "~", Verb.TAG: "~", Verb.DELETE: "-"}
_LONGEST = 60


def text(plan: Plan) -> str:
    """One line per action, numbered, with its cause; below it the fields that change; then what is held or refused."""
    return "\n".join([*_services(plan), *_held(plan), *_refused(plan), summary(plan)])


def summary(plan: Plan) -> str:
    """The last line: how much there is to do."""
    if not plan.actions and not plan.held and not plan.refusals:
        return f"Nothing to do: {_count(len(plan.waypoints), 'service')} in sync."
    counts = [
        f"{sum(action.verb in verbs for action in plan.actions)} to {name}"
        for name, verbs in (("create", (Verb.CREATE,)), ("update", (Verb.UPDATE, Verb.TAG)), ("delete", (Verb.DELETE,)))
    ]
    extra = [f"{len(plan.held)} held back"] if plan.held else []
    extra += [f"{len(plan.refusals)} refused"] if plan.refusals else []
    return f"Plan {digest(plan)}: {', '.join(counts + extra)}."


def _services(plan: Plan) -> Iterator[str]:
    numbers = {action.id: number for number, action in enumerate(plan.actions, 1)}
    waypoints = {waypoint.key: waypoint for waypoint in plan.waypoints}
    last: ServiceKey | None = None
    for number, action in enumerate(plan.actions, 1):
        key = action.id.key
        if key != last:
            waypoint = waypoints.get(key)
            title = f"{waypoint.version} {waypoint.phase}".strip() if waypoint else ""
            yield f"{key}  {title}".rstrip()
            last = key
        yield _line(number, action, numbers)
        yield from (f"        {line}" for line in _changes(action))
    if plan.actions:
        yield ""


def _line(number: int, action: Action, numbers: Mapping[ResourceId, int]) -> str:
    needs = "".join(f" #{numbers[owned]}" for owned in action.needs if numbers.get(owned, number) < number)
    parts = f"  [{number}]{needs and ' ->' + needs} {_SIGNS[action.verb]} {action.id}, {action.call.operation}"
    return f"{parts}, {action.cause}"


def _changes(action: Action) -> Iterator[str]:
    for change in map(diff.hide, action.changes):
        yield f"{short(change.path)}: {short(change.live)} -> {short(change.want)}"


def _held(plan: Plan) -> Iterator[str]:
    for held in plan.held:
        action = held.action
        call = f"{_SIGNS[action.verb]} {action.id} of {action.id.key}, {action.call.operation}"
        yield f"held back ({held.policy}): {call}: {held.why}"


def _refused(plan: Plan) -> Iterator[str]:
    for refusal in plan.refusals:
        yield f"refused: {refusal.key}: {refusal.reason}"


def short(value: Value) -> str:
    """A value on one line; ARNs by their last part, long ones cut."""
    if isinstance(value, Ref):
        return str(value)
    plain = value if isinstance(value, str) else json.dumps(value, default=str)
    for part in plain.split('"') + plain.replace("[", " ").replace("]", " ").split():
        if part.startswith("arn:"):
            plain = plain.replace(part, arn_name(part))
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def arn_name(arn: str) -> str:
    """`targetgroup/test-web-blue` of a target group's ARN, `test-web:3` of a task definition's."""
    resource = arn.split(":", 5)[-1]
    kind, _, rest = resource.partition("/")
    return rest if kind == "task-definition" else "/".join(resource.split("/")[:2])


def digest(plan: Plan) -> str:
    """Identifies what a plan would do: two plans with the same digest make the same calls."""
    calls = [[str(action.id), action.call.operation, dict(action.call.parameters)] for action in plan.actions]
    encoded = json.dumps(calls, sort_keys=True, default=str)
    return hashlib.sha256(encoded.encode()).hexdigest()[:12]


def as_json(plan: Plan) -> str:
    """The plan for programs."""
    document = {
        "revision": plan.revision,
        "digest": digest(plan),
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
        "changes": [_change(change) for change in map(diff.hide, action.changes)],
        "needs": [str(owned) for owned in action.needs],
    }


def _change(change: FieldChange) -> dict[str, Value]:
    return {"path": change.path, "live": change.live, "want": change.want}


def markdown(plan: Plan) -> str:
    """The plan for a pull request's comment."""
    if not plan.actions and not plan.held and not plan.refusals:
        return f"**{summary(plan)}**"
    rows = [
        f"| {action.id.key} | {_SIGNS[action.verb]} {action.verb} | {action.id.kind} `{action.id.name}` "
        f"| {_cell('; '.join(_changes(action)))} | {_cell(action.cause)} |"
        for action in plan.actions
    ]
    notes = [f"- {_cell(line)}" for line in (*_held(plan), *_refused(plan))]
    table = ["| service | action | resource | changes | cause |", "|---|---|---|---|---|", *rows] if rows else []
    return "\n".join([f"**{summary(plan)}**", "", *table, *([""] if notes else []), *notes])


def _cell(content: str) -> str:
    return content.replace("|", "\\|").replace("\n", " ")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
