"""What belongs to others: counts to the autoscaler, secrets to nobody's eyes."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tests.invariants.judged import Write


def s21(write: Write) -> Iterator[str]:
    """A desiredCount within the autoscaler's bounds is left alone."""
    if write.operation != "UpdateService" or write.given.get("desiredCount") is None:
        return
    service = write.live.service(write.given.get("cluster", "default"), write.given["service"])
    wanted = write.wanted(write.touched[0].key) if service else None
    if service is None or wanted is None or not wanted.autoscaled:
        return
    serves = write.live.weight(service) > 0 or not service.groups
    asked = write.given["desiredCount"]
    if serves and service.desired > 0 and asked != service.desired:
        yield f"service {service.name} was scaled to {service.desired}, and would be set to {asked}"


def s22(write: Write) -> Iterator[str]:
    """No secret value in a log, metric, event, plan or page, nor in any call but the environment it belongs to."""
    told = json.dumps(_without_environment(write.given), default=str)
    if reveals(told, write.canary):
        yield "a parameter holds the secret that the test has planted"


def reveals(text: str, secret: str) -> bool:
    """Whether a text holds a secret: as it is, or in one of the forms it travels in."""
    forms = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()}
    return bool(secret) and any(form in text for form in forms)


def _without_environment(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_environment(each) for name, each in value.items() if name != "environment"}
    if isinstance(value, list | tuple):
        return [_without_environment(each) for each in value]
    return value
