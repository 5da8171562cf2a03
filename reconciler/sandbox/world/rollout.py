"""Deployments of a service: how one begins, completes, fails and is rolled back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from moto.moto_api._internal import mock_random

from reconciler.sandbox.world import events
from reconciler.sandbox.world.state import DEPLOYED, Deployment, Revision, Service

BREAKER = "ECS deployment circuit breaker"
TRIPPED = "tasks failed to start."
FIRST_PATIENT_FAILURE = 3
LONGEST_PAUSE = timedelta(minutes=15)


def breaker_threshold(desired: int, settings: Mapping[str, Any]) -> int:
    """After how many failed tasks the circuit breaker trips: so many, or a part of the desired count."""
    threshold = settings["thresholdConfiguration"]
    if threshold["type"] == "COUNT":
        return int(threshold["value"])
    part: int = ceil(desired * threshold["value"] / 100)
    return max(3, min(200, part)) if threshold["type"] == "BOUNDED_PERCENT" else part


def breaker(service: Service) -> Mapping[str, Any]:
    """The service's circuit breaker settings."""
    settings: Mapping[str, Any] = service.fields["deploymentConfiguration"]["deploymentCircuitBreaker"]
    return settings


def pause_after(failures: int) -> timedelta:
    """How long ECS waits before it tries again to start what keeps failing."""
    if failures < FIRST_PATIENT_FAILURE:
        return timedelta(0)
    return min(timedelta(seconds=10 * 2 ** min(failures - FIRST_PATIENT_FAILURE, 10)), LONGEST_PAUSE)


def begin(service: Service, now: datetime) -> None:
    """Roll out the service's fields as they are; what was being rolled out is superseded."""
    for former in service.history:
        if former.outcome in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
            _finish(former, "STOPPED", now)
    deployment_id = f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"
    deployment = Deployment(
        id=deployment_id,
        arn=_arn(service, "service-deployment", mock_random.get_random_hex(21)),
        revision=Revision(
            arn=_arn(service, "service-revision", str(mock_random.randint(10**18, 10**19 - 1))),
            created_at=now,
            fields=service.deployed(),
        ),
        created_at=now,
        promoted_at=now,
        updated_at=now,
        sources=tuple(each.revision.arn for each in service.deployments),
        reason=f"ECS deployment {deployment_id} in progress.",
    )
    service.deployments.insert(0, deployment)
    service.history.insert(0, deployment)
    service.steady = False
    events.deployment_changed(service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS", now)


def complete(service: Service, now: datetime) -> None:
    """The primary deployment is all there is."""
    deployment = service.primary
    deployment.state = "COMPLETED"
    deployment.reason = f"ECS deployment {deployment.id} completed."
    deployment.updated_at = now
    for failed in _rolling_back(service):
        _finish(failed, "ROLLBACK_SUCCESSFUL", now)
    if deployment.finished_at is None:
        _finish(deployment, "SUCCESSFUL", now)
    events.say_deployed(service, deployment, "deployment completed.", now)
    events.deployment_changed(service, deployment, "SERVICE_DEPLOYMENT_COMPLETED", now)


def fail(service: Service, now: datetime) -> None:
    """The circuit breaker trips."""
    events.say_deployed(service, service.primary, f"deployment failed: {TRIPPED}", now)
    _give_up(service, now, BREAKER, TRIPPED, roll_back=breaker(service)["rollback"])


def stop(service: Service, now: datetime, *, roll_back: bool) -> None:
    """Someone stops the deployment in progress."""
    _give_up(service, now, "Service deployment stopped", "stopped by user request.", roll_back=roll_back)


def retire(service: Service) -> None:
    """Forget the earlier deployments that have no tasks left and are not being rolled back."""
    alive = {each.deployment for each in service.tasks.values() if each.status != "STOPPED"}
    service.deployments[1:] = [
        each for each in service.deployments[1:] if each.id in alive or each.outcome == "ROLLBACK_IN_PROGRESS"
    ]


def _give_up(service: Service, now: datetime, who: str, why: str, *, roll_back: bool) -> None:
    """Stop trying, and go back to what last completed, if that is wanted and there. A failed rollback ends it all."""
    failed = service.primary
    failed.state = "FAILED"
    failed.reason = f"{who}: {why}"
    failed.updated_at = now
    events.deployment_changed(service, failed, "SERVICE_DEPLOYMENT_FAILED", now, level="ERROR")
    rolling_back = _rolling_back(service)
    earlier = next((each for each in service.history if each.outcome == "SUCCESSFUL"), None)
    if rolling_back:
        for each in rolling_back:
            _finish(each, "ROLLBACK_FAILED", now)
    elif roll_back and earlier is not None:
        _roll_back(service, failed, earlier, who, now)
    else:
        _finish(failed, "STOPPED", now)


def _rolling_back(service: Service) -> list[Deployment]:
    """The deployments that failed and whose rollback goes on."""
    return [each for each in service.history if each.outcome == "ROLLBACK_IN_PROGRESS"]


def _roll_back(service: Service, failed: Deployment, earlier: Deployment, who: str, now: datetime) -> None:
    """Make the earlier deployment PRIMARY again, whether any of its tasks are left or not.

    Published answers of ECS agree on this: the id in the reason is that of the deployment that is then PRIMARY and
    completes; its createdAt and updatedAt are the time of the rollback; tasks that still serve are not replaced.
    AWS says nowhere whether that id is the one the deployment had before. Here it is, so don't rely on it.
    """
    failed.outcome = "ROLLBACK_IN_PROGRESS"
    failed.rollback = earlier.id
    service.deployments[:] = [earlier, *(each for each in service.deployments if each is not earlier)]
    earlier.state = "IN_PROGRESS"
    earlier.reason = f"{who}: rolling back to deploymentId {earlier.id}."
    earlier.promoted_at = now
    earlier.updated_at = now
    earlier.failed = 0
    earlier.retry_at = None
    for name in DEPLOYED:
        service.fields.pop(name, None)
    service.fields.update(earlier.revision.fields)
    events.say(service, f"rolling back to deployment {earlier.id}.", now)
    events.deployment_changed(service, earlier, "SERVICE_DEPLOYMENT_IN_PROGRESS", now)


def _finish(deployment: Deployment, outcome: str, now: datetime) -> None:
    deployment.outcome = outcome
    deployment.finished_at = now
    deployment.updated_at = now


def _arn(service: Service, kind: str, name: str) -> str:
    return f"{service.cluster_arn.rsplit(':', 1)[0]}:{kind}/{service.cluster_name}/{service.name}/{name}"


def failed_task(deployment: Deployment, now: datetime) -> None:
    """Count a task that failed, and put off the next attempt."""
    deployment.failed += 1
    deployment.retry_at = now + pause_after(deployment.failed)


def find(service: Service, deployment_id: str) -> Deployment | None:
    """The deployment of that id, if it still goes on."""
    return next((each for each in service.deployments if each.id == deployment_id), None)


def shown_status(service: Service, deployment: Deployment) -> str:
    """PRIMARY, or ACTIVE while tasks of it remain."""
    return "PRIMARY" if deployment is service.primary else "ACTIVE"


def revision_of(service: Service, arn: str) -> Revision | None:
    """The revision of that ARN."""
    return next((each.revision for each in service.history if each.revision.arn == arn), None)


def service_deployment(service: Service, arn: str) -> Deployment | None:
    """The deployment of that ARN, finished ones included."""
    return next((each for each in service.history if each.arn == arn), None)


def fields_shown(revision: Revision) -> Mapping[str, Any]:
    """The fields of a revision as the API shows them."""
    return {name: value for name, value in revision.fields.items() if value not in (None, [], {})}
