"""Leaves a person's intents on AWS as tags, with the person's own credentials. No running operator is asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import click

from reconciler.aws import AwsError, Budgets, Gateway, WrongAccountError, clients_of, connect
from reconciler.cli.options import FAILURE
from reconciler.cli.wiring import load_desired, source_of
from reconciler.clock import SystemClock
from reconciler.kinds import infrastructure
from reconciler.kinds.base import lower_tags
from reconciler.kinds.infrastructure import InfrastructureError
from reconciler.settings import Settings
from reconciler.spec.models import ClusterSpec

Tags = Callable[[str, datetime], Mapping[str, str]]
"""The tags of an intent, given who has it and when."""


@dataclass(frozen=True, slots=True)
class Here:
    """One cluster, as the person at the shell reaches it; `by` is who AWS says that this is."""

    name: str
    spec: ClusterSpec
    aws: Gateway
    arn: str
    by: str


def mark_clusters(settings: Settings, only: str | None, tags: Tags, done: str) -> int:
    """Tag the ECS clusters, or one of them; returns the exit code. `done` says what was done."""
    now = SystemClock().now()

    def mark(here: Here) -> Iterator[str]:
        here.aws.call("ecs", "TagResource", resourceArn=here.arn, tags=lower_tags(tags(here.by, now)))
        yield f"cluster {here.name}: {done}"

    return _each_cluster(settings, only, mark)


def _each_cluster(settings: Settings, only: str | None, act: Callable[[Here], Iterator[str]]) -> int:
    """Act cluster by cluster and print what was done. One where it fails is told, and does not keep the others."""
    code = 0
    for name, spec in _clusters(settings, only).items():
        try:
            for line in act(_reach(name, spec)):
                click.echo(line)
        except (AwsError, WrongAccountError, InfrastructureError) as error:
            click.echo(f"cluster {name}: nothing was done: {error}", err=True)
            code = FAILURE
    return code


def _clusters(settings: Settings, only: str | None) -> Mapping[str, ClusterSpec]:
    desired = load_desired(source_of(settings), settings.source.path)
    known = desired.clusters
    if not known or (only and only not in known):
        wrong = [str(error) for error in desired.errors if "clusters/" in error.path]
        missing = f"there is no cluster {only}" if only else "there is no cluster"
        raise click.ClickException("\n".join([f"{missing} in {settings.source.path}/clusters", *wrong]))
    return {only: known[only]} if only else known


def _reach(name: str, spec: ClusterSpec) -> Here:
    """Connect as the person: the cluster's `role:` is the operator's."""
    clock = SystemClock()
    own = spec.model_copy(update={"role": None})
    aws = connect(name, own, clients_of(own), clock, Budgets(clock), lambda _: None)
    arn = str(aws.call("sts", "GetCallerIdentity")["Arn"])
    return Here(name, own, aws, infrastructure.ecs_cluster(aws, name, own).arn, arn.rpartition(":")[2])
