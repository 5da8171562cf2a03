"""What ECS says about what it does: events[] of a service, and events on EventBridge."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from moto.events.models import events_backends
from moto.moto_api._internal import mock_random

from reconciler.sandbox.world.state import Deployment, Service, Task


def say(service: Service, text: str, now: datetime) -> None:
    """Add to the service's events, newest first."""
    service.events.appendleft(
        {"id": str(mock_random.uuid4()), "createdAt": now, "message": f"(service {service.name}) {text}"}
    )


def say_once(service: Service, text: str, now: datetime) -> None:
    """Add to the service's events, unless that is what the last one says."""
    if not service.events or not service.events[0]["message"].endswith(text):
        say(service, text, now)


def say_deployed(service: Service, deployment: Deployment, text: str, now: datetime) -> None:
    """Add to the service's events what became of a deployment."""
    say(service, f"(deployment {deployment.id}) {text}", now)


def listing(tasks: Sequence[Task]) -> str:
    """The tasks as an event names them."""
    return " ".join(f"(task {each.id})" for each in tasks)


def heard(service: Service) -> bool:
    """Whether anyone listens to ECS's events where the service is."""
    return bool(events_backends[service.account][service.region].describe_event_bus("default").rules)


def task_changed(service: Service, detail: Mapping[str, Any], now: datetime) -> None:
    """A task changed its status."""
    _put(service, "ECS Task State Change", detail, [detail["taskArn"]], now)


def service_action(service: Service, name: str, now: datetime, level: str = "INFO", **detail: Any) -> None:
    """ECS did something about a service."""
    facts = {"eventType": level, "eventName": name, "clusterArn": service.cluster_arn, "createdAt": now, **detail}
    _put(service, "ECS Service Action", facts, [service.arn], now)


def deployment_changed(service: Service, deployment: Deployment, name: str, now: datetime, level: str = "INFO") -> None:
    """A deployment began, ended or failed."""
    facts = {
        "eventType": level,
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": now,
        "reason": deployment.reason,
    }
    _put(service, "ECS Deployment State Change", facts, [service.arn], now)


def _put(
    service: Service, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str], now: datetime
) -> None:
    if not heard(service):
        return
    event = {
        "Source": "aws.ecs",
        "DetailType": detail_type,
        "Time": now.timestamp(),
        "Resources": list(resources),
        "Detail": json.dumps(detail, default=_text),
    }
    events_backends[service.account][service.region].put_events([event])


def _text(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
