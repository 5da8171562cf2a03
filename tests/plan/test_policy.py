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
from reconciler.plan import Brakes, Tally, hold_back
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


def begun(planned: Plan) -> frozenset[ServiceKey]:
    """The services that a pass over a plan writes to."""
    return frozenset(item.id.key for item in planned.actions)


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


def test_a_confirmation_is_for_its_cluster_and_the_others_wait_for_theirs() -> None:
    here, there = (plan(*[(Phase.ROLLING, Verb.UPDATE)] * count, cluster=name) for name, count in (("a", 11), ("b", 8)))

    assert {key[0] for key, _ in held(both(here, there), fleet())} == {"a", "b"}
    assert {key[0] for key, _ in held(both(here, there), fleet(confirmed=told(a=COMMIT)))} == {"b"}
    assert {key[0] for key, _ in held(both(here, there), fleet(confirmed=told(b=COMMIT)))} == {"a"}


def test_services_that_are_paused_do_not_count_and_do_when_they_are_resumed_beside_what_was_done() -> None:
    mass = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 11)
    pauses = tuple(Pause("prod", f"s{number:02}") for number in range(5))

    first = hold_back(mass, fleet(pauses=pauses))
    tally = Tally().with_pass(first, begun(first), {}, complete=True)

    assert [item.policy for item in first.held] == [Policy.PAUSED] * 5
    assert held(mass, fleet(tally=tally)) == [(f"prod/s{number:02}", Policy.CHANGE_BRAKE) for number in range(5)]


def test_a_mass_change_of_which_a_part_could_not_be_read_at_first_does_not_pass_in_two_parts() -> None:
    here, there = (plan(*[(Phase.ROLLING, Verb.UPDATE)] * 8, cluster=name) for name in ("a", "b"))
    tally = Tally().with_pass(here, begun(here), {}, complete=False)

    (why,) = {item.why for item in hold_back(there, fleet(24, tally=tally)).held}

    assert "16 of 24 services would be changed by one revision, the most is 12" in why


@pytest.mark.parametrize("phase", [Phase.ROLLING, Phase.PRUNE])
def test_what_a_revision_does_in_clusters_that_are_not_confirmed_waits_after_a_restart_too(phase: Phase) -> None:
    few = plan((phase, Verb.UPDATE), cluster="b")
    few = replace(few, actions=tuple(replace(item, prunes=True) for item in few.actions))

    (item,) = hold_back(few, fleet(confirmed=told(a=COMMIT))).held

    assert item.why.startswith("the revision was confirmed for other clusters alone; if that is meant: ")
    assert held(few, fleet(confirmed=told(a=COMMIT), tally=Tally(settled=True))) == []
    assert held(few, fleet(confirmed=told(a=COMMIT, b=COMMIT))) == []


def test_what_an_earlier_revision_has_begun_goes_on_and_does_not_count_unless_it_is_asked_anew() -> None:
    earlier = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 5)
    tally = Tally().with_pass(earlier, begun(earlier), {}, complete=True)
    later = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 6)

    assert held(later, fleet(11, tally=tally.followed_by(lambda _: True))) == []
    assert len(held(later, fleet(11, tally=tally.followed_by(lambda _: False)))) == 6


def test_a_pass_that_finds_nothing_to_do_closes_the_account() -> None:
    mass = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 5)
    tally = Tally().with_pass(mass, begun(mass), {}, complete=True)

    assert tally.with_pass(Plan(COMMIT), frozenset(), {}, complete=True) == Tally(settled=True)
    assert tally.with_pass(Plan(COMMIT), frozenset(), {}, complete=False).changed == begun(mass)


def test_a_record_of_a_service_that_a_brake_holds_is_not_taken_over() -> None:
    mass = plan(*[(Phase.ROLLING, Verb.UPDATE)] * 11)
    taken = replace(action(ServiceKey("prod", "new"), Verb.UPDATE), giver=ServiceKey("prod", "s00"))

    assert ("prod/new", Policy.CHANGE_BRAKE) in held(replace(mass, actions=(*mass.actions, taken)), fleet())


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


def test_a_freeze_lets_a_release_go_on_that_interrupts_another() -> None:
    beginning = plan((Phase.STAND_UP, Verb.UPDATE))
    interrupting = replace(beginning, waypoints=tuple(replace(item, interrupts=True) for item in beginning.waypoints))

    assert held(interrupting, fleet(freezes=(Freeze("prod", NOON, "new year"),))) == []


def test_a_freeze_is_for_its_cluster() -> None:
    freeze = Freeze("test", NOON, "new year")

    assert held(plan((Phase.ROLLING, Verb.UPDATE)), fleet(freezes=(freeze,))) == []


def test_a_pause_is_told_before_a_freeze() -> None:
    freeze, pause = Freeze("prod", NOON, "new year"), Pause("prod", by="alice", why="incident")

    (item,) = hold_back(plan((Phase.ROLLING, Verb.UPDATE)), fleet(freezes=(freeze,), pauses=(pause,))).held

    assert (item.policy, item.why) == (Policy.PAUSED, "paused by alice until it is resumed: incident")
