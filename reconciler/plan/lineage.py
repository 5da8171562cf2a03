"""Whether a revision descends from what was applied before it (S13): git's history against what AWS remembers.

AWS remembers by a tag on each task definition the revision that it was registered for. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler.kinds.base import REVISION
from reconciler.model import Confirmation, ServiceKey, Snapshot
from reconciler.rollout import when

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Applied:
    """A commit, and since when it was applied."""

    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lineage:
    """The revision in force, the commits that led to it, and what this process has applied.

    `history` is None where revisions have no order, as those of a directory. Of what was `applied` these are kept: the
    commits that did not lead to the revision, and the newest that did.
    """

    revision: str = ""
    history: frozenset[str] | None = None
    applied: tuple[Applied, ...] = ()

    def followed_by(self, revision: str, history: frozenset[str] | None) -> "Lineage":
        """The lineage once another revision is in force."""
        after = Lineage(revision, history, self.applied)
        led_here = [item for item in self.applied if item not in after.left]
        return replace(after, applied=(*after.left, *led_here[-1:]))

    def applied_at(self, now: datetime) -> "Lineage":
        """The lineage once the revision in force has been applied: from then on it can't be left unnoticed."""
        if self.history is None or any(item.commit == self.revision for item in self.applied):
            return self
        return replace(self, applied=(*self.applied, Applied(self.revision, now)))

    @property
    def left(self) -> tuple[Applied, ...]:
        """What this process has applied and what did not lead to the revision in force."""
        if self.history is None:
            return ()
        return tuple(item for item in self.applied if item.commit not in self.history)

    def lost(self, applied: Applied | None) -> Applied | None:
        """Of what was applied to a service, the newest that did not lead to the revision in force."""
        if self.history is None:
            return None
        gone = [*self.left, applied] if applied and applied.commit not in self.history else self.left
        return max(gone, key=lambda item: item.at, default=None)

    def vouched_until(self, confirmation: Confirmation | None) -> datetime:
        """Up to when a person vouches that what was applied may be left.

        A confirmed revision is meant, and what descends from it, but nobody had seen then what was applied after the
        confirmation: a branch that is reset to a revision confirmed long ago is asked about again.
        """
        if confirmation is None or self.history is None:
            return _NEVER
        return confirmation.at if any(commit.startswith(confirmation.revision) for commit in self.history) else _NEVER


def last_applied(snapshot: Snapshot) -> dict[ServiceKey, Applied]:
    """The commit that each service's newest task definition in use was registered for, where one is on record."""
    newest: dict[ServiceKey, tuple[datetime, str]] = {}
    for definition in snapshot.definitions.values():
        found = when(definition.status["registered_at"]), definition.tags.get(REVISION, "")
        newest[definition.id.key] = max(found, newest.get(definition.id.key, found))
    return {key: Applied(commit, at) for key, (at, commit) in newest.items() if _COMMIT.fullmatch(commit)}


def diverged(
    keys: Iterable[ServiceKey],
    lineage: Lineage,
    applied: Mapping[ServiceKey, Applied],
    confirmed: Mapping[str, Confirmation],
) -> dict[ServiceKey, str]:
    """Services that would leave the commit that was applied to them, with that commit, unless a person has agreed.

    One to which none was, as it is new, goes by the last that was applied in its cluster.
    """
    last = _last_in_clusters(applied)
    lost = {key: gone for key in keys if (gone := lineage.lost(applied.get(key) or last.get(key.cluster)))}
    until = {cluster: lineage.vouched_until(confirmed.get(cluster)) for cluster in {key.cluster for key in lost}}
    return {key: gone.commit for key, gone in lost.items() if gone.at > until[key.cluster]}


def _last_in_clusters(applied: Mapping[ServiceKey, Applied]) -> dict[str, Applied]:
    return {key.cluster: found for key, found in sorted(applied.items(), key=lambda item: item[1].at)}
