"""Each kind declares what it calls, and the documents say the same."""

import re
from pathlib import Path

import pytest

from reconciler import kinds
from reconciler.kinds import KINDS, infrastructure
from reconciler.kinds.grants import Territory
from reconciler.spec.models import ClusterSpec, LoadBalancer
from tests.docs.documents import read, rows, section
from tests.permissions.asked import PREFIXES

CLUSTER = ClusterSpec(
    region="us-east-1",
    account="123456789012",
    vpc="vpc-0a1b2c3d",
    load_balancers={"http": LoadBalancer(name="test-internal", port=80)},
    zone="test.example",
    private_zone=True,
)
TERRITORY = Territory("test", CLUSTER, {"reconciler:owner": "reconciler", "reconciler:cluster": "test"})
DECLARED = {
    kind.NAME: {action for grant in kind.permissions(TERRITORY) for action in grant.actions} for kind in KINDS
} | {"what cluster files name": {action for grant in infrastructure.permissions(TERRITORY) for action in grant.actions}}
CALL = re.compile(r'"(ecs|elbv2|route53)",\s*"([A-Z]\w+)"')


@pytest.mark.parametrize("kind", DECLARED)
def test_what_a_kind_calls_it_declares(kind: str) -> None:
    module = {"what cluster files name": "infrastructure"}.get(kind, kind.replace("-", "_"))
    source = (Path(kinds.__file__).parent / f"{module}.py").read_text()
    called = {f"{PREFIXES.get(service, service)}:{operation}" for service, operation in CALL.findall(source)}
    assert called <= DECLARED[kind]


@pytest.mark.parametrize("kind", DECLARED)
def test_what_a_kind_declares_is_in_the_operations_manual(kind: str) -> None:
    (told,) = (cells for cells in rows(section(read("docs/operations.md"), "## Permissions")) if cells[0] == kind)
    listed = set(re.findall(r"[a-z0-9]+:[A-Z]\w+", " ".join(told[1:])))
    assert listed - {"iam:PassRole"} == DECLARED[kind]
