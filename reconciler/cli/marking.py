"""Leaves a person's intents on AWS as tags, with the person's own credentials. No running operator is asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import click

from reconciler.aws import AwsError, Budgets, Gateway, WrongAccountError, clients_of, connect
from reconciler.cli.options import FAILURE
from reconciler.cli.wiring import load_desired, source_of
from reconciler.clock import SystemClock
from reconciler.kinds import infrastructure, service
from reconciler.kinds.base import Scope, lower_tags
from reconciler.kinds.infrastructure import EcsCluster, InfrastructureError
from reconciler.model import Infrastructure, ServiceKey
from reconciler.settings import Settings
from reconciler.spec import Desired
from reconciler.spec.models import ClusterSpec

Tags = Callable[[str, datetime], Mapping[str, str]]
"""The tags of an intent, given who has it and when."""


class NowhereError(Exception):
    """There is nothing that could carry the tag, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A resource that carries tags: an ECS cluster, or an ECS service."""

    name: str
    arn: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Here:
    """One cluster, as the person at the shell reaches it; `by` is who AWS says that this is."""

    name: str
    spec: ClusterSpec
    aws: Gateway
    ecs: EcsCluster
    by: str


class Marker:
    """Tags the ECS clusters of all cluster files, or of one; or in these the ECS services of one service.

    Its methods print what was done where, and return the exit code. A cluster where it fails does not keep the others.
    `now` is the time that it goes by.
    """

    def __init__(self, settings: Settings, only: str | None) -> None:
        self._owner, self._only = settings.owner, only
        self.now = SystemClock().now()
        self._desired = load_desired(source_of(settings), settings.source.path)
        self._clusters = _chosen(self._desired, only, settings.source.path)

    def tag(self, service: str, tags: Tags, done: str) -> int:
        """Put tags on: on the clusters, or on those ECS services that a service (unless empty) has there."""

        def act(here: Here, carrier: Carrier) -> str:
            marks = lower_tags(tags(here.by, self.now))
            here.aws.call("ecs", "TagResource", resourceArn=carrier.arn, tags=marks)
            return done

        return self._each(service, act)

    def untag(self, service: str, tag: str, done: str) -> int:
        """Take a tag off, likewise."""

        def act(here: Here, carrier: Carrier) -> str:
            if tag not in carrier.tags:
                return f"was not {tag.rpartition(':')[2]}"
            here.aws.call("ecs", "UntagResource", resourceArn=carrier.arn, tagKeys=[tag])
            return done

        return self._each(service, act)

    def _each(self, service: str, act: Callable[[Here, Carrier], str]) -> int:
        code, found = 0, False
        for name, spec in self._clusters.items():
            try:
                here = _reach(name, spec)
                for carrier in self._carriers(here, service):
                    found = True
                    click.echo(f"{carrier.name}: {act(here, carrier)}")
            except (AwsError, WrongAccountError, InfrastructureError, NowhereError) as error:
                click.echo(f"cluster {name}: nothing was done: {error}", err=True)
                code = FAILURE
        if not (found or code):
            raise click.ClickException(f"no cluster runs a service {service}; `reconciler status` lists them all")
        return code

    def _carriers(self, here: Here, name: str) -> Iterable[Carrier]:
        if not name:
            return [Carrier(f"cluster {here.name}", here.ecs.arn, here.ecs.tags)]
        found = list(self._services(here, name))
        wanted = any(workload.key == ServiceKey(here.name, name) for workload in self._desired.workloads)
        if not found and (wanted or self._only):
            raise NowhereError(
                f"{name} has no ECS service there yet that could carry a tag; what can be paused is the whole cluster"
            )
        return found

    def _services(self, here: Here, name: str) -> Iterator[Carrier]:
        """The service's own ECS services, of either colour."""
        where = Infrastructure(here.name, here.ecs.arn)
        for live in service.observe(here.aws, Scope(self._owner, here.name, here.spec, where, frozenset({name}))).live:
            if live.status["status"] == "ACTIVE":
                yield Carrier(f"{live.id.key} ({live.id})", live.arn, live.tags)


def _chosen(desired: Desired, only: str | None, root: str) -> Mapping[str, ClusterSpec]:
    known = desired.clusters
    if not known or (only and only not in known):
        wrong = [str(error) for error in desired.errors if "clusters/" in error.path]
        missing = f"there is no cluster {only}" if only else "there is no cluster"
        raise click.ClickException("\n".join([f"{missing} in {root}/clusters", *wrong]))
    return {only: known[only]} if only else known


def _reach(name: str, spec: ClusterSpec) -> Here:
    """Connect as the person: the cluster's `role:` is the operator's."""
    clock = SystemClock()
    own = spec.model_copy(update={"role": None})
    aws = connect(name, own, clients_of(own), clock, Budgets(clock), lambda _: None)
    arn = str(aws.call("sts", "GetCallerIdentity")["Arn"])
    return Here(name, own, aws, infrastructure.ecs_cluster(aws, name, own), arn.rpartition(":")[2])
