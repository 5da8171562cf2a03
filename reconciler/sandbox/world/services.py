"""ECS's own API of services and their deployments, answered by the world instead of moto."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from moto.ecs.models import ecs_backends

from reconciler.sandbox.calls import AwsRefusal, Call
from reconciler.sandbox.world import describe, rollout
from reconciler.sandbox.world.fields import created, updated
from reconciler.sandbox.world.paging import page
from reconciler.sandbox.world.state import DEPLOYED, Service
from reconciler.sandbox.world.world import World

DEFAULT_PAGE = 10

Reply = Mapping[str, Any]
Found = TypeVar("Found")


def answers(world: World) -> dict[tuple[str, str], Callable[[Call], Reply]]:
    """The operations this module answers."""
    api = Services(world)
    return {
        ("ecs", "CreateService"): api.create,
        ("ecs", "UpdateService"): api.update,
        ("ecs", "DeleteService"): api.delete,
        ("ecs", "ListServices"): api.list_,
        ("ecs", "DescribeServices"): api.describe,
        ("ecs", "ListServiceDeployments"): api.list_deployments,
        ("ecs", "DescribeServiceDeployments"): api.describe_deployments,
        ("ecs", "DescribeServiceRevisions"): api.describe_revisions,
        ("ecs", "StopServiceDeployment"): api.stop_deployment,
    }


class Services:
    """The answers, over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, call: Call) -> Reply:
        """CreateService."""
        wanted = _resolved(call)
        cluster = _cluster(call)
        name = wanted["serviceName"]
        service = Service(
            account=call.account,
            region=call.region,
            cluster_name=cluster.name,
            cluster_arn=cluster.arn,
            name=name,
            arn=f"{cluster.arn.rsplit(':', 1)[0]}:service/{cluster.name}/{name}",
            fields=created(wanted, call.account, cluster),
            desired_count=wanted.get("desiredCount") or 0,
            tags=list(wanted.get("tags") or ()),
            created_at=self._world.now,
        )
        _refuse_unsimulated(service.fields)
        rollout.begin(service, self._world.now)
        self._world.add(service)
        return {"service": describe.service(service, tags=True)}

    def update(self, call: Call) -> Reply:
        """UpdateService."""
        service = self._find(call, call.parameters["service"])
        if service.status != "ACTIVE":
            raise AwsRefusal("ServiceNotActiveException", "Service was not ACTIVE.")
        wanted = _resolved(call)
        fields = updated(service.fields, wanted)
        _refuse_unsimulated(fields)
        deploys = any(fields.get(name) != service.fields.get(name) for name in DEPLOYED)
        service.fields = fields
        if wanted.get("desiredCount") is not None:
            service.desired_count = wanted["desiredCount"]
            service.steady = False
        if deploys or wanted.get("forceNewDeployment"):
            rollout.begin(service, self._world.now)
        self._world.step(service)
        return {"service": describe.service(service, tags=True)}

    def delete(self, call: Call) -> Reply:
        """DeleteService: what is left to stop is DRAINING, then INACTIVE. What was deleted is answered as it is."""
        service = self._find(call, call.parameters["service"])
        if service.desired_count > 0 and not call.parameters.get("force"):
            raise AwsRefusal("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
        if service.status == "INACTIVE":
            return {"service": describe.service(service, tags=True)}
        service.status = "DRAINING"
        service.desired_count = 0
        reply = {"service": describe.service(service, tags=True)}
        self._world.step(service)
        return reply

    def list_(self, call: Call) -> Reply:
        """ListServices, which leaves out what is being deleted."""
        cluster = _cluster(call)
        arns = sorted(
            each.arn
            for each in self._world.services_of(cluster.arn)
            if each.status == "ACTIVE"
            and call.parameters.get("schedulingStrategy") in (None, each.scheduling_strategy)
            and call.parameters.get("launchType") in (None, each.launch_type)
        )
        shown, token = page(arns, call.parameters, default=DEFAULT_PAGE)
        return {"serviceArns": shown, **token}

    def describe(self, call: Call) -> Reply:
        """DescribeServices."""
        tags = "TAGS" in call.parameters.get("include", ())
        services, failures = [], []
        for name in call.parameters["services"]:
            service = self._world.service(_service_arn(call, name))
            if service is None:
                failures.append({"arn": _service_arn(call, name), "reason": "MISSING"})
            else:
                services.append(describe.service(service, tags=tags))
        return {"services": services, "failures": failures}

    def list_deployments(self, call: Call) -> Reply:
        """ListServiceDeployments, newest first."""
        service = self._find(call, call.parameters["service"])
        statuses = call.parameters.get("status")
        briefs = [
            describe.service_deployment_brief(service, each)
            for each in service.history
            if not statuses or each.outcome in statuses
        ]
        return {"serviceDeployments": briefs}

    def describe_deployments(self, call: Call) -> Reply:
        """DescribeServiceDeployments."""
        found, failures = self._each(call.parameters["serviceDeploymentArns"], rollout.service_deployment)
        return {
            "serviceDeployments": [describe.service_deployment(*each) for each in found],
            "failures": failures,
        }

    def describe_revisions(self, call: Call) -> Reply:
        """DescribeServiceRevisions."""
        found, failures = self._each(call.parameters["serviceRevisionArns"], rollout.revision_of)
        return {"serviceRevisions": [describe.service_revision(*each) for each in found], "failures": failures}

    def stop_deployment(self, call: Call) -> Reply:
        """StopServiceDeployment: go back to the last that succeeded, or stay as it is."""
        arn = call.parameters["serviceDeploymentArn"]
        service = self._world.service(_owner(arn))
        deployment = rollout.service_deployment(service, arn) if service else None
        if service is None or deployment is None:
            raise AwsRefusal("ServiceDeploymentNotFoundException", "The service deployment was not found.")
        if deployment.outcome != "IN_PROGRESS":
            raise AwsRefusal("ConflictException", f"The service deployment is in {deployment.outcome} state.")
        rollout.stop(service, self._world.now, roll_back=call.parameters.get("stopType") != "ABORT")
        self._world.step(service)
        return {"serviceDeploymentArn": arn}

    def _each(
        self, arns: Iterable[str], look: Callable[[Service, str], Found | None]
    ) -> tuple[list[tuple[Service, Found]], list[Mapping[str, str]]]:
        found: list[tuple[Service, Found]] = []
        failures: list[Mapping[str, str]] = []
        for arn in arns:
            service = self._world.service(_owner(arn))
            it = look(service, arn) if service else None
            if service is None or it is None:
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append((service, it))
        return found, failures

    def _find(self, call: Call, name: str) -> Service:
        _cluster(call)
        service = self._world.service(_service_arn(call, name))
        if service is None:
            raise AwsRefusal("ServiceNotFoundException", "Service not found.")
        return service


def _cluster(call: Call) -> Any:
    """The cluster a call is about; raises ClusterNotFoundException."""
    return ecs_backends[call.account][call.region]._get_cluster(call.parameters.get("cluster", "default"))


def _resolved(call: Call) -> dict[str, Any]:
    """The parameters, with the task definition as an ARN: a family alone means its latest active revision."""
    wanted = dict(call.parameters)
    if "taskDefinition" not in wanted:
        return wanted
    backend = ecs_backends[call.account][call.region]
    name = wanted["taskDefinition"].rsplit("/", 1)[-1]
    if ":" not in name:
        revisions = backend.task_definitions.get(name, {})
        name = f"{name}:{max((n for n, each in revisions.items() if each.status == 'ACTIVE'), default=0)}"
    return wanted | {"taskDefinition": backend.describe_task_definition(name).arn}


def _service_arn(call: Call, name_or_arn: str) -> str:
    if name_or_arn.startswith("arn:"):
        return name_or_arn
    cluster = _cluster(call)
    return f"{cluster.arn.rsplit(':', 1)[0]}:service/{cluster.name}/{name_or_arn}"


def _owner(arn: str) -> str:
    """The service that a service deployment or revision belongs to."""
    head, kind = arn.rsplit(":", 1)
    return f"{head}:service/{'/'.join(kind.split('/')[1:3])}"


def _refuse_unsimulated(fields: Mapping[str, Any]) -> None:
    controller = fields["deploymentController"]["type"]
    strategy = fields["deploymentConfiguration"]["strategy"]
    if controller != "ECS" or strategy != "ROLLING" or fields["schedulingStrategy"] != "REPLICA":
        raise AwsRefusal(
            "UnsupportedFeatureException",
            "The sandbox simulates REPLICA services with the ECS deployment controller and ROLLING deployments only.",
        )
