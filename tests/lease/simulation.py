"""Replicas that share a lease, in a world of simulated time where everything that can go wrong does.

Clocks are wrong by up to half a minute and run a little fast or slow; requests to the table arrive late, twice or not
at all, answers get lost; processes are paused anywhere, between looking at the lease and writing too; they are cut off
from the table alone, killed, stopped and started. One seed is one schedule. What each replica decides is the operator's
own code.
"""

import heapq
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from reconciler.aws import CALL_SECONDS
from reconciler.settings import LEAST_TTL
from reconciler.store import lease
from reconciler.store.lease import MARGIN_SECONDS, Item, Put, View

TTL = timedelta(seconds=LEAST_TTL)
TROUBLED_SECONDS = 100.0
LONGEST_DELAY, LONGEST_PAUSE = 60.0, 40.0
SKEW_SECONDS, DRIFT = 30.0, 0.001
WORKERS = 2
TAKEOVER_SECONDS = LEAST_TTL * (1 + DRIFT) + lease.ONE_RETRY.total_seconds() + 0.5
"""The last is what the network takes."""

_START = datetime(2026, 1, 1, tzinfo=UTC)
Steps = Generator[float, Any, Any]
"""What a thread does: yields how many seconds until it goes on."""


@dataclass(frozen=True)
class Rules:
    """What a replica decides by, so that a test can put something wrong in its place."""

    upcoming: Callable[[View], tuple[datetime, Put | None]] = lease.upcoming
    found: Callable[[View, Item | None, datetime], View] = lease.found
    written: Callable[[View, Put, datetime, datetime], View] = lease.written
    unknown: Callable[[View, str, datetime], View] = lease.unknown
    objection: Callable[[View, datetime], str] = lease.objection
    takes: Callable[[Item | None, Put], bool] = lambda held, put: held == put.replaces


@dataclass(frozen=True)
class Write:
    """One write to AWS, in true time: when the lease was looked at, when it was sent, and when it had ended."""

    replica: str
    worker: int
    looked: float
    sent: float
    ended: float

    @property
    def late(self) -> bool:
        """Whether the process was paused between looking and sending for longer than the margin allows for."""
        return self.sent - self.looked > MARGIN_SECONDS - LEAST_TTL * 2 * DRIFT


@dataclass(frozen=True)
class Change:
    """The table's item became another."""

    at: float
    before: Item | None
    after: Item


@dataclass
class Replica:
    """One process: its clock, its view of the lease, and whether it runs."""

    name: str
    skew: float
    rate: float
    view: View
    alive: bool = True
    stopping: bool = False
    paused_until: float = 0.0
    cut_off_until: float = 0.0
    busy: int = 0


@dataclass
class Simulation:
    """One schedule, from its seed."""

    seed: int
    rules: Rules = field(default_factory=Rules)
    now: float = 0.0
    held: Item | None = None
    changes: list[Change] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    led: list[float] = field(default_factory=list)
    replicas: list[Replica] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._events: list[tuple[float, int, Replica | None, Callable[[], None]]] = []
        self._numbers = count()
        self._troubled = True

    def run(self) -> "Simulation":
        """Trouble for a while; then the leader dies, all else is well, and somebody has to take over."""
        for _ in range(self._random.choice((2, 3, 3))):
            self._start()
        self._at(self._random.uniform(0, 20), None, self._disturb)
        self._until(TROUBLED_SECONDS)
        self._calm()
        self._until(TROUBLED_SECONDS + TAKEOVER_SECONDS)
        return self

    # the kernel: events in order of time, those of a replica that is paused put off to the end of its pause

    def _at(self, delay: float, replica: Replica | None, do: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + delay, next(self._numbers), replica, do))

    def _until(self, end: float) -> None:
        while self._events and self._events[0][0] <= end:
            self.now, _, replica, do = heapq.heappop(self._events)
            if replica is None or (replica.alive and replica.paused_until <= self.now):
                do()
            elif replica.alive:
                self._at(replica.paused_until - self.now, replica, do)
        self.now = end

    def _go(self, replica: Replica, steps: Steps) -> None:
        def resume() -> None:
            delay = next(steps, None)
            if delay is not None:
                self._at(delay, replica, resume)

        self._at(0, replica, resume)

    # what goes wrong

    def _chance(self, probability: float) -> bool:
        return self._troubled and self._random.random() < probability

    def _hiccup(self, often: float) -> float:
        """How long a thread has to wait for its turn: next to nothing, a little, or much too long."""
        if self._chance(0.02):
            return self._random.uniform(0, LONGEST_PAUSE)
        return self._random.uniform(0, MARGIN_SECONDS - 0.1) if self._chance(often) else 0.0

    def _disturb(self) -> None:
        living = [replica for replica in self.replicas if replica.alive]
        victim = self._random.choice(living)
        match self._random.choice(("pause", "cut off", "cut off", "kill", "stop")):
            case "pause":
                victim.paused_until = self.now + self._random.uniform(0.1, LONGEST_PAUSE)
            case "cut off":
                victim.cut_off_until = self.now + self._random.uniform(0.1, LONGEST_PAUSE)
            case "kill":
                victim.alive = False
                self._at(self._random.uniform(0, 10), None, self._start)
            case "stop":
                if not victim.stopping:
                    victim.stopping = True
                    self._go(victim, self._stop(victim))
                    self._at(self._random.uniform(0, 10), None, self._start)
        if any(replica.alive for replica in self.replicas):
            self._at(self._random.uniform(5, 40), None, self._disturb)

    def _calm(self) -> None:
        """From now on nothing is late, lost or paused, and whoever held the lease is dead."""
        self._troubled = False
        self._events = [event for event in self._events if event[2] is not None]
        heapq.heapify(self._events)
        for replica in self.replicas:
            replica.paused_until = replica.cut_off_until = 0.0
            if self.held and replica.name == self.held.holder:
                replica.alive = False
        self._start()

    # what replicas do

    def _start(self) -> None:
        skew = self._random.uniform(-SKEW_SECONDS, SKEW_SECONDS)
        rate = 1 + self._random.uniform(-DRIFT, DRIFT)
        name = f"replica-{len(self.replicas)}"
        replica = Replica(name, skew, rate, View(name, TTL, _START))
        replica.view = View(name, TTL, self._clock(replica))
        self.replicas.append(replica)
        self._go(replica, self._election(replica))
        for worker in range(WORKERS):
            self._go(replica, self._work(replica, worker))

    def _clock(self, replica: Replica) -> datetime:
        return _START + timedelta(seconds=replica.skew + self.now * replica.rate)

    def _election(self, replica: Replica) -> Steps:
        while not replica.stopping:
            now = self._clock(replica)
            when, put = self.rules.upcoming(replica.view)
            if when > now:
                yield (when - now).total_seconds() / replica.rate + 1e-6
            else:
                yield from self._ask(replica, put)

    def _ask(self, replica: Replica, put: Put | None) -> Steps:
        sent = self._clock(replica)
        yield self._hiccup(0.1)
        answer: list[Any] = []
        yield from self._call(replica, put, answer)
        now, rules, view = self._clock(replica), self.rules, replica.view
        if not answer:
            replica.view = rules.unknown(view, "timed out", now)
        elif put is None:
            replica.view = rules.found(view, answer[0], now)
        elif answer[0]:
            replica.view = rules.written(view, put, sent, now)
            if put.item.holder == replica.name:
                self.led.append(self.now)
        else:
            replica.view = lease.outdated(view, now)

    def _call(self, replica: Replica, put: Put | None, answer: list[Any]) -> Steps:
        """A request to the table. Its answer is there when the call returns, or it timed out."""
        arrives = self._random.uniform(0, LONGEST_DELAY) if self._chance(0.08) else self._random.uniform(0.002, 0.2)
        returns = self._random.uniform(0, CALL_SECONDS) if self._chance(0.1) else self._random.uniform(0.002, 0.2)
        replies: list[Any] = []
        if replica.cut_off_until > self.now:
            yield CALL_SECONDS
            return
        if not self._chance(0.08):
            self._at(arrives, None, lambda: replies.append(self._serve(put)))
        if self._chance(0.05):
            self._at(arrives + self._random.uniform(0, LONGEST_DELAY), None, lambda: self._serve(put))
        if arrives + returns > CALL_SECONDS or self._chance(0.08):
            yield CALL_SECONDS
            return
        yield arrives + returns
        answer += replies
        if not replies:
            yield CALL_SECONDS - arrives - returns

    def _serve(self, put: Put | None) -> Any:
        """The table takes a request."""
        if put is None:
            return self.held
        if not self.rules.takes(self.held, put):
            return False
        self.changes.append(Change(self.now, self.held, put.item))
        self.held = put.item
        return True

    def _work(self, replica: Replica, worker: int) -> Steps:
        """Write to AWS, one write after the other, looking at the lease before each."""
        while not replica.stopping:
            yield self._random.uniform(0.1, 1.5)
            if replica.stopping or self.rules.objection(replica.view, self._clock(replica)):
                continue
            replica.busy += 1
            looked = self.now
            yield self._hiccup(0.4)
            times_out = self._random.random() < 0.4
            seconds = CALL_SECONDS if times_out else self._random.uniform(0.02, 1)
            self.writes.append(Write(replica.name, worker, looked, self.now, self.now + seconds))
            yield seconds
            replica.busy -= 1

    def _stop(self, replica: Replica) -> Steps:
        while replica.busy:
            yield 0.05
        if not replica.view.certain:
            yield from self._ask(replica, None)
        if put := lease.release(replica.view):
            yield from self._ask(replica, put)
        replica.alive = False


def violations(schedule: Simulation) -> Iterator[str]:
    """What must never happen and did: an epoch that is not the next, two writers (S17), nobody who takes over (L6)."""
    yield from _of_epochs(schedule.changes)
    yield from _of_writers(schedule.changes, schedule.writes)
    if not any(at > TROUBLED_SECONDS for at in schedule.led):
        yield f"nobody took over within {TAKEOVER_SECONDS:.1f} s of the leader's death"


def _of_epochs(changes: list[Change]) -> Iterator[str]:
    for change in changes:
        former = change.before or Item()
        taken_over = change.after.holder not in ("", former.holder)
        if change.after.epoch != former.epoch + taken_over:
            yield f"{change.at:.2f}: epoch {former.epoch} became {change.after.epoch}: {former} -> {change.after}"


def _of_writers(changes: list[Change], writes: list[Write]) -> Iterator[str]:
    """A write begins while its process holds the lease, and ends before another takes it.

    The one exception is a process that was paused between looking and sending: of each of its threads that one call.
    """
    times = [change.at for change in changes]
    overdue: Counter[tuple[str, int, float]] = Counter()
    for write in sorted(writes, key=lambda write: write.looked):
        looked, ended = bisect_right(times, write.looked), bisect_right(times, write.ended)
        if not looked or changes[looked - 1].after.holder != write.replica:
            yield f"{write}: was begun without the lease"
        others = [change for change in changes[looked:ended] if change.after.holder != write.replica]
        if others and not write.late:
            yield f"{write}: had not ended when another changed the lease: {others[0]}"
        if others:
            overdue[write.replica, write.worker, others[0].at] += 1
    yield from (f"{thread}: {number} writes were late" for thread, number in overdue.items() if number > 1)
