"""Policies over plans put together by hand: who is counted, who is held, and what takes precedence."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.model import (
    Action,
    Call,
    Confirmation,
    Freeze,
    HealthStatus,
    Pause,
    Phase,
    Plan,
    Policy,
    ResourceId,
    ServiceKey,
    Verb,
    Waypoint,
)
from reconciler.plan import Brakes, hold_back
from reconciler.settings import BrakeSettings

COMMIT = "1f2e3d4c5b6a79880123456789abcdef01234567"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def plan(*phases: tuple[Phase, Verb], cluster: str = "prod") -> Plan:
    """One service for each phase, with one action of a verb."""
    keys = [ServiceKey(cluster, f"s{number:02}") for number in range(len(phases))]
    return Plan(
        COMMIT,
        tuple(action(key, verb) for key, (_, verb) in zip(keys, phases, strict=True)),
        waypoints=tuple(
            Waypoint(key, (), phase, HealthStatus.HEALTHY) for key, (phase, _) in zip(keys, phases, strict=True)
        ),
    )


def action(key: ServiceKey, verb: Verb) -> Action:
    return Action(verb, ResourceId("service", key, key.service), Call("ecs", "UpdateService", {}), "because")


def both(one: Plan, other: Plan) -> Plan:
    return replace(one, actions=one.actions + other.actions, waypoints=one.waypoints + other.waypoints)


def held(planned: Plan, brakes: Brakes) -> list[tuple[str, Policy]]:
    return [(str(item.action.id.key), item.policy) for item in hold_back(planned, brakes).held]


def fleet(size: int = 20, **more: object) -> Brakes:
    """Brakes that know of so many services."""
    return replace(Brakes(seen=None, wanted=size, within_reach=size), **more)  # type: ignore[arg-type]


def told(**revisions: str) -> dict[str, Confirmation]:
    """What has been confirmed, by cluster."""
    return {cluster: Confirmation(revision, NOON) for cluster, revision in revisions.items()}


@pytest.mark.parametrize(
    ("phase", "verb"),
    [(Phase.ROLLING, Verb.UPDATE), (Phase.STAND_UP, Verb.CREATE), (Phase.STABLE, Verb.UPDATE)],
)
def test_a_release_and_a_change_of_what_is_at_rest_count_for_the_change_brake(phase: Phase, verb: Verb) -> None:
    assert held(plan(*[(phase, verb)] * 10), fleet()) == []
    assert len(held(plan(*[(phase, verb)] * 11), fleet())) == 11


@pytest.mark.parametrize(
    ("phase", "verb"),
    [
        (Phase.CREATE, Verb.CREATE),
        (Phase.VERIFY, Verb.UPDATE),
        (Phase.SHIFT, Verb.UPDATE),
        (Phase.BAKE, Verb.UPDATE),
        (Phase.RETIRE, Verb.UPDATE),
        (Phase.ROLLBACK, Verb.UPDATE),
        (Phase.STABLE, Verb.TAG),
    ],
)
def test_a_creation_a_rollout_under_way_and_tags_alone_do_not_count(phase: Phase, verb: Verb) -> None:
    assert held(plan(*[(phase, verb)] * 20), fleet()) == []


def test_a_creation_beside_a_mass_change_goes_ahead() -> None:
    mass = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 11)
    new = plan((Phase.CREATE, Verb.CREATE), cluster="test")

    assert len(held(both(mass, new), fleet())) == 11


@pytest.mark.parametrize("size", [1, 5, 10])
def test_five_services_may_be_changed_at_once_however_few_there_are(size: int) -> None:
    assert held(plan(*[(Phase.ROLLING, Verb.UPDATE)] * min(5, size)), fleet(size)) == []


def test_the_share_is_of_the_services_in_clusters_that_could_be_read() -> None:
    assert len(held(plan(*[(Phase.ROLLING, Verb.UPDATE)] * 8), fleet(20, within_reach=10))) == 8


def test_a_brake_at_100_percent_holds_nothing() -> None:
    brakes = fleet(limits=BrakeSettings(changes=100, prunes=100))

    assert held(plan(*[(Phase.ROLLING, Verb.UPDATE)] * 20), brakes) == []


@pytest.mark.parametrize("written", [COMMIT, COMMIT[:12], COMMIT[:7]])
def test_a_commit_is_confirmed_by_seven_of_its_digits_or_more(written: str) -> None:
    mass = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 20)

    assert held(mass, fleet(confirmed=told(prod=written))) == []


@pytest.mark.parametrize("written", ["", COMMIT[:6], "0000000", "dir:1f2e3d4c5b6a", COMMIT + "0"])
def test_nothing_else_confirms_it(written: str) -> None:
    mass = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 20)

    assert len(held(mass, fleet(confirmed=told(prod=written)))) == 20


def test_a_confirmation_is_for_its_cluster_and_what_it_covers_counts_no_more() -> None:
    here, there = (plan(*[(Phase.ROLLING, Verb.UPDATE)] * count, cluster=name) for name, count in (("a", 11), ("b", 8)))

    assert {key[0] for key, _ in held(both(here, there), fleet())} == {"a", "b"}
    assert held(both(here, there), fleet(confirmed=told(a=COMMIT))) == []
    assert {key[0] for key, _ in held(both(here, there), fleet(confirmed=told(b=COMMIT)))} == {"a"}


def test_services_that_are_paused_still_count_so_that_a_mass_change_does_not_pass_in_two_parts() -> None:
    mass = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 11)
    pauses = tuple(Pause("prod", f"s{number:02}") for number in range(5))

    policies = [policy for _, policy in held(mass, fleet(pauses=pauses))]

    assert (policies.count(Policy.PAUSED), policies.count(Policy.CHANGE_BRAKE)) == (5, 6)


@pytest.mark.parametrize("phase", [Phase.VERIFY, Phase.SHIFT, Phase.BAKE, Phase.RETIRE, Phase.ROLLBACK])
def test_a_freeze_lets_what_is_under_way_go_on(phase: Phase) -> None:
    freeze = Freeze("prod", NOON, "new year")

    assert held(plan((phase, Verb.UPDATE)), fleet(freezes=(freeze,))) == []


@pytest.mark.parametrize(
    "phase", [Phase.CREATE, Phase.STAND_UP, Phase.ROLLING, Phase.STABLE, Phase.FAILED, Phase.PRUNE]
)
def test_a_freeze_holds_whatever_would_begin(phase: Phase) -> None:
    freeze = Freeze("prod", NOON, "new year")

    assert held(plan((phase, Verb.UPDATE)), fleet(freezes=(freeze,))) == [("prod/s00", Policy.FROZEN)]


def test_a_freeze_is_for_its_cluster() -> None:
    freeze = Freeze("test", NOON, "new year")

    assert held(plan((Phase.ROLLING, Verb.UPDATE)), fleet(freezes=(freeze,))) == []


def test_a_pause_is_told_before_a_freeze() -> None:
    freeze, pause = Freeze("prod", NOON, "new year"), Pause("prod", by="alice", why="incident")

    (item,) = hold_back(plan((Phase.ROLLING, Verb.UPDATE)), fleet(freezes=(freeze,), pauses=(pause,))).held

    assert (item.policy, item.why) == (Policy.PAUSED, "paused by alice until it is resumed: incident")
