"""The lease in DynamoDB: one item for each installation, read consistently and written on condition only."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from reconciler.aws import AwsError, ErrorClass, Gateway
from reconciler.kinds.grants import Grant
from reconciler.spec.names import partition
from reconciler.store.lease import Item, Put

KEY = "owner"
"""The table's partition key, a string: the installation's owner name."""
_KINDS = {"S": "a string", "N": "a whole number"}
T = TypeVar("T")


def permissions(table: str, region: str | None, account: str, owner: str) -> Grant:
    """What the operator has to be allowed to do: to read and put the item of its own installation, and nothing else."""
    arn = f"arn:{partition(region or '')}:dynamodb:{region or '*'}:{account}:table/{table}"
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": (owner,)}}
    return Grant("Lease", ("dynamodb:GetItem", "dynamodb:PutItem"), (arn,), own)


class Table(Protocol):
    """Where a lease is kept."""

    def read(self) -> Item | None:
        """What is there now, as late as the last write; None when nothing is. Raises `AwsError`."""
        ...

    def write(self, put: Put, until: datetime) -> bool:
        """Whether the write took effect. Raises `AwsError` when that can't be told."""
        ...


class LeaseTable:
    """The item of one installation in a DynamoDB table."""

    def __init__(self, aws: Gateway, name: str, owner: str) -> None:
        self._aws, self._name, self._owner = aws, name, owner

    def read(self) -> Item | None:
        """What the table holds. Raises `AwsError`, also for an item that somebody has written by hand."""
        try:
            answer = self._aws.call(
                "dynamodb", "GetItem", TableName=self._name, Key={KEY: {"S": self._owner}}, ConsistentRead=True
            )
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                raise self._missing(error) from error
            raise
        item = answer.get("Item")
        if not item:
            return None
        return Item(
            self._attribute(item, "holder", "S", str),
            self._attribute(item, "epoch", "N", int),
            self._attribute(item, "beat", "N", int),
        )

    def write(self, put: Put, until: datetime) -> bool:
        """Put an item where exactly the one that it replaces is; `until` is there for people to read.

        Raises `AwsError` when it can't be told whether that took effect.
        """
        item = {KEY: {"S": self._owner}, **_attributes(put.item), "expiry": {"S": f"{until:%Y-%m-%dT%H:%M:%SZ}"}}
        try:
            self._aws.call("dynamodb", "PutItem", TableName=self._name, Item=item, **dict(_condition(put.replaces)))
        except AwsError as error:
            if error.code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _attribute(self, item: Mapping[str, Any], name: str, kind: str, parsed: Callable[[str], T]) -> T:
        try:
            return parsed(item[name][kind])
        except (KeyError, ValueError) as error:
            what = (
                f"{self._owner!r} in table {self._name!r} is no lease that an operator wrote: "
                f"its `{name}` is {item.get(name, 'missing')}, and should be {_KINDS[kind]}; "
                "delete the item, and one leads a `lease.ttl` later"
            )
            raise AwsError("dynamodb", "GetItem", "MalformedItem", what, ErrorClass.REFUSED) from error

    def _missing(self, error: AwsError) -> AwsError:
        what = f"there is no table {self._name!r} here: create it, or correct `lease.table` or `lease.region`"
        return AwsError(error.service, error.operation, error.code, what, error.kind)


def _attributes(item: Item) -> Mapping[str, Any]:
    return {"holder": {"S": item.holder}, "epoch": {"N": str(item.epoch)}, "beat": {"N": str(item.beat)}}


def _condition(replaces: Item | None) -> Iterator[tuple[str, Any]]:
    """Placeholders throughout: DynamoDB reserves many words, `owner` among them."""
    if replaces is None:
        yield "ConditionExpression", "attribute_not_exists(#owner)"
        yield "ExpressionAttributeNames", {"#owner": KEY}
        return
    attributes = _attributes(replaces)
    yield "ConditionExpression", " AND ".join(f"#{name} = :{name}" for name in attributes)
    yield "ExpressionAttributeNames", {f"#{name}": name for name in attributes}
    yield "ExpressionAttributeValues", {f":{name}": value for name, value in attributes.items()}
