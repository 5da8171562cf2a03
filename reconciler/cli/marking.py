"""Leaves a person's intents on AWS as tags, with the person's own credentials. No running operator is asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import click

from reconciler.aws import AwsError, Budgets, Gateway, WrongAccountError, clients_of, connect
from reconciler.cli.options import FAILURE
from reconciler.cli.wiring import correction_of, source_of
from reconciler.clock import CorrectedClock, SystemClock
from reconciler.intents import short
from reconciler.kinds import infrastructure, service
from reconciler.kinds.base import Scope, lower_tags
from reconciler.kinds.infrastructure import EcsCluster, InfrastructureError
from reconciler.loop import judged
from reconciler.model import Infrastructure, ServiceKey
from reconciler.settings import Settings
from reconciler.source import GitSource, Source, SourceError, Tree
from reconciler.spec import Desired
from reconciler.spec.models import ClusterSpec

_BY_HAND = "without a cluster file the tag can be left by hand: see docs/operations.md, When git can't be read"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a person says, as tags, and how that is told back."""

    tags: Mapping[str, str]
    told: str


Say = Callable[[str, datetime], Intent]
"""An intent, given who has it and when, both by AWS's word."""


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
    """One cluster, as the person at the shell reaches it; `by` is who AWS says that this is, `now` AWS's own time."""

    name: str
    spec: ClusterSpec
    aws: Gateway
    ecs: EcsCluster
    by: str
    now: datetime


class Marker:
    """Tags the ECS clusters of all cluster files, or of one; or in these the ECS services of one service.

    Its methods print what was done where, and return the exit code. A cluster where it fails, or whose file is wrong,
    does not keep the others. `tree` is what the cluster files are from.
    """

    def __init__(self, settings: Settings, only: str | None) -> None:
        self._owner, self._only = settings.owner, only
        self.tree = _at_hand(source_of(settings))
        self._desired = judged(self.tree, settings.source.path)
        self._clusters = _chosen(self._desired, only, settings.source.path)

    def tag(self, service: str, say: Say) -> int:
        """Put an intent's tags on the clusters, or on those ECS services that a service (unless empty) has there."""

        def act(here: Here, carrier: Carrier) -> str:
            intent = say(here.by, here.now)
            here.aws.call("ecs", "TagResource", resourceArn=carrier.arn, tags=lower_tags(intent.tags))
            return intent.told

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
        for wrong in [] if self._only else _in_clusters(self._desired):
            click.echo(f"not done in the cluster of a file that is wrong: {wrong}", err=True)
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
        missing = f"there is no cluster {only}" if only else "there is no cluster"
        raise click.ClickException("\n".join([f"{missing} in {root}/clusters", *_in_clusters(desired), _BY_HAND]))
    return {only: known[only]} if only else known


def _in_clusters(desired: Desired) -> list[str]:
    """What is wrong with cluster files."""
    return [str(error) for error in desired.errors if "clusters/" in error.path]


def _at_hand(source: Source) -> Tree:
    """What the source says now; of a remote that can't be read, what it said last."""
    try:
        return source.read()
    except SourceError as error:
        wrong = str(error)
        if not isinstance(source, GitSource):
            raise click.ClickException(f"{wrong}\n{_BY_HAND}") from error
    try:
        tree = source.last()
    except SourceError as error:
        raise click.ClickException(f"{wrong}\n{_BY_HAND}") from error
    click.echo(f"{wrong}\nwhat counts are the cluster files of {short(tree.revision)}, which was read last", err=True)
    return tree


def _reach(name: str, spec: ClusterSpec) -> Here:
    """Connect as the person: the cluster's `role:` is the operator's."""
    machine = SystemClock()
    clock = CorrectedClock(machine)
    own = spec.model_copy(update={"role": None})
    aws = connect(name, own, clients_of(own), machine, Budgets(machine), correction_of(clock))
    arn = str(aws.call("sts", "GetCallerIdentity")["Arn"])
    ecs = infrastructure.ecs_cluster(aws, name, own)
    return Here(name, own, aws, ecs, arn.rpartition(":")[2], clock.now())
