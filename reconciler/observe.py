"""Reading AWS: for each cluster its infrastructure, every kind, and what rollouts ask for. One snapshot comes out.

A cluster is read whole or counts as unread: an error is never taken for absence (S11). Clusters of one account and
region share its request rates, so they share a gateway and are read one after the other; what they ask alike, such as
the region's target groups, is asked once. Where one has waited in vain for an answer the others do not wait as well.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

from reconciler import intents
from reconciler.aws import Answers, AwsError, Gateway, WrongAccountError
from reconciler.clock import Clock
from reconciler.kinds import KINDS, infrastructure, service, target_group, task_definition
from reconciler.kinds.base import Scope
from reconciler.kinds.infrastructure import InfrastructureError
from reconciler.model import (
    Confirmation,
    Foreign,
    Infrastructure,
    Live,
    Pause,
    Priorities,
    Refusal,
    ResourceId,
    ServiceKey,
    Snapshot,
    TargetHealth,
    by_service,
)
from reconciler.rollout import Blueprint, draw, watched
from reconciler.spec import Desired, Workload
from reconciler.spec.models import ClusterSpec

Connect = Callable[[str, ClusterSpec], Gateway]
_REFERENCES_HOLD = timedelta(hours=1)  # what is gone shows at once: reading it fails; this is for what was modified


@dataclass(frozen=True, slots=True)
class Place:
    """An account and region, as one role sees it."""

    account: str
    region: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one pass plans on: the snapshot, the blueprints of what could be read, and what has to wait."""

    snapshot: Snapshot
    blueprints: Mapping[ServiceKey, Blueprint] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    scopes: Mapping[str, tuple[Gateway, Scope]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Errand:
    """What one pass reads in one place: everything, or what concerns the services named by `keys`.

    `beside` are the ECS clusters of the place, which are asked for together.
    """

    desired: Desired
    keys: frozenset[ServiceKey] | None
    beside: frozenset[str]
    answers: Answers = field(default_factory=dict)


class Observer:
    """Reads clusters, places side by side. Keeps their gateways, and for an hour what their files refer to."""

    def __init__(self, owner: str, connect: Connect, clock: Clock) -> None:
        self._owner, self._connect, self._clock = owner, connect, clock
        self._gateways: dict[Place, Gateway] = {}
        self._references: dict[str, tuple[datetime, ClusterSpec, Infrastructure]] = {}
        self._unanswered: set[str] = set()

    def observe(self, desired: Desired, keys: frozenset[ServiceKey] | None = None) -> Observation:
        """Read every cluster, or only what concerns the services named by `keys`."""
        places: dict[Place, list[str]] = {}
        for name, spec in desired.clusters.items():
            if keys is None or any(key.cluster == name for key in keys):
                places.setdefault(_place(spec), []).append(name)
        with ThreadPoolExecutor(max_workers=max(1, len(places)), thread_name_prefix="observe") as pool:
            read = list(pool.map(lambda names: self._clusters(names, desired, keys), places.values()))
        return _merge(list(chain.from_iterable(read)), self._clock.now())

    def _clusters(self, names: list[str], desired: Desired, keys: frozenset[ServiceKey] | None) -> list[Observation]:
        """The clusters of one place."""
        beside = frozenset(desired.clusters[name].ecs_cluster or name for name in names)
        errand = _Errand(desired, keys, beside)
        read: list[Observation] = []
        silent = ""
        names = sorted(names, key=self._unanswered.__contains__)  # one that is alone in that must not keep the others
        for name in names:
            read.append(self._unasked(name, silent) if silent else self._cluster(name, errand))
            silent = silent or (name if name in self._unanswered else "")
        if keys is None:
            _refresh_tags(read)
        return read

    def _unasked(self, name: str, silent: str) -> Observation:
        reason = f"not asked: AWS has just given cluster {silent} no answer, in the same account and region"
        return Observation(Snapshot(self._clock.now(), failed={name: reason}))

    def _cluster(self, name: str, errand: _Errand) -> Observation:
        spec, keys = errand.desired.clusters[name], errand.keys
        self._unanswered.discard(name)
        workloads = [
            item for item in errand.desired.workloads if item.key.cluster == name and (keys is None or item.key in keys)
        ]
        try:
            aws = self._gateway(name, spec)
            now = self._clock.now()  # not before AWS has answered: it puts the clock right
            reading = aws.reading(errand.answers, patient=keys is None)
            cluster = infrastructure.ecs_cluster(reading, name, spec, errand.beside)
            found = self._infrastructure(reading, name, spec, cluster.arn, now)
            read = _read(aws, errand.answers, self._scope(name, spec, found, workloads, keys), workloads, now)
            return _with_intents(read, name, cluster.tags)
        except (AwsError, WrongAccountError, InfrastructureError) as error:
            self._references.pop(name, None)
            if isinstance(error, AwsError) and error.unanswered:
                self._unanswered.add(name)
            return Observation(Snapshot(self._clock.now(), failed={name: str(error)}))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other clusters must go on
            reason = f"reading failed, please report this defect: {error!r}"
            return Observation(Snapshot(self._clock.now(), failed={name: reason}))

    def _gateway(self, name: str, spec: ClusterSpec) -> Gateway:
        place = _place(spec)
        if place not in self._gateways:
            self._gateways[place] = self._connect(name, spec)
        return self._gateways[place]

    def _infrastructure(self, aws: Gateway, name: str, spec: ClusterSpec, arn: str, now: datetime) -> Infrastructure:
        if known := self._references.get(name):
            read_at, read_for, found = known
            fresh = now - read_at <= _REFERENCES_HOLD
            if fresh and (read_for, found.ecs_cluster_arn) == (spec, arn) and not found.problems:
                return found
        found = infrastructure.find(aws, name, spec, arn)
        self._references[name] = now, spec, found
        return found

    def _scope(
        self,
        name: str,
        spec: ClusterSpec,
        found: Infrastructure,
        workloads: Iterable[Workload],
        keys: frozenset[ServiceKey] | None,
    ) -> Scope:
        services = None if keys is None else frozenset(key.service for key in keys if key.cluster == name)
        hosts = frozenset(item.hostname(listener) for item in workloads for listener in item.spec.listeners)
        return Scope(self._owner, name, spec, found, services, hosts)


def _with_intents(read: Observation, cluster: str, tags: Mapping[str, str]) -> Observation:
    """The observation with what people have left on the ECS cluster."""
    confirmed, now = intents.confirmed(tags), read.snapshot.taken_at
    ecs_services = (item for item in read.snapshot.live.values() if item.id.kind == service.NAME)
    told = [intents.paused(cluster, "", tags)]
    told += [intents.paused(cluster, item.id.key.service, item.tags) for item in ecs_services]
    pauses = tuple(dict.fromkeys(pause for pause in told if pause and pause.holds(now)))
    confirmations = {cluster: confirmed} if confirmed else {}
    return replace(read, snapshot=replace(read.snapshot, confirmed=confirmations, pauses=pauses))


def _place(spec: ClusterSpec) -> Place:
    return Place(spec.account, spec.region, spec.role)


def _refresh_tags(read: Iterable[Observation]) -> None:
    """Read again what the place's gateway has known longest, of what was found to be there still."""
    found = [item.arn for part in read for item in part.snapshot.live.values()]
    found += [item.arn for part in read for item in part.snapshot.foreign.values()]
    for aws in {aws for part in read for aws, _ in part.scopes.values()}:
        with suppress(AwsError):  # what is known serves until the next sweep
            aws.tags.refresh(found)


def _read(aws: Gateway, answers: Answers, scope: Scope, workloads: list[Workload], now: datetime) -> Observation:
    reading = aws.reading(answers, patient=scope.services is None)
    blueprints, refusals = _blueprints(scope, workloads)
    groups = (group for item in blueprints.values() for slot in item.groups.values() for group in slot)
    scope = replace(
        scope, with_attributes=frozenset(group.id.name for group in groups if target_group.DELAY in group.fields)
    )
    found = [kind.observe(reading, scope) for kind in KINDS]
    live = {item.id: item for part in found for item in part.live}
    strangers = [item for part in found for item in part.foreign]
    foreign = {(item.kind, item.cluster, item.name): item for item in reversed(strangers)}  # the first rule counts
    taken = {listener: taken for part in found for listener, taken in part.taken_priorities.items()}
    definitions, registered = _definitions(reading, scope, live.values(), blueprints.values())
    snapshot = Snapshot(
        now,
        live | registered,
        foreign,
        definitions,
        infrastructure={scope.cluster: scope.infrastructure},
        taken_priorities=taken,
    )
    _doubt(aws, blueprints.values(), foreign)
    health = {arn: target_group.health(aws.reading(answers), arn) for arn in _watched(blueprints, snapshot)}
    return Observation(replace(snapshot, health=health), blueprints, refusals, {scope.cluster: (aws, scope)})


def _doubt(aws: Gateway, blueprints: Collection[Blueprint], foreign: Mapping[tuple[str, str, str], Foreign]) -> None:
    """Where a foreign resource has a wanted name, read its tags again next time: they may be late after a creation."""
    wanted = {resource.id for item in blueprints for resource in item.resources()}
    wanted.update(chain.from_iterable(item.groups_of_any_strategy for item in blueprints))
    names = ((owned.kind, owned.key.cluster, owned.name) for owned in wanted)
    aws.tags.forget(foreign[name].arn for name in names if name in foreign)


def _blueprints(scope: Scope, workloads: list[Workload]) -> tuple[dict[ServiceKey, Blueprint], tuple[Refusal, ...]]:
    """Blueprints of the services whose references were found; the others wait, and are told what for."""
    blueprints: dict[ServiceKey, Blueprint] = {}
    refusals: list[Refusal] = []
    for workload in workloads:
        protocols = {listener.protocol for listener in workload.spec.listeners}
        problems = [text for protocol, text in scope.infrastructure.problems.items() if protocol in protocols]
        if problems:
            refusals.append(Refusal(workload.key, "; ".join(problems)))
        else:
            blueprints[workload.key] = draw(workload, scope.owner, scope.infrastructure)
    return blueprints, tuple(refusals)


def _watched(blueprints: Mapping[ServiceKey, Blueprint], snapshot: Snapshot) -> list[str]:
    """The target groups whose health rollouts ask for."""
    own = by_service(snapshot)
    return sorted({arn for key, blueprint in blueprints.items() for arn in watched(blueprint, own(key))})


def _definitions(
    aws: Gateway, scope: Scope, live: Iterable[Live], blueprints: Iterable[Blueprint]
) -> tuple[dict[str, Live], dict[ResourceId, Live]]:
    """The definitions of services' deployments, by ARN, and for each blueprint the revision with its content, if any.

    Of a service that runs none of this installation's, the newest that is: it tells what was applied. Of several
    revisions with a blueprint's content it is the one that most of the service's own tasks run: no other needs to be
    deployed.
    """
    services = [item for item in live if item.id.kind == service.NAME]
    arns = sorted({arn for item in services for arn in service.definitions(item)})
    found = {arn: task_definition.lookup(aws, scope, arn) for arn in arns}
    definitions = {arn: item for arn, item in found.items() if item}
    hidden = {item.id.key for item in services} - {item.id.key for item in definitions.values()}
    behind = (task_definition.newest_own(aws, scope, key) for key in sorted(hidden))
    definitions |= {item.arn: item for item in behind if item}
    run: dict[ServiceKey, list[Live]] = {}
    for item in sorted(services, key=lambda item: item.fields.get("desiredCount", 0), reverse=True):
        if revision := definitions.get(item.fields["taskDefinition"]):
            run.setdefault(item.id.key, []).append(revision)
    registered: dict[ResourceId, Live] = {}
    for blueprint in blueprints:
        wanted = blueprint.definition
        own = (item for item in run.get(wanted.id.key, ()) if item.id == wanted.id and item.status["active"])
        match = next((item for item in own if task_definition.matches(wanted, item)), None)
        if match is None and (newest := task_definition.latest(aws, scope, wanted.id.name)):
            match = newest if newest.status["active"] and task_definition.matches(wanted, newest) else None
        if match:
            registered[wanted.id] = match
    return definitions, registered


def _merge(read: Sequence[Observation], now: datetime) -> Observation:
    """One observation of all clusters, as old as the first of them; of none, it is one of `now`."""
    live: dict[ResourceId, Live] = {}
    foreign: dict[tuple[str, str, str], Foreign] = {}
    definitions: dict[str, Live] = {}
    health: dict[str, TargetHealth] = {}
    references: dict[str, Infrastructure] = {}
    failed: dict[str, str] = {}
    taken: dict[str, Priorities] = {}
    confirmed: dict[str, Confirmation] = {}
    pauses: tuple[Pause, ...] = ()
    blueprints: dict[ServiceKey, Blueprint] = {}
    refusals: list[Refusal] = []
    scopes: dict[str, tuple[Gateway, Scope]] = {}
    for part in read:
        live |= part.snapshot.live
        foreign |= part.snapshot.foreign
        definitions |= part.snapshot.definitions
        health |= part.snapshot.health
        references |= part.snapshot.infrastructure
        failed |= part.snapshot.failed
        taken |= part.snapshot.taken_priorities
        confirmed |= part.snapshot.confirmed
        pauses += part.snapshot.pauses
        blueprints |= part.blueprints
        refusals += part.refusals
        scopes |= part.scopes
    taken_at = min((part.snapshot.taken_at for part in read), default=now)
    snapshot = Snapshot(taken_at, live, foreign, definitions, health, references, failed, taken, confirmed, pauses)
    return Observation(snapshot, blueprints, tuple(refusals), scopes)
