"""The executor: looks once more where a guard asks for it, makes the one write, and says how it ended."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from reconciler import diff
from reconciler.aws import AwsError, ErrorClass, Gateway
from reconciler.kinds import BY_NAME, listener_rule, target_group
from reconciler.kinds.base import Scope
from reconciler.model import Action, Guard, Live, Outcome, Plan, Ref, Result, ServiceKey, Value

_RESULTS = {
    ErrorClass.TRANSIENT: Result.RETRY,
    ErrorClass.AMBIGUOUS: Result.RETRY,
    ErrorClass.CONFLICT: Result.RETRY,
    ErrorClass.REFUSED: Result.REFUSED,
    ErrorClass.SICK: Result.FAILED,
}
Report = Callable[[Outcome], None]


def execute(
    plan: Plan,
    scopes: Mapping[str, tuple[Gateway, Scope]],
    stop: threading.Event,
    report: Report,
    workers: int = 8,
) -> tuple[Outcome, ...]:
    """Do a plan. `report` hears of each outcome as it happens; after `stop` no further write begins."""
    turns = [(key, list(actions)) for key, actions in groupby(plan.actions, key=lambda action: action.id.key)]
    if not turns:
        return ()
    with ThreadPoolExecutor(max_workers=min(workers, len(turns)), thread_name_prefix="execute") as pool:
        done = pool.map(lambda turn: list(_turn(turn[0], turn[1], scopes, stop, report)), turns)
        return tuple(outcome for outcomes in done for outcome in outcomes)


def _turn(
    key: ServiceKey,
    actions: Iterable[Action],
    scopes: Mapping[str, tuple[Gateway, Scope]],
    stop: threading.Event,
    report: Report,
) -> Iterator[Outcome]:
    """One service's actions in order; the first that is not done ends its turn."""
    aws, scope = scopes[key.cluster]
    known: dict[Ref, Value] = {}
    blocked = ""
    for action in actions:
        if stop.is_set():
            blocked = blocked or "the operator is stopping"
        outcome = Outcome(action, Result.SKIPPED, blocked) if blocked else _act(aws, scope, action, known)
        known |= {Ref(action.id, name): value for name, value in outcome.attributes.items()}
        if outcome.result is not Result.DONE:
            blocked = blocked or f"waits for {action.verb} {action.id}"
        report(outcome)
        yield outcome


def _act(aws: Gateway, scope: Scope, action: Action, known: Mapping[Ref, Value]) -> Outcome:
    kind = BY_NAME[action.id.kind]
    try:
        if action.guard and (objection := _objection(aws, scope, action.guard)):
            return Outcome(action, Result.RETRY, objection)
        call = action.call
        write = aws.once if action.guard and action.guard.is_of_the_moment else aws.call
        answer = write(call.service, call.operation, **diff.fill(call.parameters, known))
        return Outcome(action, Result.DONE, attributes=kind.attributes(answer))
    except AwsError as error:
        return Outcome(action, _RESULTS[error.kind], str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other services must go on (L4)
        reason = f"{action.verb} {action.id} failed, please report this defect: {error!r}"
        return Outcome(action, Result.FAILED, reason)


def _objection(aws: Gateway, scope: Scope, guard: Guard) -> str:
    """Why the write must not be made after all, by a live read just before it; empty when nothing speaks against it."""
    live = guard.live
    now = BY_NAME[live.id.kind].reread(aws, scope, live)
    if now is None:
        return f"{live.id} is gone, or no longer carries this installation's tags"
    if guard.unchanged and now.fields != live.fields:
        return f"{live.id} was changed by somebody else since it was read"
    for arn, least in guard.healthy_at_least.items():
        health = target_group.health(aws, arn)
        if health.healthy < least:
            return f"{live.id} stays as it is: where the traffic goes there is {health}, {least} healthy are needed"
    if guard.ways_in is not None:
        return _news_of_the_ways_in(guard.ways_in, listener_rule.ways_in(aws, scope, live))
    return ""


def _news_of_the_ways_in(before: Iterable[Live], now: Iterable[Live]) -> str:
    """Which rules are not what they were when it was decided that nothing leads there any more."""
    then, here = ({rule.arn: (rule.fields, rule.tags) for rule in rules} for rules in (before, now))
    changed = sorted(arn for arn in then.keys() | here.keys() if then.get(arn) != here.get(arn))
    if not changed:
        return ""
    return f"it keeps its tasks: {' and '.join(changed)} leads to it, and is a stranger's or not as it was read"
