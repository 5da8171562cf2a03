"""One replica of the operator: at work in its terms, and in between it tells who leads."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from reconciler.aws import Term
from reconciler.loop import Loop, Pass
from reconciler.report.status import OperatorStatus
from reconciler.source import SourceError, Tree
from reconciler.store import Leader


class Replica:
    """Works in each of its terms with a new loop, as if the process had just started: another may have led in between.

    The newest reading of the source is kept for the next term.
    """

    def __init__(self, leader: Leader, make: Callable[[Term], Loop], started_at: datetime) -> None:
        self._leader, self._make = leader, make
        self._idle = OperatorStatus(started_at=started_at)
        self._news: Tree | SourceError | None = None
        self._loop: Loop | None = None
        self._lock = threading.Lock()

    @property
    def status(self) -> OperatorStatus:
        """How everything is, as far as this replica can tell."""
        loop = self._loop
        return replace(loop.status if loop else self._idle, leadership=self._leader.leadership)

    def accept(self, news: Tree | SourceError) -> None:
        """A new reading of the source, or why there is none. Safe from any thread."""
        with self._lock:
            self._news = news
            if self._loop:
                self._loop.accept(news)

    def run(self, until: Callable[[Pass], bool] = lambda _: False) -> None:
        """Work in every term until there is no other, or `until` is true of a pass."""

        def last(done: Pass) -> bool:
            if enough := until(done):
                self._leader.resign()
            return enough

        with self._leader:
            for term in self._leader.terms():
                self._begin(self._make(term)).run(term.over, last)
                self._loop = None

    def wake(self) -> None:
        """Let the loop see that its term is over, if it is. Safe from any thread."""
        if loop := self._loop:
            loop.wake()

    def resign(self) -> None:
        """End in order. Safe from any thread."""
        self._leader.resign()
        self.wake()

    def _begin(self, loop: Loop) -> Loop:
        with self._lock:
            self._loop = loop
            if self._news:
                loop.accept(self._news)
        return loop
