"""One region's trouble is its own: nothing is concluded of what could not be read, and nobody else waits for it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reconciler.aws.gateway import ATTEMPTS
from reconciler.model import HealthStatus, SyncStatus
from reconciler.sandbox import AwsRefusal, Call
from tests.accounts.conftest import CLUSTER, HOME, SERVICE
from tests.faults.injector import NOTHING, AnswerLost, Asked, Fault, Injector
from tests.loop.harness import Stage

Add = Callable[..., None]
FAR = "eu-west-1"


@pytest.fixture
def storm(stage: Stage) -> Iterator[set[str]]:
    """Reads of these operations fail in the far region; empty at first."""
    failing: set[str] = set()

    def fail(call: Call) -> None:
        if call.region == FAR and call.operation in failing:
            raise AwsRefusal("ServerException", "Service Unavailable", 503)

    stage.sandbox.hooks.before.append(fail)
    yield failing
    stage.sandbox.hooks.before.remove(fail)


READS = ["ListServices", "DescribeServices", "DescribeTargetGroups", "DescribeRules", "DescribeTags"]


def test_a_region_that_cannot_be_read_keeps_no_other_cluster_from_its_deploy(
    stage: Stage, away: Add, storm: set[str]
) -> None:
    away(region=FAR)
    stage.settle()
    storm |= set(READS)
    stage.write("services/web/release.yml", "default: v2\n")
    stage.passes(10)
    assert stage.running("web") == ["v2"]
    assert stage.status().sync is SyncStatus.SYNCED
    told = stage.status(cluster="away")
    assert (told.sync, told.health) == (SyncStatus.UNKNOWN, HealthStatus.UNKNOWN)
    assert "ServerException: Service Unavailable" in told.reason


@pytest.mark.parametrize("operation", READS)
def test_a_region_that_is_half_read_loses_nothing_and_is_worked_on_when_it_is_back(
    stage: Stage, away: Add, storm: set[str], operation: str
) -> None:
    away(region=FAR)
    stage.settle()
    stage.restart()  # with nothing remembered, each of the reads is needed
    stage.write("services/web/service.yml", (stage.root / "services/web/service.yml").read_text() + "command: [new]\n")
    storm.add(operation)
    written = len(stage.observer.writes)
    stage.passes(4)
    assert FAR not in {call.region for call in stage.observer.writes[written:]}
    assert stage.status(cluster="away").sync is SyncStatus.UNKNOWN
    storm.clear()
    stage.settle()
    assert FAR in {call.region for call in stage.observer.writes[written:]}


def test_a_removal_waits_while_its_region_cannot_be_read(stage: Stage, away: Add, storm: set[str]) -> None:
    away(region=FAR)
    stage.settle()
    storm |= set(READS)
    stage.web("v1")  # and no more in the far region
    written = len(stage.observer.writes)
    stage.passes(8)
    assert [call for call in stage.observer.writes[written:] if call.region == FAR] == []
    storm.clear()
    stage.passes(12)
    ecs = stage.client("ecs", FAR)
    assert ecs.list_services(cluster="away")["serviceArns"] == []


@pytest.fixture
def two_far(stage: Stage, away: Add) -> set[str]:
    """Two clusters in the far region, which is silent about what it is asked if any of these is in the question."""
    silent: set[str] = set()

    def decide(asked: Asked) -> Fault:
        return AnswerLost() if any(word in asked.parameters for word in silent) else NOTHING

    def watch(client: Any) -> None:
        if client.meta.region_name == FAR:
            Injector(decide).watch(client)

    stage.on_client = watch
    away(region=FAR)
    stage.write("clusters/beyond.yml", CLUSTER.replace("away", "beyond").format(region=FAR, account=HOME))
    stage.write("services/web/service.yml", SERVICE.replace("away: 1", "away: 1, beyond: 1"))
    stage.furnish()
    return silent


def test_a_region_that_gives_one_cluster_no_answer_is_not_waited_for_by_the_others_of_that_pass(
    stage: Stage, two_far: set[str]
) -> None:
    two_far.add("")
    began = len(stage.calls)
    stage.passes(1)
    assert "ReadTimeoutError" in stage.status(cluster="away").reason
    assert stage.status(cluster="beyond").reason == (
        "not asked: AWS has just given cluster away no answer, in the same account and region"
    )
    assert [call.code for call in stage.calls[began:]].count("ReadTimeoutError") == ATTEMPTS
    two_far.clear()
    stage.settle()


def test_a_cluster_that_alone_gets_no_answer_keeps_no_other_from_its_deploy(stage: Stage, two_far: set[str]) -> None:
    stage.settle()
    two_far.add("ListServices [('cluster', 'arn:aws:ecs:eu-west-1:123456789012:cluster/away'")
    stage.write("services/web/release.yml", "default: v2\n")
    stage.passes(12)
    assert stage.status(cluster="beyond").sync is SyncStatus.SYNCED
    assert stage.status(cluster="beyond").version == "v2"
    assert "ReadTimeoutError" in stage.status(cluster="away").reason
