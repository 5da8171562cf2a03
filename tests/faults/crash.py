"""The operator dies at a boundary of a call, and another one, that knows nothing, goes on from there to the end.

A forked process is a snapshot of everything: operator, clock and AWS. So a scenario is played once, and at each chosen
point a child is forked in which the operator is dead from then on; the parent plays on as if nothing had happened.
"""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import request

from reconciler.aws.gateway import is_read
from reconciler.sandbox import Call
from tests.faults.children import in_a_child, tell
from tests.loop.harness import Scene, Stage, is_operators

LATEST = 12
"""So many calls at most has the successor made when a write of its dead predecessor arrives."""


class Moment(StrEnum):
    """When the operator dies. A read changes nothing: of its moments only the one before it counts."""

    BEFORE = "before"
    IN_FLIGHT = "in flight"  # sent, and carried out when the successor is already at work
    AFTER = "after"  # carried out; the answer never arrived


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A call of the operator's, counted from the start of the script, and a moment of it."""

    number: int
    operation: str
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} call {self.number}, {self.operation}"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens, and until when the operator works on it: to its rest, or until something is so after a pass."""

    act: Callable[[Scene], None]
    upto: Callable[[Stage], bool] = lambda _: False

    def play(self, stage: Stage) -> None:
        """Let it happen."""
        self.act(stage)
        self.work(stage)

    def work(self, stage: Stage) -> None:
        """Let the operator work on it."""
        stage.run(self.upto)


def reference(stage: Stage, script: Sequence[Step]) -> tuple[list[str], list[str]]:
    """The operations that the script takes when nobody dies, in order, and the end it comes to. Leaves no trace."""
    calls: list[str] = []

    def count(call: Call) -> None:
        if is_operators():
            calls.append(call.operation)

    def play() -> None:
        stage.sandbox.hooks.before.insert(0, count)
        for step in script:
            step.play(stage)

    told = in_a_child(stage, lambda write: tell(write, stage, play, lambda: calls))
    assert not told["problem"], told["problem"]
    return told["more"], told["end"]


def choose(calls: Sequence[str], most: int, dice: random.Random) -> frozenset[Point]:
    """At most so many points, those of writes before those of reads."""
    numbered = list(enumerate(calls, 1))
    writes = [Point(number, name, moment) for number, name in numbered if not is_read(name) for moment in Moment]
    reads = [Point(number, name, Moment.BEFORE) for number, name in numbered if is_read(name)]
    dice.shuffle(writes)
    dice.shuffle(reads)
    some_reads = max(most // 3, most - len(writes))
    return frozenset([*reads[:some_reads], *writes][:most])


@dataclass
class Crashes:
    """Plays a script, and what follows each chosen point when the operator dies there."""

    stage: Stage
    script: Sequence[Step]
    points: frozenset[Point]
    dice: random.Random
    ends: dict[Point, dict[str, Any]] = field(default_factory=dict)
    _number: int = 0
    _at: int = 0
    _dead: bool = False
    _landed: threading.Event = field(default_factory=threading.Event)

    def play(self) -> None:
        """The script to its end; `ends` then has what each child came to."""
        hooks = self.stage.sandbox.hooks
        hooks.before.insert(0, self._before)
        hooks.after.append(self._after)
        for number, step in enumerate(self.script):
            self._at = number
            step.play(self.stage)
        hooks.before.remove(self._before)
        hooks.after.remove(self._after)

    def _before(self, call: Call) -> None:
        if self._dead or not is_operators():
            return
        self._number += 1
        self._die_at(Point(self._number, call.operation, Moment.BEFORE))
        self._die_at(Point(self._number, call.operation, Moment.IN_FLIGHT))

    def _after(self, call: Call, _error: str | None) -> None:
        if self._dead:
            if request.headers.get("User-Agent") == "in flight":
                self._landed.set()
                self.stage.sandbox.hooks.lock.release()
                threading.Event().wait()  # the process ends elsewhere
        elif is_operators():
            self._die_at(Point(self._number, call.operation, Moment.AFTER))

    def _die_at(self, point: Point) -> None:
        if point in self.points:
            late = self.dice.randint(1, LATEST)
            self.ends[point] = in_a_child(self.stage, lambda write: self._live_on(write, point, late))

    def _live_on(self, write: int, point: Point, late: int) -> None:
        """In the child. Returns only to let the dead operator's last call be carried out."""
        self._dead = True
        lock = self.stage.sandbox.hooks.lock
        arrives = threading.Event()

        def wait_for_the_late_one(_call: Call) -> None:
            nonlocal late
            if is_operators():
                late -= 1
                if late == 0:
                    lock.release()
                    arrives.set()
                    self._landed.wait()
                    lock.acquire()

        def go_on() -> None:
            self.stage.restart()
            if point.moment is Moment.IN_FLIGHT:
                self.stage.sandbox.hooks.before.insert(0, wait_for_the_late_one)
            self.script[self._at].work(self.stage)
            for step in self.script[self._at + 1 :]:
                step.play(self.stage)

        lock.release()  # calls are answered under it, and the successor makes its own in other threads
        threading.Thread(target=tell, args=(write, self.stage, go_on)).start()
        if point.moment is Moment.IN_FLIGHT:
            arrives.wait()
            lock.acquire()
            request.environ["HTTP_USER_AGENT"] = "in flight"  # nobody's decision any more: not judged as the operator's
        else:
            threading.Event().wait()
