"""When `apply` is done, pass by pass, and with which exit code."""

from dataclasses import replace

import pytest

from reconciler.cli.verdict import Verdict
from reconciler.loop import Pass
from reconciler.model import (
    Action,
    Call,
    HealthStatus,
    Held,
    Outcome,
    Phase,
    Plan,
    Policy,
    Refusal,
    ResourceId,
    Result,
    ServiceKey,
    SyncStatus,
    Verb,
    Waypoint,
)
from reconciler.report.status import OperatorStatus, ServiceStatus

WEB, API = ServiceKey("test", "web"), ServiceKey("test", "api")
WELL = ServiceStatus(WEB, "1.0", SyncStatus.SYNCED, HealthStatus.HEALTHY, Phase.STABLE)
ROLLING = replace(WELL, sync=SyncStatus.OUT_OF_SYNC, health=HealthStatus.PROGRESSING, phase=Phase.ROLLING)
FAILED = replace(ROLLING, health=HealthStatus.DEGRADED, phase=Phase.FAILED)
CONFLICT = replace(ROLLING, key=API, health=HealthStatus.DEGRADED, phase=Phase.CREATE)
UNKNOWN = replace(WELL, sync=SyncStatus.UNKNOWN, health=HealthStatus.UNKNOWN)

REMOVAL = Action(Verb.DELETE, ResourceId("service", WEB, "web"), Call("ecs", "DeleteService", {}), "gone from git")


def a_pass(*services: ServiceStatus, errors: tuple[str, ...] = (), **more: object) -> Pass:
    status = OperatorStatus({item.key: item for item in services}, spec_errors=errors)
    return replace(Pass(status, Plan("1f2e3d4")), **more)  # type: ignore[arg-type]


def refusing(key: ServiceKey) -> Plan:
    return Plan("1f2e3d4", refusals=(Refusal(key, "conflict"),))


def holding(policy: Policy) -> Plan:
    return Plan("1f2e3d4", held=(Held(REMOVAL, policy, "why"),))


@pytest.mark.parametrize(
    ("done", "code"),
    [
        pytest.param(a_pass(WELL), 0, id="all well"),
        pytest.param(a_pass(), 0, id="nothing desired"),
        pytest.param(a_pass(replace(WELL, health=HealthStatus.SUSPENDED)), 0, id="no instances asked for"),
        pytest.param(a_pass(ROLLING), None, id="under way"),
        pytest.param(a_pass(replace(WELL, health=HealthStatus.DEGRADED)), None, id="in sync but not all tasks run"),
        pytest.param(a_pass(FAILED), 4, id="rollout failed"),
        pytest.param(a_pass(replace(FAILED, phase=Phase.ROLLBACK)), None, id="on the way back"),
        pytest.param(a_pass(WELL, errors=("bad",)), 3, id="a wrong file"),
        pytest.param(a_pass(UNKNOWN, errors=("bad",)), 3, id="a wrong file of this very service"),
        pytest.param(a_pass(UNKNOWN, unread={"test": "denied"}), 1, id="a cluster that can't be read"),
        pytest.param(a_pass(unread={"test": "denied"}), 1, id="a cluster that can't be read, and has no service"),
        pytest.param(a_pass(CONFLICT, plan=refusing(API)), 1, id="refused by the planner"),
        pytest.param(a_pass(ROLLING, outcomes=(Outcome(REMOVAL, Result.REFUSED),)), 1, id="refused by AWS"),
        pytest.param(a_pass(ROLLING, outcomes=(Outcome(REMOVAL, Result.RETRY),)), None, id="to be tried again"),
        pytest.param(a_pass(ROLLING, plan=holding(Policy.PRUNE_BRAKE)), 1, id="held by the brake"),
        pytest.param(
            a_pass(ROLLING, plan=holding(Policy.NOTHING_DESIRED)), 1, id="nothing desired, so nothing removed"
        ),
        pytest.param(a_pass(ROLLING, plan=holding(Policy.SECOND_READING)), None, id="until the second reading"),
    ],
)
def test_one_pass_is_judged(done: Pass, code: int | None) -> None:
    assert Verdict().after(done).code == code


@pytest.mark.parametrize(
    ("done", "code"),
    [
        (a_pass(FAILED, CONFLICT, plan=refusing(API), errors=("bad",)), 4),
        (a_pass(WELL, CONFLICT, plan=refusing(API), errors=("bad",)), 1),
        (a_pass(ROLLING, CONFLICT, plan=refusing(API), errors=("bad",)), None),
    ],
)
def test_the_gravest_ending_counts_once_nothing_is_under_way(done: Pass, code: int | None) -> None:
    assert Verdict().after(done).code == code


def test_a_refused_service_stays_so_while_passes_look_at_others() -> None:
    first = Verdict().after(a_pass(ROLLING, CONFLICT, plan=refusing(API)))
    looked_at_web = Plan("1f2e3d4", waypoints=(Waypoint(WEB, (), Phase.STABLE, HealthStatus.HEALTHY),))

    assert first.after(a_pass(WELL, CONFLICT, plan=looked_at_web)).code == 1


def test_a_service_that_is_no_longer_refused_is_waited_for() -> None:
    first = Verdict().after(a_pass(CONFLICT, plan=refusing(API)))
    looked_at_api = Plan("1f2e3d4", waypoints=(Waypoint(API, (), Phase.CREATE, HealthStatus.MISSING),))

    assert first.after(a_pass(replace(CONFLICT, phase=Phase.CREATE), plan=looked_at_api)).code is None
