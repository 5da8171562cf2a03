"""Requests that break before moto has made a call of them: answered in the service's own form, as AWS would."""

from functools import partial
from typing import Any

from botocore.model import OperationNotFoundError
from flask import Flask, Response, request
from moto.core.model import OperationModel
from moto.core.responses import ActionContext, ActionResult
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from reconciler.sandbox.calls import AwsRefusal, declare, fault


def answer_faults(app: Flask, service: str) -> None:
    """Have a service's web application answer what breaks in it, instead of showing a page that no client reads."""
    app.register_error_handler(Exception, partial(_answer, service))


def _answer(service: str, broken: Exception) -> Any:
    if isinstance(broken, HTTPException):
        return broken
    model = get_service_model(service)
    refusal = _refusal(model.protocol, service, broken)
    declare(refusal.code)
    serializer = get_serializer_class(service, model.protocol)
    nothing: Any = None
    context = ActionContext(model, OperationModel({}, model), serializer, nothing)
    _, headers, body = ActionResult(refusal).execute_result(context)
    return Response(body, refusal.status, {name: str(value) for name, value in headers.items()})


def _refusal(protocol: str, service: str, broken: Exception) -> AwsRefusal:
    if isinstance(broken, OperationNotFoundError):
        code = "UnknownOperationException" if protocol == "json" else "InvalidAction"
        return AwsRefusal(code, f"Could not find operation {broken}")
    return fault(service, request.path, broken)
