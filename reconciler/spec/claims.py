"""What only one service can have: hostnames, and names that AWS keeps unique.

Whoever claims what another claims too is refused, each of them: which one was meant is for people to say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError, rooted
from reconciler.spec.judge import Judged
from reconciler.spec.models import ServiceSpec
from reconciler.spec.names import ALL_SLOTS, ecs_service_name, family, target_group_name
from reconciler.spec.partial import clear


class _Claim(NamedTuple):
    """A name of some kind that a part of a service wants within a scope, and where it says so."""

    kind: str
    name: str
    scope: tuple[str, ...]
    claimant: str
    file: Judged[ServiceSpec]
    path: Path
    advice: str

    def described(self, root: str) -> str:
        """Who claims it, and where."""
        where = self.file.error(self.path, "", at_key=True)
        return f"{self.claimant} ({rooted(root, where.path)}:{where.line})"


def conflicts(services: Iterable[tuple[Judged[ServiceSpec], Iterable[Workload]]], root: str) -> list[SpecError]:
    """An error for every claim of what somebody else claims, naming the others and where they do."""
    rivals: dict[tuple[str, str, tuple[str, ...]], list[_Claim]] = defaultdict(list)
    for file, workloads in services:
        for workload in workloads:
            for claim in clear(_claims(workload, file)):
                rivals[claim.kind, claim.name, claim.scope].append(claim)
    errors: dict[tuple[str, Path, str, str], SpecError] = {}
    for claims in rivals.values():
        for claim in claims:
            others_here = {other.described(root) for other in claims if other.claimant != claim.claimant}
            others = " and ".join(sorted(others_here))
            if others:  # names of three slots meet at once: one of them tells all
                message = f"{claim.kind} {claim.name} is claimed by {others} too; {claim.advice}"
                error = claim.file.error(claim.path, message, at_key=True)
                errors.setdefault((claim.file.path, claim.path, claim.kind, others), error)
    return list(errors.values())


def _claims(workload: Workload, file: Judged[ServiceSpec]) -> Iterator[_Claim]:
    """Everything that the service claims in one cluster, in whatever slots it may ever use."""
    cluster, service = workload.key.cluster, workload.key.service
    region = (workload.cluster.account, workload.cluster.region)
    who, instances = str(workload.key), ("instances", cluster)
    rename = "rename one of them, or take it out of a cluster"
    for slot in ALL_SLOTS:
        name = ecs_service_name(service, slot)
        yield _Claim("the ECS service", name, (*region, workload.ecs_cluster), who, file, instances, rename)
    yield _Claim("the task definition", family(cluster, service), region, who, file, instances, rename)
    for number, listener in enumerate(workload.spec.listeners):
        path: Path = ("listeners", number, "subdomain")
        part, rename = f"{who}'s {listener.subdomain}", "rename one of them or its subdomain"
        for slot in ALL_SLOTS:
            name = target_group_name(cluster, service, listener.subdomain, slot)
            yield _Claim("the target group", name, region, part, file, path, rename)
        if workload.cluster.zone:
            view = workload.cluster.account if workload.cluster.private_zone else "public"
            advice = "give one of them another subdomain"
            yield _Claim("the hostname", workload.hostname(listener), (view,), who, file, path, advice)
