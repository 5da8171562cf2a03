"""Watches an operator's rights: each of its writes is one that `reconciler iam-policy` allows, with its ARNs and tags.

The policy is that of the files as they are at the call. A cluster whose file is gone or broken is still worked on, so
it keeps the rights it had.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reconciler import permissions, spec
from reconciler.kinds.grants import Territory
from reconciler.sandbox import Call, Sandbox
from tests.invariants.live import Live
from tests.invariants.writes import is_read
from tests.loop.harness import is_operators
from tests.permissions.asked import asked_by
from tests.permissions.iam import allows

OWNER, OPERATOR = "reconciler", "reconciler"
Documents = list[dict[str, Any]]


class Rights:
    """What the operator may do, by the account in which it asks, and what it asked beyond that."""

    def __init__(self, sandbox: Sandbox, root: Path) -> None:
        self.exceeded: list[str] = []
        self._sandbox, self._root = sandbox, root
        self._seen: frozenset[tuple[str, int]] = frozenset()
        self._territories: dict[str, Territory] = {}
        self._documents: dict[str, Documents] = {}

    def judge(self, call: Call) -> None:
        """Take note of a write of the operator's that it has no right to."""
        if is_read(call.operation) or not is_operators():
            return
        documents = self._printed().get(call.account, [])
        live = Live(self._sandbox.world, call.account, call.region)
        self.exceeded += (
            f"call {call.number}: {asked}" for asked in asked_by(call, live) if not allows(documents, asked)
        )

    def _printed(self) -> dict[str, Documents]:
        files = {str(file): file.stat().st_mtime_ns for file in self._root.rglob("*.yml")}
        if (seen := frozenset(files.items())) != self._seen:
            self._seen = seen
            self._documents = self._print()
        return self._documents

    def _print(self) -> dict[str, Documents]:
        files = [(p.relative_to(self._root).as_posix(), p.read_bytes(), None) for p in self._root.rglob("*.yml")]
        desired = spec.load(files, "")
        found = permissions.territories(desired, OWNER, desired.clusters, {})
        self._territories |= {territory.cluster: territory for territory in found}
        return dict(self._by_account())

    def _by_account(self) -> Iterator[tuple[str, Documents]]:
        known = self._territories.values()
        roles = {territory.spec.role for territory in known if territory.spec.role}
        for account in {territory.spec.account for territory in known}:
            own = [territory for territory in known if territory.spec.account == account]
            granted = [*permissions.grants(own, OPERATOR), *permissions.assuming(roles)]
            yield account, permissions.documents(granted)
