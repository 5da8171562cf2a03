"""What AWS refuses and moto lets through: `refuse` goes before every call; `table` says what is refused and how."""

from collections import defaultdict

from reconciler.sandbox.calls import AwsRefusal, Call
from reconciler.sandbox.refusals.constraints import violation
from reconciler.sandbox.refusals.live import Live
from reconciler.sandbox.refusals.table import MODEL_CODES, MODEL_MESSAGE, REFUSALS, Refusal

__all__ = ["REFUSALS", "refuse"]


def _by_operation() -> dict[tuple[str, str], list[Refusal]]:
    rows: dict[tuple[str, str], list[Refusal]] = defaultdict(list)
    for row in REFUSALS:
        for operation in row.operations.split():
            rows[row.service, operation].append(row)
    return rows


_ROWS = _by_operation()


def refuse(call: Call) -> None:
    """Raise the first refusal that the call deserves. A hook to put before every call."""
    _hold_to_model(call)
    live = Live(call.account, call.region)
    parameters = dict(call.parameters)
    for row in (*_ROWS.get((call.service, "*"), ()), *_ROWS.get((call.service, call.operation), ())):
        found = row.when(parameters, live)
        if found:
            raise AwsRefusal(row.code, _filled(row.message, found), row.status)


def _hold_to_model(call: Call) -> None:
    code = MODEL_CODES.get(call.service)
    found = violation(call.service, call.operation, dict(call.parameters)) if code else None
    if code and found:
        raise AwsRefusal(code, _filled(MODEL_MESSAGE, found))


def _filled(message: str, found: object) -> str:
    return message.format(*found) if isinstance(found, tuple) else message.format(found)
