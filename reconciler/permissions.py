"""From what the kinds declare to IAM policy documents: the least that the operator needs for the clusters it works on.

Pure. Documents are as IAM's reference of JSON policy elements has them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kinds import KINDS, infrastructure
from reconciler.kinds.base import CLUSTER, OWNER
from reconciler.kinds.grants import Conditions, Grant, Territory
from reconciler.settings import LeaseSettings
from reconciler.spec import Desired
from reconciler.spec.names import ALL_SLOTS, ecs_service_name, partition
from reconciler.store import table

LARGEST = 6144
"""Characters of a managed policy at most, white space not counted (IAM and STS quotas)."""

_WRITES_TO_SERVICES = ("ecs:CreateService", "ecs:DeleteService", "ecs:TagResource", "ecs:UpdateService")

Document = dict[str, Any]


def territories(desired: Desired, owner: str, clusters: Iterable[str], zones: Mapping[str, str]) -> list[Territory]:
    """What the files say of these clusters. `zones` are the ids of their hosted zones, where they are known."""
    return [
        Territory(
            name,
            desired.clusters[name],
            {OWNER: owner, CLUSTER: name},
            tuple(workload for workload in desired.workloads if workload.key.cluster == name),
            zones.get(name, "*"),
        )
        for name in sorted(clusters)
    ]


def grants(own: Iterable[Territory], operator: str) -> list[Grant]:
    """What is needed to work on clusters, and never on the service that is the `operator` itself (S2)."""
    declare = [infrastructure.permissions, *(kind.permissions for kind in KINDS)]
    return merged(
        grant
        for territory in own
        for grant in (_never_itself(territory, operator), *(grant for part in declare for grant in part(territory)))
    )


def assuming(roles: Iterable[str]) -> list[Grant]:
    """What is needed to work on clusters by roles of their own."""
    named = tuple(sorted(set(roles)))
    return [Grant("AssumeClusterRole", ("sts:AssumeRole",), named)] if named else []


def leasing(lease: LeaseSettings, own: Iterable[Territory], owner: str) -> list[Grant]:
    """What is needed to keep a lease, if there is one. Its table is in the operator's own account."""
    accounts = {territory.spec.account for territory in own}
    account = accounts.pop() if len(accounts) == 1 else "*"
    return [table.permissions(lease.table, lease.region, account, owner)] if lease.table else []


def _never_itself(territory: Territory, operator: str) -> Grant:
    start = f"arn:{partition(territory.spec.region)}:ecs:*:*:service/*/"
    services = tuple(start + ecs_service_name(operator, slot) for slot in ALL_SLOTS)
    return Grant("NeverItself", _WRITES_TO_SERVICES, services, effect="Deny")


def merged(declared: Iterable[Grant]) -> list[Grant]:
    """One grant of each name, with all that the grants of the name are about."""
    by_name: dict[str, Grant] = {}
    for grant in declared:
        known = by_name.get(grant.name, grant)
        by_name[grant.name] = replace(
            known,
            actions=_union(known.actions, grant.actions),
            resources=_union(known.resources, grant.resources),
            conditions=_both(known.conditions, grant.conditions),
        )
    return list(by_name.values())


def _both(one: Conditions, other: Conditions) -> Conditions:
    return {
        operator: {key: _union(values, other[operator][key]) for key, values in keys.items()}
        for operator, keys in one.items()
    }


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def documents(allowed: Iterable[Grant]) -> list[Document]:
    """Policy documents that a managed policy takes each: one, unless it would be larger than AWS allows."""
    filled: list[list[Grant]] = [[]]
    for grant in (piece for whole in allowed for piece in _pieces(whole)):
        if filled[-1] and size(_document([*filled[-1], grant])) > LARGEST:
            filled.append([])
        filled[-1].append(grant)
    return [_document(grants) for grants in filled]


def _pieces(grant: Grant) -> Iterator[Grant]:
    """The grant, in halves for as long as it alone is too large."""
    half = len(grant.resources) // 2
    if not half or size(_document([grant])) <= LARGEST:
        yield grant
        return
    for number, resources in enumerate((grant.resources[:half], grant.resources[half:]), 1):
        yield from _pieces(replace(grant, name=f"{grant.name}{number}", resources=resources))


def size(document: Document) -> int:
    """Characters as AWS counts them."""
    return len(json.dumps(document, separators=(",", ":")))


def _document(granted: Iterable[Grant]) -> Document:
    return {"Version": "2012-10-17", "Statement": [_statement(grant) for grant in granted]}


def _statement(grant: Grant) -> dict[str, Any]:
    conditions = {
        operator: {key: _one_or_all(values) for key, values in keys.items()}
        for operator, keys in grant.conditions.items()
    }
    return {
        "Sid": grant.name,
        "Effect": grant.effect,
        "Action": _one_or_all(grant.actions),
        "Resource": _one_or_all(grant.resources),
        **({"Condition": conditions} if conditions else {}),
    }


def _one_or_all(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
