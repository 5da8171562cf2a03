"""How ECS shows its services, deployments and tasks: plain data in the API's names."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.sandbox.world import rollout
from reconciler.sandbox.world.placement import on_fargate
from reconciler.sandbox.world.state import Deployment, Revision, Service, Task

PENDING = ("PROVISIONING", "PENDING", "ACTIVATING")
PLATFORM_VERSION = "1.4.0"


def service(it: Service, *, tags: bool) -> Mapping[str, Any]:
    """A service, as in DescribeServices."""
    alive = list(it.tasks.values())
    return {
        **it.fields,
        "serviceArn": it.arn,
        "serviceName": it.name,
        "clusterArn": it.cluster_arn,
        "status": it.status,
        "desiredCount": it.desired_count,
        "runningCount": running(alive),
        "pendingCount": pending(alive),
        "deployments": [deployment(it, each) for each in it.deployments],
        "currentServiceDeployment": it.history[0].arn,
        "currentServiceRevisions": [
            {"arn": each.revision.arn, **_counts(it, each.revision.arn)} for each in it.deployments
        ],
        "events": list(it.events),
        "createdAt": it.created_at,
        "createdBy": f"arn:aws:iam::{it.account}:root",
        **({"tags": it.tags} if tags else {}),
    }


def deployment(of: Service, it: Deployment) -> Mapping[str, Any]:
    """A deployment, as in a service's deployments[]."""
    tasks = [each for each in of.tasks.values() if each.deployment == it.id]
    status = rollout.shown_status(of, it)
    return {
        **it.revision.fields,
        **_platform(it.revision.fields),
        "id": it.id,
        "status": status,
        "desiredCount": of.desired_count if status == "PRIMARY" else sum(each.wanted for each in tasks),
        "runningCount": running(tasks),
        "pendingCount": pending(tasks),
        "failedTasks": it.failed,
        "createdAt": it.promoted_at,
        "updatedAt": it.updated_at,
        "rolloutState": it.state,
        "rolloutStateReason": it.reason,
    }


def service_deployment(of: Service, it: Deployment) -> Mapping[str, Any]:
    """A deployment, as in DescribeServiceDeployments."""
    finished = {"finishedAt": it.finished_at} if it.finished_at else {}
    return {
        **service_deployment_brief(of, it),
        "updatedAt": it.updated_at,
        "sourceServiceRevisions": [{"arn": arn, **_counts(of, arn)} for arn in it.sources],
        "targetServiceRevision": {"arn": it.revision.arn, **_counts(of, it.revision.arn)},
        "deploymentConfiguration": of.fields["deploymentConfiguration"],
        "deploymentCircuitBreaker": _breaker(of, it),
        **finished,
        **_rollback(of, it),
    }


def service_deployment_brief(of: Service, it: Deployment) -> Mapping[str, Any]:
    """A deployment, as in ListServiceDeployments."""
    return {
        "serviceDeploymentArn": it.arn,
        "serviceArn": of.arn,
        "clusterArn": of.cluster_arn,
        "startedAt": it.created_at,
        "createdAt": it.created_at,
        "status": it.outcome,
        "statusReason": it.reason,
        "targetServiceRevisionArn": it.revision.arn,
        **({"finishedAt": it.finished_at} if it.finished_at else {}),
    }


def service_revision(of: Service, it: Revision) -> Mapping[str, Any]:
    """A revision, as in DescribeServiceRevisions."""
    return {
        **rollout.fields_shown(it),
        **_platform(it.fields),
        "serviceRevisionArn": it.arn,
        "serviceArn": of.arn,
        "clusterArn": of.cluster_arn,
        "createdAt": it.created_at,
    }


def task(of: Service, it: Task, health: str) -> Mapping[str, Any]:
    """A task, as in DescribeTasks."""
    fargate = on_fargate(of.fields)
    shown = {
        "taskArn": it.arn,
        "clusterArn": of.cluster_arn,
        "taskDefinitionArn": it.definition.arn,
        "containerInstanceArn": it.place.instance,
        "availabilityZone": it.place.zone,
        "group": f"service:{of.name}",
        "startedBy": it.deployment,
        "lastStatus": it.status,
        "desiredStatus": "RUNNING" if it.wanted else "STOPPED",
        "healthStatus": health,
        "launchType": "FARGATE" if fargate else "EC2",
        "platformVersion": PLATFORM_VERSION if fargate else None,
        "platformFamily": "Linux" if fargate else None,
        "cpu": it.definition.cpu,
        "memory": it.definition.memory,
        "createdAt": it.created_at,
        "startedAt": it.started_at,
        "stoppingAt": it.drained_at,
        "stoppedAt": it.stopped_at,
        "stopCode": it.stop_code,
        "stoppedReason": it.stopped_reason,
        "version": 1,
        "enableExecuteCommand": of.fields["enableExecuteCommand"],
        "attachments": _attachments(it),
        "containers": [_container(it, each, health) for each in it.definition.container_definitions],
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "tags": it.tags,
    }
    return {name: value for name, value in shown.items() if value is not None}


def running(tasks: Iterable[Task]) -> int:
    """How many tasks run."""
    return sum(each.status == "RUNNING" for each in tasks)


def pending(tasks: Iterable[Task]) -> int:
    """How many tasks are on their way to run."""
    return sum(each.status in PENDING for each in tasks)


def _container(of: Task, definition: Mapping[str, Any], health: str) -> Mapping[str, Any]:
    ports = [each["containerPort"] for each in definition.get("portMappings") or ()]
    shown = {
        "containerArn": f"{of.arn.replace(':task/', ':container/')}/{definition['name']}",
        "taskArn": of.arn,
        "name": definition["name"],
        "image": definition["image"],
        "lastStatus": of.status if of.status in (*PENDING, "STOPPED") else "RUNNING",
        "exitCode": of.exit_code,
        "healthStatus": health,
        "networkBindings": [
            {"bindIP": "0.0.0.0", "containerPort": port, "hostPort": of.place.host_ports[port], "protocol": "tcp"}  # noqa: S104 - what AWS shows
            for port in ports
            if of.started_at and port in of.place.host_ports
        ],
        "networkInterfaces": [{"privateIpv4Address": of.place.ip}] if of.place.ip else [],
    }
    return {name: value for name, value in shown.items() if value is not None}


def _attachments(of: Task) -> list[Mapping[str, Any]]:
    if of.place.ip is None:
        return []
    details = {
        "subnetId": of.place.subnet,
        "networkInterfaceId": f"eni-{of.id[:17]}",
        "privateDnsName": f"ip-{of.place.ip.replace('.', '-')}.ec2.internal",
        "privateIPv4Address": of.place.ip,
    }
    status = {"PROVISIONING": "PRECREATED", "STOPPED": "DELETED"}.get(of.status, "ATTACHED")
    return [
        {
            "id": of.id,
            "type": "ElasticNetworkInterface",
            "status": status,
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]


def _platform(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"platformVersion": PLATFORM_VERSION, "platformFamily": "Linux"} if on_fargate(fields) else {}


def _counts(of: Service, revision: str) -> Mapping[str, int]:
    ids = {each.id for each in of.history if each.revision.arn == revision}
    tasks = [each for each in of.tasks.values() if each.deployment in ids]
    return {
        "requestedTaskCount": sum(each.wanted for each in tasks),
        "runningTaskCount": running(tasks),
        "pendingTaskCount": pending(tasks),
    }


def _breaker(of: Service, it: Deployment) -> Mapping[str, Any]:
    breaker = rollout.breaker(of)
    tripped = it.state == "FAILED"
    status = "TRIGGERED" if tripped else "MONITORING" if it.finished_at is None else "MONITORING_COMPLETE"
    return {
        "status": status if breaker["enable"] else "DISABLED",
        "failureCount": it.failed,
        "threshold": rollout.breaker_threshold(of.desired_count, breaker),
    }


def _rollback(of: Service, it: Deployment) -> Mapping[str, Any]:
    earlier = next((each for each in of.history if each.id == it.rollback), None)
    if earlier is None:
        return {}
    return {"rollback": {"reason": it.reason, "startedAt": it.updated_at, "serviceRevisionArn": earlier.revision.arn}}
