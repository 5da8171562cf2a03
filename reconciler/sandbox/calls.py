"""The one place every call to the embedded AWS passes through, and where everything else hangs on.

The world answers what moto can't, the refusal table and the fault injectors refuse, the observer and the counters
look on: each is a function in one of the lists of `Hooks`.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from moto.core import errors
from moto.core.exceptions import ServiceException, _RESTError
from moto.core.parse import XFormedDict
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model


class AwsRefusal(ServiceException):
    """An AWS error: raise it in a hook or an answer, and the caller gets it in its protocol's own form."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.status = status


@dataclass(frozen=True)
class Call:
    """One API call as AWS sees it: parameters have AWS's names, `number` counts the calls of this sandbox."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    account: str
    region: str
    number: int


Before = Callable[[Call], None]
Answer = Callable[[Call], Mapping[str, Any]]
After = Callable[[Call, str | None], None]


@dataclass
class Hooks:
    """What hangs on the choke point. All of it runs under one lock, so a hook sees no half-made change.

    `before` hooks run in order ahead of each call; one that raises `AwsRefusal` prevents the call.
    `answers` replace moto's answer of an operation, keyed by (service, operation) as in ("ecs", "CreateService").
    `after` hooks get the error code, or None; one that raises `AwsRefusal` replaces the answer of a call that was
    carried out, which is how a lost reply looks to its caller.
    """

    lock: RLock = field(default_factory=RLock)
    before: list[Before] = field(default_factory=list)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    after: list[After] = field(default_factory=list)
    calls: int = 0


_Reply = tuple[int, dict[str, Any], str | bytes]
_CallAction = Callable[[BaseResponse], _Reply]


@contextmanager
def intercept(hooks: Hooks) -> Iterator[None]:
    """Send every call to moto, whatever its transport, through `hooks` for as long as the context lasts."""
    original = BaseResponse.call_action

    def call_action(response: BaseResponse) -> _Reply:
        with hooks.lock:
            return _handle(response, hooks, original)

    BaseResponse.call_action = call_action  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        BaseResponse.call_action = original  # type: ignore[method-assign]


def _handle(response: BaseResponse, hooks: Hooks, original: _CallAction) -> _Reply:
    operation = response._get_action()
    if not operation:
        return original(response)
    hooks.calls += 1
    call = Call(
        service=response.boto3_service_name,
        operation=operation,
        parameters=_parameters(response),
        account=response.current_account,
        region=response.region,
        number=hooks.calls,
    )
    try:
        with _faults_of_aws(call):
            for before in hooks.before:
                before(call)
            reply = _carry_out(response, call, hooks, original)
    except AwsRefusal as refusal:
        reply = _refused(response, refusal)
    for after in hooks.after:
        try:
            with _faults_of_aws(call):
                after(call, _error_code(reply))
        except AwsRefusal as refusal:
            reply = _refused(response, refusal)
    return reply


@contextmanager
def _faults_of_aws(call: Call) -> Iterator[None]:
    """What breaks in here is a fault of AWS's to the caller, who may try again."""
    try:
        yield
    except AwsRefusal:
        raise
    except Exception as broken:
        raise fault(call.service, call.operation, broken) from broken


def fault(service: str, where: str, broken: Exception) -> AwsRefusal:
    """The service's own internal error, for something that broke; how it broke goes to the log."""
    logging.getLogger(__name__).error("the sandbox broke at %s %s", service, where, exc_info=broken)
    code = _FAULTS.get(service, "InternalFailure")
    return AwsRefusal(code, f"The sandbox broke at this call, and its log says how: {broken!r}", 500)


_FAULTS = {"ecs": "ServerException"}


def _carry_out(response: BaseResponse, call: Call, hooks: Hooks, original: _CallAction) -> _Reply:
    _authorize(response)
    answer = hooks.answers.get((call.service, call.operation))
    try:
        if answer is None:
            return original(response)
        return _enriched(response, response.serialized(ActionResult(answer(call))))
    except NotImplementedError as missing:
        raise AwsRefusal("NotImplemented", f"The sandbox has no {call.service} {call.operation}.", 501) from missing
    except ServiceException as error:
        return _enriched(response, response.serialized(ActionResult(error)))


_DENIALS_IN_JSON = {"AccessDenied": "AccessDeniedException", "InvalidClientTokenId": "UnrecognizedClientException"}


def _authorize(response: BaseResponse) -> None:
    """Let moto's IAM judge the call, where it is in force; its own denial is XML, whatever the protocol."""
    if response.method == "GET":  # moto would take the query string for the body that was signed
        response.data = {}
    try:
        response._authenticate_and_authorize_normal_action("*")
    except _RESTError as denied:
        json_protocol = get_service_model(response.boto3_service_name).protocol == "json"
        code = _DENIALS_IN_JSON.get(denied.error_type, denied.error_type) if json_protocol else denied.error_type
        raise AwsRefusal(code, denied.message, denied.code) from denied


def declare(code: str) -> None:
    """Throttling and its like are in no service's model; moto keeps a list of such codes and warns of any other."""
    if code not in errors.COMMON_ERROR_CODES:
        errors.COMMON_ERROR_CODES.append(code)


def _refused(response: BaseResponse, refusal: AwsRefusal) -> _Reply:
    declare(refusal.code)
    _, headers, body = _enriched(response, response.serialized(ActionResult(refusal)))
    headers["status"] = str(refusal.status)
    return refusal.status, headers, body


def _enriched(response: BaseResponse, reply: _Reply) -> _Reply:
    status, headers, body = reply
    headers["status"] = str(status)
    headers, body = response._enrich_response(headers, body)
    return status, headers, body


def _parameters(response: BaseResponse) -> Mapping[str, Any]:
    if response.automated_parameter_parsing:
        params: Any = response.params
        return params.original_dict() if isinstance(params, XFormedDict) else params
    try:
        return dict(json.loads(response.body))
    except ValueError:
        return response._get_params()


_ERROR_CODE = re.compile(r'"__type": ?"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>')


def _error_code(reply: _Reply) -> str | None:
    status, _, body = reply
    if status < 400:  # noqa: PLR2004
        return None
    text = body.decode() if isinstance(body, bytes) else str(body)
    found = _ERROR_CODE.search(text)
    return (found[1] or found[2]) if found else str(status)
