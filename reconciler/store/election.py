"""Who leads, as it goes on: a thread keeps the lease or waits for it, and terms come out.

Each term is new, even when no other process led in between: whatever worked in the last one does not go on in the next.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from reconciler.aws import AwsError, Term
from reconciler.clock import Clock
from reconciler.model import Leadership
from reconciler.store import lease
from reconciler.store.lease import Put, View
from reconciler.store.table import Table


class Leader(Protocol):
    """Gives terms to a process while the block lasts."""

    @property
    def leadership(self) -> Leadership:
        """Whether this process leads at this moment, else who does."""
        ...

    def terms(self) -> Iterator[Term]:
        """Each term as it begins; ends when the process resigns."""
        ...

    def resign(self) -> None:
        """End the present term, and have no other. Safe from any thread."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Alone:
    """The only operator of its installation: it leads from its start to its end."""

    leadership = Leadership()

    def __init__(self) -> None:
        self._term = Term()

    def terms(self) -> Iterator[Term]:
        """One."""
        yield self._term

    def resign(self) -> None:
        """End it."""
        self._term.over.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nobody waits for it to let go."""


class Election:
    """One of several operators that keep a lease in a table.

    `tell` hears of each change, from the election's own thread; `clock` must not be one that runs fast, since AWS's
    time-outs don't. One that is not `patient` resigns when it does not lead though it has waited out a dead leader.
    """

    def __init__(
        self,
        table: Table,
        me: str,
        ttl: float,
        clock: Clock,
        tell: Callable[[Leadership], None],
        *,
        patient: bool = True,
    ) -> None:
        self._table, self._clock, self._tell = table, clock, tell
        self._view = View(me, timedelta(seconds=ttl), clock.now())
        self._waits_until = None if patient else clock.now() + self._view.ttl + lease.ONE_RETRY
        self._told: Leadership | None = None
        self._term: Term | None = None
        self._terms: queue.SimpleQueue[Term | None] = queue.SimpleQueue()
        self._resigned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @property
    def leadership(self) -> Leadership:
        """Whether this process leads, as of now, else who was last seen to."""
        return _leadership(self._view, self._clock.now())

    def terms(self) -> Iterator[Term]:
        """Each term as it begins; ends when the process resigns."""
        while (term := self._terms.get()) is not None:
            yield term

    def resign(self) -> None:
        """End the present term, and have no other. Safe from any thread."""
        self._resigned.set()
        if term := self._term:
            term.over.set()
        self._terms.put(None)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the lease, so that another takes over at once. No write of this process may be under way."""
        self.resign()
        self._thread.join()
        if not self._view.certain:  # a write may have made us the holder of an item that was never seen
            self._ask(None)
        if put := lease.release(self._view):
            self._ask(put)

    def _run(self) -> None:
        while not self._resigned.is_set():
            try:
                self._turn()
            except Exception as error:  # noqa: BLE001 - whatever it is: it is told, and tried again
                self._view = lease.unknown(self._view, f"the lease can't be kept: {error!r}", self._clock.now())

    def _turn(self) -> None:
        """Ask what is due, or wait until something is: a request, or the end of a lease that could not be renewed."""
        now = self._clock.now()
        self._settle(now)
        if self._waits_until and now >= self._waits_until and self._term is None:
            self.resign()
            return
        when, put = lease.upcoming(self._view)
        if when <= now:
            self._ask(put)
            self._settle(self._clock.now())
            return
        end = self._view.until if self._term and self._view.until else when
        self._clock.wait(self._resigned, (min(when, end) - now).total_seconds())

    def _ask(self, put: Put | None) -> None:
        sent = self._clock.now()
        try:
            self._view = self._answered(put, sent)
        except AwsError as error:
            self._view = lease.unknown(self._view, str(error), self._clock.now())

    def _answered(self, put: Put | None, sent: datetime) -> View:
        if put is None:
            item = self._table.read()
            return lease.found(self._view, item, self._clock.now())
        if self._table.write(put, sent + self._view.ttl):
            return lease.written(self._view, put, sent, self._clock.now())
        return lease.outdated(self._view, self._clock.now())

    def _settle(self, now: datetime) -> None:
        """Begin or end a term, as the lease has it by now, and tell what is new."""
        current = _leadership(self._view, now)
        if self._term and not current.leads:
            self._term.over.set()
            self._term = None
        if current.leads and self._term is None:
            self._term = self._begun()
            self._terms.put(self._term)
            if self._resigned.is_set():  # meanwhile, in another thread, which did not see this term
                self._term.over.set()
        if current != self._told:
            self._told = current
            self._tell(current)

    def _begun(self) -> Term:
        over = threading.Event()

        def objection() -> str:
            if over.is_set():
                return lease.OVER
            return lease.objection(self._view, self._clock.now())

        return Term(over, objection)


def _leadership(view: View, now: datetime) -> Leadership:
    leads = lease.leads(view, now)
    holder = "" if view.holds and not leads else view.item.holder  # nobody follows itself
    return Leadership(leads, holder, view.item.epoch if holder else 0, view.trouble)
