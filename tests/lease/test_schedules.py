"""A thousand schedules of all that can go wrong between replicas that share a lease, and proof that they would tell."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconciler.aws import CALL_SECONDS
from reconciler.settings import LEAST_TTL
from reconciler.store import lease
from reconciler.store.lease import NEEDED, Item, Put, View
from tests.lease.simulation import Rules, Simulation, violations

SCHEDULES = 1000
BATCH = 250


@pytest.mark.parametrize("first", range(0, SCHEDULES, BATCH))
def test_two_never_write_at_once_epochs_only_grow_and_a_dead_leader_is_replaced_in_time(first: int) -> None:
    for seed in range(first, first + BATCH):
        schedule = Simulation(seed).run()
        assert list(violations(schedule)) == [], f"Simulation({seed})"
        assert schedule.writes, f"Simulation({seed}): nobody ever wrote"


def test_a_seed_is_a_schedule() -> None:
    assert Simulation(7).run().changes == Simulation(7).run().changes


def counted_from_the_answer(view: View, put: Put, _sent: datetime, now: datetime) -> View:
    return lease.written(view, put, now, now)


def taken_for_a_success(view: View, trouble: str, now: datetime) -> View:
    return replace(lease.unknown(view, trouble, now), until=now + view.ttl if view.holds else view.until)


def taken_for_a_proof(view: View, item: Item | None, now: datetime) -> View:
    after = lease.found(view, item, now)
    return replace(after, until=now + view.ttl) if after.holds else after


def begun_at_the_last_moment(view: View, now: datetime) -> str:
    return "" if lease.leads(view, now) else "it is over"


def begun_without_a_margin(view: View, now: datetime) -> str:
    return "" if view.until and view.until - now >= timedelta(seconds=CALL_SECONDS) else "too little is left"


def taken_over_too_soon(view: View) -> tuple[datetime, Put | None]:
    return lease.upcoming(view if view.holds else replace(view, ttl=view.ttl / 2))


def waited_for_anew_at_each_look(view: View, item: Item | None, now: datetime) -> View:
    return replace(lease.found(view, item, now), since=now)


def replaced_whatever_it_is(_held: Item | None, _put: Put) -> bool:
    return True


def replaced_if_the_holder_is_the_same(held: Item | None, put: Put) -> bool:
    return (held and held.holder) == (put.replaces and put.replaces.holder)


RIGHT = set(vars(Rules()).values())
WRONG = [
    Rules(written=counted_from_the_answer),
    Rules(unknown=taken_for_a_success),
    Rules(found=taken_for_a_proof),
    Rules(objection=begun_at_the_last_moment),
    Rules(objection=begun_without_a_margin),
    Rules(upcoming=taken_over_too_soon),
    Rules(found=waited_for_anew_at_each_look),
    Rules(takes=replaced_whatever_it_is),
    Rules(takes=replaced_if_the_holder_is_the_same),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda rules: (set(vars(rules).values()) - RIGHT).pop().__name__)
def test_a_lease_that_is_kept_wrongly_is_found_out(wrong: Rules) -> None:
    assert any(list(violations(Simulation(seed, wrong).run())) for seed in range(SCHEDULES))


def test_even_the_shortest_lease_leaves_time_for_a_write_until_it_is_renewed() -> None:
    assert NEEDED.total_seconds() <= LEAST_TTL * 2 / 3
