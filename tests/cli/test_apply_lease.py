"""`reconciler apply` where there is a lease: it works only while no other replica does."""

from datetime import datetime

import pytest

from reconciler.clock import Clock, SteppedClock, SystemClock
from reconciler.sandbox import Sandbox
from reconciler.store import Election
from reconciler.store.lease import Item, Put
from tests.cli.aws import services
from tests.cli.shell import Shell


class Table:
    """A table in memory; of another replica that lives, each look finds another beat."""

    def __init__(self, item: Item) -> None:
        self.item, self._looks = item, 0

    def read(self) -> Item:
        self._looks += 1
        return Item("them", 5, self._looks) if self.item.holder == "them" else self.item

    def write(self, put: Put, _until: datetime) -> bool:
        taken = put.replaces == self.item
        self.item = put.item if taken else self.item
        return taken


def keep(monkeypatch: pytest.MonkeyPatch, table: Table, clock: Clock) -> None:
    monkeypatch.setattr(
        "reconciler.cli.applying.leader_of",
        lambda _settings, tell, patient: Election(table, "us", 15, clock, tell, patient=patient),
    )


def test_it_takes_a_lease_that_is_free_and_lets_go_of_it(
    cluster: Shell, aws: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.write_service("1.0")
    table = Table(Item("", 4, 70))
    keep(monkeypatch, table, SystemClock())

    done = cluster.run("apply")

    assert (done.exit_code, services(aws)) == (0, {"web": (2, 2)})
    assert "this replica leads, epoch 5" in done.stdout
    assert (table.item.holder, table.item.epoch) == ("", 5)


def test_it_leaves_the_work_to_a_replica_that_leads(
    cluster: Shell, aws: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.write_service("1.0")
    keep(monkeypatch, Table(Item("them", 5, 0)), SteppedClock())

    done = cluster.run("apply")

    assert (done.exit_code, services(aws)) == (1, {})
    assert done.stderr.splitlines()[-1] == (
        "Error: not applied, this replica follows them, epoch 5; let the leader do it, or stop it and try again"
    )
