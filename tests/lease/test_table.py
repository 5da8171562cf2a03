"""The lease's item in DynamoDB: it is replaced only by a write that knows what it replaces."""

from collections.abc import Iterator

import pytest

from reconciler.aws import Budgets, Gateway
from reconciler.clock import SteppedClock
from reconciler.sandbox.furnish import furnish_lease
from reconciler.store import LeaseTable
from reconciler.store.lease import Item, Put
from tests.sandbox.aws import running

FIRST, SECOND = Item("a", 1, 1), Item("b", 2, 2)


@pytest.fixture
def table() -> Iterator[LeaseTable]:
    """The table of an installation that nobody has led yet."""
    with running() as aws:
        furnish_lease(aws.sandbox, "lease", None)
        budgets = Budgets(aws.clock)
        gateway = Gateway(aws.client, aws.clock, lambda *call: budgets.bucket("1", "x", *call), lambda _: None)
        yield LeaseTable(gateway, "lease", "acme")


def test_an_item_is_made_where_none_is_and_read_as_it_was_written(table: LeaseTable) -> None:
    until = SteppedClock().now()
    assert table.read() is None
    assert table.write(Put(FIRST, None), until)
    assert table.read() == FIRST


@pytest.mark.parametrize("replaced", [None, SECOND, Item("a", 1, 2), Item("b", 1, 1)])
def test_a_write_that_replaces_another_item_than_is_there_takes_no_effect(
    table: LeaseTable, replaced: Item | None
) -> None:
    until = SteppedClock().now()
    table.write(Put(FIRST, None), until)
    assert not table.write(Put(SECOND, replaced), until)
    assert table.read() == FIRST
    assert table.write(Put(SECOND, FIRST), until)
    assert table.read() == SECOND
