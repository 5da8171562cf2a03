"""The gateway looks at the lease before each attempt at a write, and what it does not send ends well."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from reconciler import spec
from reconciler.aws import Budgets, Gateway, Term, Traffic
from reconciler.clock import SteppedClock
from reconciler.execute import execute
from reconciler.kinds.base import Scope
from reconciler.model import Infrastructure, Outcome, Plan, ResourceId, Result, Verb
from tests.loop.harness import CLUSTER
from tests.plan.plans import WORKER, action

SHORT = "the lease ends in 6 s and a write may take 10 s; it is tried again once the lease is renewed"


@dataclass
class Ecs:
    """Takes every update, after so many throttles."""

    throttles: int = 0
    taken: list[str] = field(default_factory=list)

    def update_service(self, name: str) -> dict[str, Any]:
        if self.throttles:
            self.throttles -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateService")
        self.taken.append(name)
        return {"service": {"serviceArn": name}}

    def describe_services(self) -> dict[str, Any]:
        return {"services": self.taken}


@dataclass
class Operator:
    """One that updates services, under a lease that speaks against it as the test has it."""

    ecs: Ecs
    objection: Callable[[], str]
    traffic: list[Traffic] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = SteppedClock()
        budgets = Budgets(clock)
        self.aws = Gateway(
            lambda _: self.ecs,
            clock,
            lambda service, operation: budgets.bucket("1", "us-east-1", service, operation),
            self.traffic.append,
            Term(objection=self.objection),
        )

    def update(self, *names: str) -> tuple[Outcome, ...]:
        cluster = spec.load([("clusters/test.yml", CLUSTER.encode(), None)], "").clusters["test"]
        scope = Scope("reconciler", "test", cluster, Infrastructure("test", "arn"))
        actions = tuple(
            action(Verb.UPDATE, ResourceId("service", WORKER, name), "UpdateService", "because") for name in names
        )
        return execute(Plan("r1", actions), {"test": (self.aws, scope)}, threading.Event(), lambda _: None)


def test_a_write_begins_while_enough_of_the_lease_is_left() -> None:
    operator = Operator(Ecs(), lambda: "")

    assert [outcome.result for outcome in operator.update("blue", "green")] == [Result.DONE, Result.DONE]
    assert operator.ecs.taken == ["blue", "green"]


def test_a_write_that_is_not_sent_is_to_be_tried_again_and_the_rest_of_its_service_waits() -> None:
    operator = Operator(Ecs(), lambda: SHORT)

    first, second = operator.update("blue", "green")

    assert (first.result, first.message) == (Result.RETRY, f"ecs:UpdateService answered NotSent: {SHORT}")
    assert (second.result, second.message) == (Result.SKIPPED, "waits for update service blue")
    assert operator.ecs.taken == []
    assert [attempt.code for attempt in operator.traffic] == ["NotSent"]


def test_a_lease_that_runs_out_while_a_write_is_tried_again_stops_it() -> None:
    ecs = Ecs(throttles=2)
    operator = Operator(ecs, lambda: "" if ecs.throttles else SHORT)

    (outcome,) = operator.update("blue")

    assert outcome.result is Result.RETRY
    assert ecs.taken == []
    assert [attempt.code for attempt in operator.traffic] == ["ThrottlingException", "ThrottlingException", "NotSent"]


def test_reading_needs_no_lease() -> None:
    operator = Operator(Ecs(), lambda: SHORT)

    assert operator.aws.call("ecs", "DescribeServices") == {"services": []}
