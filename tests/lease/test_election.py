"""One replica and its lease: when it leads, what it tells, and what becomes of its writes."""

from collections.abc import Callable
from datetime import timedelta

from reconciler.aws import AwsError, ErrorClass
from reconciler.clock import SteppedClock
from reconciler.model import Leadership
from reconciler.store import Election
from reconciler.store.lease import Item, Put

TTL = 15
FREE = Item("", epoch=4, beat=70)
OURS = Item("us", epoch=5, beat=71)
THEIRS = Item("them", epoch=5, beat=71)


class Table:
    """A table in memory. `plot` is what happens just before the nth request; at the last one the replica is stopped."""

    def __init__(
        self,
        item: Item | None,
        requests: int,
        plot: dict[int, Callable[[], None]] | None = None,
        *,
        patient: bool = True,
    ) -> None:
        self.item, self._requests, self._plot = item, requests, plot or {}
        self.clock = SteppedClock()
        self.told: list[str] = []
        self.at: list[float] = []
        self.objections: list[str] = []
        self._asked = 0
        self._election = Election(self, "us", TTL, self.clock, self._tell, patient=patient)
        self._started = self.clock.now()

    def live(self) -> int:
        """One life of the replica; gives how many terms it had."""
        with self._election as election:
            return len(list(election.terms()))

    def read(self) -> Item | None:
        self._request()
        return self.item

    def write(self, put: Put, until: object) -> bool:
        self._request()
        if self.item != put.replaces:
            return False
        self.item = put.item
        return True

    def _request(self) -> None:
        self._asked += 1
        self.objections += [term.objection() for term in [self._election._term] if term]
        if self._asked == self._requests:
            self._election.resign()
        self._plot.get(self._asked, lambda: None)()

    def _tell(self, leadership: Leadership) -> None:
        self.told.append(str(leadership))
        self.at.append((self.clock.now() - self._started).total_seconds())


def down() -> None:
    raise AwsError("dynamodb", "PutItem", "InternalServerError", "try again", ErrorClass.AMBIGUOUS)


def test_a_lease_that_was_let_go_of_is_taken_at_once_and_let_go_of_at_the_end() -> None:
    table = Table(FREE, requests=4)

    assert table.live() == 1
    assert table.told == ["waits for the lease", "leads, epoch 5"]
    assert table.at[1] == 0
    assert table.item == Item("", epoch=5, beat=74)


def test_a_lease_that_is_renewed_is_left_alone() -> None:
    table = Table(THEIRS, requests=40)
    table._plot = {number: lambda number=number: renew(number) for number in range(2, 40, 4)}  # type: ignore[misc]

    def renew(number: int) -> None:
        table.item = Item("them", epoch=5, beat=71 + number)

    assert table.live() == 0
    assert table.told == ["waits for the lease", "follows them, epoch 5"]
    assert table.clock.now() > SteppedClock().now() + timedelta(seconds=4 * TTL)


def test_a_lease_that_nobody_renews_is_taken_over_after_its_time() -> None:
    table = Table(THEIRS, requests=12)

    assert table.live() == 1
    assert table.told == ["waits for the lease", "follows them, epoch 5", "leads, epoch 6"]
    assert table.at == [0, 0, TTL]


def test_a_lease_that_is_not_there_is_waited_for_as_somebody_may_have_removed_it() -> None:
    table = Table(None, requests=12)

    assert table.live() == 1
    assert (table.told, table.at) == (["waits for the lease", "leads, epoch 1"], [0, TTL])


def test_a_removed_lease_goes_on_with_the_epoch_that_was_seen() -> None:
    table = Table(THEIRS, requests=12)
    table._plot = {2: lambda: setattr(table, "item", None)}

    table.live()

    assert "leads, epoch 6" in table.told


def test_a_leader_that_cannot_renew_stops_writing_before_its_time_is_over_and_then_follows() -> None:
    table = Table(FREE, requests=30, plot=dict.fromkeys(range(3, 31), down))

    assert table.live() == 1
    assert table.objections[0] == ""
    assert "the lease ends in 9 s and a write may take 10 s; it is tried again once the lease is renewed" in (
        table.objections
    )
    over = table.told.index("waits for the lease: dynamodb:PutItem answered InternalServerError: try again")
    assert table.at[over] == TTL


def test_a_leader_that_was_replaced_ends_its_term_and_follows() -> None:
    table = Table(FREE, requests=6)
    table._plot = {3: lambda: setattr(table, "item", Item("them", epoch=6, beat=90))}

    assert table.live() == 1
    assert table.told[-1] == "follows them, epoch 6"
    assert table.item == Item("them", epoch=6, beat=90)


def test_a_renewal_whose_answer_was_lost_is_read_again_and_the_term_goes_on() -> None:
    def lose() -> None:
        table.item = Item("us", epoch=5, beat=72)  # it was written all the same
        down()

    table = Table(FREE, requests=8, plot={3: lose})

    assert table.live() == 1
    assert [told for told in table.told if "leads" in told] == [
        "leads, epoch 5",
        "leads, epoch 5: dynamodb:PutItem answered InternalServerError: try again",
        "leads, epoch 5",
    ]


def test_a_takeover_whose_answer_was_lost_proves_nothing_until_a_write_succeeds() -> None:
    def lose() -> None:
        table.item = OURS
        down()

    table = Table(FREE, requests=6, plot={2: lose})

    assert table.live() == 1
    assert table.told == [
        "waits for the lease",
        "waits for the lease: dynamodb:PutItem answered InternalServerError: try again",
        "leads, epoch 5",
    ]


def test_a_defect_is_told_and_does_not_end_the_election() -> None:
    def defect() -> None:
        raise ZeroDivisionError

    table = Table(FREE, requests=5, plot={1: defect})

    assert table.live() == 1
    assert table.told[1] == "waits for the lease: the lease can't be kept: ZeroDivisionError()"
    assert "leads, epoch 5" in table.told


def test_a_lease_is_let_go_of_though_the_answer_to_its_last_renewal_was_lost() -> None:
    def lose() -> None:
        table.item = Item("us", epoch=5, beat=72)
        down()

    table = Table(FREE, requests=3, plot={3: lose})

    table.live()

    assert table.item == Item("", epoch=5, beat=73)


def test_a_lease_is_let_go_of_though_the_answer_to_its_takeover_was_lost() -> None:
    def lose() -> None:
        table.item = OURS
        down()

    table = Table(FREE, requests=2, plot={2: lose})

    assert table.live() == 0
    assert table.item == Item("", epoch=5, beat=72)


def test_whoever_follows_and_stops_leaves_the_lease_as_it_is() -> None:
    table = Table(THEIRS, requests=3)

    assert table.live() == 0
    assert table.item == THEIRS


def test_one_that_is_not_patient_waits_for_a_dead_leader_and_not_for_one_that_lives() -> None:
    alive = Table(THEIRS, requests=1000, patient=False)
    alive._plot = {number: lambda number=number: renew(number) for number in range(2, 1000, 4)}  # type: ignore[misc]

    def renew(number: int) -> None:
        alive.item = Item("them", epoch=5, beat=71 + number)

    assert Table(THEIRS, requests=12, patient=False).live() == 1
    assert alive.live() == 0
    assert alive.clock.now() < SteppedClock().now() + timedelta(seconds=2 * TTL)
