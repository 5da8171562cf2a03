"""Reading AWS: for each cluster its infrastructure, every kind, and what rollouts ask for. One snapshot comes out.

A cluster is read whole or counts as unread: an error is never taken for absence (S11).
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.aws import AwsError, Gateway, WrongAccountError
from reconciler.clock import Clock
from reconciler.kinds import KINDS, infrastructure, service, target_group, task_definition
from reconciler.kinds.base import Scope
from reconciler.kinds.infrastructure import InfrastructureError
from reconciler.model import Foreign, Infrastructure, Live, Refusal, ResourceId, ServiceKey, Snapshot, TargetHealth
from reconciler.rollout import Blueprint, blueprint, watched
from reconciler.spec import Desired, Workload
from reconciler.spec.models import ClusterSpec

Connect = Callable[[str, ClusterSpec], Gateway]
_REFERENCES_HOLD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one pass plans on: the snapshot, the blueprints of what could be read, and what has to wait."""

    snapshot: Snapshot
    blueprints: Mapping[ServiceKey, Blueprint] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    scopes: Mapping[str, tuple[Gateway, Scope]] = field(default_factory=dict)


class Observer:
    """Reads clusters, side by side. Keeps their gateways, and what their files refer to for five minutes."""

    def __init__(self, owner: str, connect: Connect, clock: Clock) -> None:
        self._owner, self._connect, self._clock = owner, connect, clock
        self._gateways: dict[str, tuple[ClusterSpec, Gateway]] = {}
        self._references: dict[str, tuple[datetime, Infrastructure]] = {}

    def observe(self, desired: Desired, keys: frozenset[ServiceKey] | None = None) -> Observation:
        """Read every cluster, or only what concerns the services named by `keys`."""
        clusters = [name for name in desired.clusters if keys is None or any(key.cluster == name for key in keys)]
        now = self._clock.now()
        with ThreadPoolExecutor(max_workers=max(1, len(clusters)), thread_name_prefix="observe") as pool:
            read = list(pool.map(lambda name: self._cluster(name, desired, keys, now), clusters))
        return _merge(read, now)

    def _cluster(self, name: str, desired: Desired, keys: frozenset[ServiceKey] | None, now: datetime) -> Observation:
        spec = desired.clusters[name]
        workloads = [
            item for item in desired.workloads if item.key.cluster == name and (keys is None or item.key in keys)
        ]
        try:
            aws = self._gateway(name, spec)
            found = self._infrastructure(aws, name, spec, now)
            return _read(aws, self._scope(name, spec, found, workloads, keys), workloads, now)
        except (AwsError, WrongAccountError, InfrastructureError) as error:
            self._references.pop(name, None)
            return Observation(Snapshot(now, failed={name: str(error)}))

    def _gateway(self, name: str, spec: ClusterSpec) -> Gateway:
        known = self._gateways.get(name)
        if known is None or known[0] != spec:
            self._references.pop(name, None)
            self._gateways[name] = known = spec, self._connect(name, spec)
        return known[1]

    def _infrastructure(self, aws: Gateway, name: str, spec: ClusterSpec, now: datetime) -> Infrastructure:
        known = self._references.get(name)
        if known is None or known[1].problems or now - known[0] > _REFERENCES_HOLD:
            self._references[name] = known = now, infrastructure.find(aws, name, spec)
        return known[1]

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


def _read(aws: Gateway, scope: Scope, workloads: list[Workload], now: datetime) -> Observation:
    blueprints, refusals = _blueprints(scope, workloads)
    groups = (group for plan in blueprints.values() for slot in plan.groups.values() for group in slot)
    scope = replace(
        scope, with_attributes=frozenset(group.id.name for group in groups if target_group.DELAY in group.fields)
    )
    found = [kind.observe(aws, scope) for kind in KINDS]
    live = {item.id: item for part in found for item in part.live}
    foreign = {(item.kind, item.cluster, item.name): item for part in found for item in part.foreign}
    taken = {listener: taken for part in found for listener, taken in part.taken_priorities.items()}
    if scope.services is None:
        aws.tags.refresh([item.arn for item in live.values()] + [item.arn for item in foreign.values()])
    definitions, registered = _definitions(aws, scope, live.values(), blueprints.values())
    snapshot = Snapshot(
        now,
        live | registered,
        foreign,
        definitions,
        infrastructure={scope.cluster: scope.infrastructure},
        taken_priorities=taken,
    )
    groups_watched = sorted({arn for plan in blueprints.values() for arn in watched(plan, snapshot)})
    health = {arn: target_group.health(aws, arn) for arn in groups_watched}
    return Observation(replace(snapshot, health=health), blueprints, refusals, {scope.cluster: (aws, scope)})


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
            blueprints[workload.key] = blueprint(workload, scope.owner, scope.infrastructure)
    return blueprints, tuple(refusals)


def _definitions(
    aws: Gateway, scope: Scope, live: Iterable[Live], blueprints: Iterable[Blueprint]
) -> tuple[dict[str, Live], dict[ResourceId, Live]]:
    """The definitions that services run, by ARN, and for each blueprint the revision that has its content, if any."""
    services = [item for item in live if item.id.kind == service.NAME]
    arns = sorted({str(item.fields["taskDefinition"]) for item in services})
    found = {arn: task_definition.lookup(aws, scope, arn) for arn in arns}
    definitions = {arn: item for arn, item in found.items() if item}
    registered: dict[ResourceId, Live] = {}
    for plan in blueprints:
        wanted = plan.definition
        candidates = [item for item in definitions.values() if item.id == wanted.id]
        match = next((item for item in candidates if task_definition.matches(wanted, item)), None)
        if match is None and (newest := task_definition.latest(aws, scope, wanted.id.name)):
            match = newest if task_definition.matches(wanted, newest) else None
        if match:
            registered[wanted.id] = match
    return definitions, registered


def _merge(read: Iterable[Observation], now: datetime) -> Observation:
    """One observation of all clusters."""
    live: dict[ResourceId, Live] = {}
    foreign: dict[tuple[str, str, str], Foreign] = {}
    definitions: dict[str, Live] = {}
    health: dict[str, TargetHealth] = {}
    references: dict[str, Infrastructure] = {}
    failed: dict[str, str] = {}
    taken: dict[str, frozenset[int]] = {}
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
        blueprints |= part.blueprints
        refusals += part.refusals
        scopes |= part.scopes
    snapshot = Snapshot(now, live, foreign, definitions, health, references, failed, taken)
    return Observation(snapshot, blueprints, tuple(refusals), scopes)
