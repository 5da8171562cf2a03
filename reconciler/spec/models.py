"""What people write: the shape of every file under `desired/`, as pydantic models.

JSON Schema and the spec reference are generated from these, so each field says what it is for. Where ECS has
a word for a thing and people may paste it (`placementConstraints`), the word is ECS's own.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, RootModel, Tag

from reconciler.spec.fields import (
    Account,
    Bool,
    ContainerName,
    DnsLabel,
    EcsCluster,
    EnvironmentName,
    EnvironmentValue,
    HttpPath,
    Image,
    LoadBalancerName,
    ParameterName,
    PinnedImage,
    Port,
    Region,
    Registry,
    Role,
    RoleArn,
    SecretArn,
    SecretKey,
    SecurityGroupId,
    StatusCodes,
    SubnetId,
    TagValue,
    Text,
    Version,
    VpcId,
    Zone,
)
from reconciler.spec.guardrails import Guardrails
from reconciler.spec.partial import CHOICE, Model
from reconciler.spec.rollout import Rollout
from reconciler.spec.windows import FreezeWindow


class HealthCheck(Model):
    """How the load balancer asks a task whether it is healthy."""

    path: HttpPath = Field("/", description="Path that is asked for.")
    interval: Annotated[int, Field(strict=True, ge=5, le=300)] = Field(10, description="Seconds between checks.")
    timeout: Annotated[int, Field(strict=True, ge=2, le=120)] = Field(5, description="Seconds an answer may take.")
    healthy_threshold: Annotated[int, Field(strict=True, ge=2, le=10)] = Field(
        2, description="Good answers in a row that make a target healthy."
    )
    unhealthy_threshold: Annotated[int, Field(strict=True, ge=2, le=10)] = Field(
        3, description="Bad answers in a row that make a target unhealthy."
    )
    matcher: StatusCodes = Field(
        "200", description="Status codes, of 200 to 499, that count as healthy: `200`, `200-299` or `200,301`."
    )


class Listener(Model):
    """One way in: a target group, a host rule on a load balancer of the cluster, and a DNS record."""

    subdomain: DnsLabel = Field(description="The record is SUBDOMAIN.ZONE, ZONE being the cluster's.")
    port: Port = Field(description="Port that the container listens on.")
    protocol: Text = Field(description="Name of one of the cluster's `load_balancers`, e.g. `http-internal`.")
    container: ContainerName | None = Field(
        None,
        description="Container that takes the traffic: a sidecar's name; the service's own when left out.",
    )
    health_check: HealthCheck = Field(
        default_factory=HealthCheck, description="How tasks are asked whether they are healthy; GET / by default."
    )
    deregistration_delay: Annotated[int, Field(strict=True, ge=0, le=3600)] | None = Field(
        None, description="Seconds a target is drained for; AWS's default of 300 when left out."
    )


class SlackChannel(Model):
    """Where people are told."""

    alerts: TagValue | None = Field(None, description="Channel for what needs a person.")
    deploys: TagValue | None = Field(None, description="Channel for releases.")


class Monitoring(Model):
    """Who looks after the service. Kept as tags `team`, `slack-alerts` and `slack-deploys`."""

    team: TagValue = Field(description="Team that owns the service.")
    slack_channel: SlackChannel = Field(default_factory=SlackChannel, description="Slack channels, without the #.")


class SsmSecret(Model):
    """A parameter of the SSM Parameter Store."""

    ssm: ParameterName = Field(description="Parameter name or ARN; {cluster} and {service} are filled in.")


class SecretsManagerSecret(Model):
    """A secret of AWS Secrets Manager."""

    secretsmanager: SecretArn = Field(
        description="The secret's full ARN, with the six characters that follow its name: ECS takes nothing less."
    )
    key: SecretKey | None = Field(None, description="Key in the secret's JSON; the whole secret when left out.")


def _store(secret: object) -> str | None:
    """Tag of the store that a secret is in: it has one of the two keys."""
    keys = set(secret) if isinstance(secret, Mapping) else set()
    stores = keys & {"ssm", "secretsmanager"}
    return f"{CHOICE}{stores.pop()}" if len(stores) == 1 else None


Secret = Annotated[
    Annotated[SsmSecret, Tag(f"{CHOICE}ssm")] | Annotated[SecretsManagerSecret, Tag(f"{CHOICE}secretsmanager")],
    Discriminator(
        _store,
        custom_error_type="rule",
        custom_error_message="{rule}",
        custom_error_context={"rule": "a reference, either `ssm: NAME` or `secretsmanager: ARN`"},
    ),
]


Secrets = dict[EnvironmentName, Secret]


class ContainerHealthCheck(Model):
    """ECS's container health check: a command run inside the container."""

    command: tuple[Text, ...] = Field(
        min_length=1, description='As in ECS: `["CMD-SHELL", "curl -f http://localhost/ || exit 1"]`.'
    )
    interval: Annotated[int, Field(strict=True, ge=5, le=300)] = Field(30, description="Seconds.")
    timeout: Annotated[int, Field(strict=True, ge=2, le=60)] = Field(5, description="Seconds.")
    retries: Annotated[int, Field(strict=True, ge=1, le=10)] = Field(3, description="Failures allowed.")
    start_period: Annotated[int, Field(strict=True, ge=0, le=300)] = Field(
        0, description="Seconds of grace after the start."
    )


DependsOn = dict[ContainerName, Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]]


class Sidecar(Model):
    """A container beside the service's own, in the same task."""

    image: PinnedImage = Field(description="Image with its tag or digest.")
    port: Port | None = Field(None, description="Port it listens on.")
    cpu: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = Field(
        0, description="CPU units of the task's that it gets."
    )
    mem: Annotated[int, Field(strict=True, ge=6, le=100_000_000)] = Field(64, description="Memory limit in MiB.")
    essential: Bool = Field(default=True, description="Whether the task ends when it ends.")
    command: tuple[str, ...] = Field((), description="Overrides the image's command.")
    environment: dict[EnvironmentName, EnvironmentValue] = Field(
        default_factory=dict, description="Its variables, the same in every cluster."
    )
    secrets: Secrets = Field(default_factory=dict, description="Its variables from a secret store.")
    depends_on: DependsOn = Field(
        default_factory=dict, description="Containers that must be in a state first: `{httpbin: HEALTHY}`."
    )
    health_check: ContainerHealthCheck | None = Field(None, description="How ECS asks it whether it is healthy.")


LogDriver = Literal["awslogs", "awsfirelens", "splunk", "json-file", "syslog", "journald", "gelf", "fluentd"]


class Logging(Model):
    """Where the containers' output goes.

    By default awslogs, group CLUSTER/SERVICE, stream prefix VERSION: `prod/httpbin/67c9cbb` names one version's log.
    """

    driver: LogDriver = Field("awslogs", description="ECS log driver; Fargate has awslogs, splunk and awsfirelens.")
    options: dict[Text, str] = Field(default_factory=dict, description="Options of the driver, laid over the defaults.")


class PlacementConstraint(Model):
    """In ECS's own words."""

    type: Literal["distinctInstance", "memberOf"] = Field(
        description="`distinctInstance`: each task on an instance of its own. `memberOf`: where the expression holds."
    )
    expression: Text | None = Field(None, description="Expression in ECS's cluster query language.")


class PlacementStrategy(Model):
    """In ECS's own words."""

    type: Literal["random", "spread", "binpack"] = Field(
        description="`spread` evenly over the field, `binpack` by least cpu or memory left, or at `random`."
    )
    field: Text | None = Field(None, description="`instanceId`, `attribute:ecs.availability-zone`, `memory` …")


LaunchType = Literal["EC2", "FARGATE"]


class ServiceSpec(Model):
    """`services/NAME/service.yml`: what a service is."""

    instances: dict[Text, Annotated[int, Field(strict=True, ge=0, le=1000)]] = Field(
        min_length=1,
        description="Number of tasks per cluster; the service exists only in clusters named here.",
    )
    cpu: Annotated[int, Field(strict=True, ge=128, le=196_608)] = Field(
        description="CPU units of the task (1024 = 1 vCPU)."
    )
    mem: Annotated[int, Field(strict=True, ge=6, le=100_000_000)] = Field(description="Memory of the task in MiB.")
    listeners: tuple[Listener, ...] = Field((), max_length=5, description="Ways in; none for a worker.")
    monitoring: Monitoring | None = Field(None, description="Who looks after the service; kept as tags.")
    image: Image | None = Field(
        None,
        description="Image repository; REGISTRY/SERVICE when left out. The tag is the version in release.yml.",
    )
    entrypoint: tuple[str, ...] = Field((), description="Overrides the image's entry point.")
    command: tuple[str, ...] = Field((), description="Overrides the image's command.")
    environment: dict[EnvironmentName, EnvironmentValue] = Field(
        default_factory=dict, description="The same in every cluster; config.yml is laid over it."
    )
    secrets: Secrets = Field(
        default_factory=dict,
        description="Variables from a secret store: `{ssm: NAME}` or `{secretsmanager: ARN}`. Needs an execution role.",
    )
    task_role: Role | None = Field(
        None, description="IAM role of the task: name or ARN; {cluster} and {service} are filled in."
    )
    execution_role: Role | None = Field(
        None, description="IAM role that pulls images and reads secrets: name or ARN, filled in as `task_role` is."
    )
    health_check: ContainerHealthCheck | None = Field(
        None, description="How ECS asks the service's own container whether it is healthy."
    )
    depends_on: DependsOn = Field(
        default_factory=dict,
        description="Containers that must be in a state before the service's own starts: `{nginx: HEALTHY}`.",
    )
    logging: Logging = Field(
        default_factory=Logging,
        description="Where the containers' output goes; awslogs, group CLUSTER/SERVICE, when left out.",
    )
    sidecars: dict[ContainerName, Sidecar] = Field(
        default_factory=dict, description="Other containers of the task, by name; not the service's own name."
    )
    launch_type: LaunchType | None = Field(None, description="The cluster's default when left out.")
    security_groups: tuple[SecurityGroupId, ...] | None = Field(
        None, max_length=5, description="Of tasks with a network interface; the cluster's when left out."
    )
    placementConstraints: tuple[PlacementConstraint, ...] = Field(  # noqa: N815 - ECS's own word
        (), max_length=10, description="Instances that tasks may run on, in ECS's words. Not on Fargate."
    )
    placementStrategy: tuple[PlacementStrategy, ...] = Field(  # noqa: N815 - ECS's own word
        (), max_length=5, description="How tasks are spread over these instances, in ECS's words. Not on Fargate."
    )
    rollout: Rollout = Field(default_factory=Rollout, description="How a new version takes over; rolling by default.")
    after: tuple[Text, ...] = Field(
        (),
        max_length=20,
        description="Services of the same cluster that must run what git says, and be healthy, before a release "
        "of this one begins.",
    )
    ignore: tuple[Text, ...] = Field(
        (),
        description="Fields of the ECS service that somebody else owns, in ECS's names: `desiredCount`, say.",
    )
    task_definition: dict[str, Any] = Field(
        default_factory=dict,
        description="Laid over the task definition, in RegisterTaskDefinition's names; containers by name.",
    )
    service: dict[str, Any] = Field(
        default_factory=dict, description="Laid over the ECS service, in CreateService's names."
    )


class LoadBalancer(Model):
    """One listener of an existing application load balancer, under the name that services use for it."""

    name: LoadBalancerName = Field(description="Name of the load balancer.")
    port: Port = Field(description="Port of its listener.")
    protocol: Literal["HTTP", "HTTPS"] = Field("HTTP", description="Protocol of its listener.")


class Defaults(Model):
    """What services of this cluster get when they say nothing."""

    launch_type: LaunchType = Field("EC2", description="EC2: on container instances. FARGATE: on AWS's own.")
    registry: Registry | None = Field(None, description="Registry (and path) in front of the service's name.")
    task_role: Role | None = Field(
        None, description="IAM role of tasks: name or ARN; {cluster} and {service} are filled in."
    )
    execution_role: Role | None = Field(
        None, description="IAM role that pulls images, reads secrets and writes logs: name or ARN, as `task_role`."
    )


class ClusterSpec(Model):
    """`clusters/NAME.yml`: the infrastructure that its services run on. Referenced and checked, never created."""

    region: Region = Field(description="AWS region that the cluster is in, e.g. `us-east-1`.")
    account: Account = Field(
        description="Account id; credentials of another account are refused before the first write."
    )
    role: RoleArn | None = Field(None, description="ARN of a role to assume for this cluster.")
    ecs_cluster: EcsCluster | None = Field(None, description="Name of the ECS cluster; the file's name when left out.")
    vpc: VpcId = Field(description="VPC id: target groups are made in it.")
    subnets: tuple[SubnetId, ...] = Field(
        (), max_length=16, description="Subnet ids for tasks with a network interface."
    )
    security_groups: tuple[SecurityGroupId, ...] = Field((), max_length=5, description="Security groups of such tasks.")
    assign_public_ip: Bool = Field(default=False, description="Whether such tasks get a public address; Fargate only.")
    load_balancers: dict[Text, LoadBalancer] = Field(
        default_factory=dict, description="By the protocol name that listeners use, e.g. `http-internal`."
    )
    zone: Zone | None = Field(None, description="Hosted zone that the records go to, e.g. `prod.example`.")
    private_zone: Bool = Field(default=False, description="Whether the private hosted zone of that name is meant.")
    defaults: Defaults = Field(
        default_factory=Defaults, description="For services that say nothing: launch type, registry, roles."
    )
    guardrails: Guardrails = Field(
        default_factory=Guardrails, description="What services may ask for; whatever is not allowed is refused."
    )
    freeze: tuple[FreezeWindow, ...] = Field(
        (), max_length=100, description="Times in which no release, repair or removal begins."
    )


Variable = Annotated[Any, Field(description="The variable's value; null removes it.")]
Overlay = Annotated[
    dict[EnvironmentName, Variable],
    Field(description="Variables of the cluster of this name; under `default`, those of every cluster."),
]


class ConfigSpec(RootModel[dict[Text, Overlay]]):
    """`services/NAME/config.yml`: environment variables under `default:`, and overlays under clusters' names.

    Overlays are merged into the default: maps merge, everything else replaces, and null removes. Each name becomes an
    environment variable: text, numbers and booleans as written, lists and maps as compact JSON.
    """

    model_config = ConfigDict(frozen=True)


class ReleaseSpec(RootModel[dict[Text, Version]]):
    """`services/NAME/release.yml`: which version runs in which cluster; `default:` for clusters not named.

    A deploy is a commit to this file.
    """

    model_config = ConfigDict(frozen=True)
