"""The scheduler's decisions, as properties: whatever the tasks and the percentages."""

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.sandbox.world.scheduler import Member, Moves, bounds, moves

MEMBERS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12).map(
    lambda them: [Member(str(number), current, serving) for number, (current, serving) in enumerate(them)]
)
PERCENTAGES = st.tuples(st.integers(0, 100), st.integers(100, 200)).filter(lambda both: both != (100, 100))


@given(st.integers(0, 8), PERCENTAGES, MEMBERS)
def test_stopping_never_takes_those_that_serve_below_the_minimum(
    desired: int, percentages: tuple[int, int], members: list[Member]
) -> None:
    limits = bounds(desired, *percentages)
    stopped = moves(desired, limits, members).stop
    before = sum(each.serving for each in members)
    after = sum(each.serving for each in members if each.id not in stopped)
    assert after == before or after >= limits.lower


@given(st.integers(0, 8), PERCENTAGES, MEMBERS)
def test_starting_never_makes_more_than_the_maximum(
    desired: int, percentages: tuple[int, int], members: list[Member]
) -> None:
    limits = bounds(desired, *percentages)
    decided = moves(desired, limits, members)
    remaining = len(members) - len(decided.stop)
    assert decided.start == 0 or remaining + decided.start <= limits.upper


@given(st.integers(0, 8), PERCENTAGES, MEMBERS)
def test_it_ends_with_the_desired_tasks_of_the_current_revision_and_no_others(
    desired: int, percentages: tuple[int, int], members: list[Member]
) -> None:
    """If every task that starts comes to serve, and the limits leave any room at all."""
    limits = bounds(desired, *percentages)
    assume(limits.lower < limits.upper or desired == 0)
    number = len(members)
    for _ in range(40):
        decided = moves(desired, limits, members)
        members = [Member(each.id, each.current, serving=True) for each in members if each.id not in decided.stop]
        members += [Member(str(number + each), current=True, serving=False) for each in range(decided.start)]
        number += decided.start
    assert moves(desired, limits, members) == Moves()
    assert [each.current for each in members] == [True] * desired


def test_of_equals_the_latest_is_stopped_first() -> None:
    members = [Member("first", current=True, serving=True), Member("second", current=True, serving=True)]
    assert moves(1, bounds(1, 100, 200), members).stop == ("second",)


def test_one_that_does_not_serve_is_stopped_before_one_that_does() -> None:
    members = [Member("first", current=True, serving=False), Member("second", current=True, serving=True)]
    assert moves(1, bounds(1, 100, 200), members).stop == ("first",)
