"""The lease's item in DynamoDB: it is replaced only by a write that knows what it replaces."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.aws import AwsError, Budgets, Gateway
from reconciler.clock import SteppedClock
from reconciler.sandbox.furnish import furnish_lease
from reconciler.store import LeaseTable
from reconciler.store.lease import Item, Put
from tests.sandbox.aws import Aws, running

FIRST, SECOND = Item("a", 1, 1), Item("b", 2, 2)


@pytest.fixture
def aws() -> Iterator[Aws]:
    """An AWS with a table for leases."""
    with running() as aws:
        furnish_lease(aws.sandbox, "lease", None)
        yield aws


@pytest.fixture
def table(aws: Aws) -> LeaseTable:
    """The table of an installation that nobody has led yet."""
    budgets = Budgets(aws.clock)
    gateway = Gateway(aws.client, aws.clock, lambda *call: budgets.bucket("1", "x", *call), lambda _: None)
    return LeaseTable(gateway, "lease", "acme")


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


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"holder": {"S": "a"}, "beat": {"N": "1"}}, "its `epoch` is missing, and should be a whole number"),
        ({"holder": {"S": "a"}, "epoch": {"S": "1"}}, "its `epoch` is {'S': '1'}, and should be a whole number"),
        ({"holder": {"S": "a"}, "epoch": {"N": "1.5"}}, "its `epoch` is {'N': '1.5'}, and should be a whole number"),
        ({"holder": {"NULL": True}}, "its `holder` is {'NULL': True}, and should be a string"),
    ],
)
def test_an_item_written_by_hand_is_named_with_what_is_wrong_and_what_to_do(
    table: LeaseTable, aws: Aws, wrong: dict[str, Any], told: str
) -> None:
    aws.client("dynamodb").put_item(TableName="lease", Item={"owner": {"S": "acme"}, **wrong})
    with pytest.raises(AwsError) as error:
        table.read()
    assert str(error.value) == (
        f"dynamodb:GetItem answered MalformedItem: 'acme' in table 'lease' is no lease that an operator wrote: {told}; "
        "delete the item, and one leads a `lease.ttl` later"
    )
