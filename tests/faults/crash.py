"""The operator dies at a boundary of a call, and another one, that knows nothing, goes on from there to the end.

A forked process is a snapshot of everything: operator, clock and AWS. So a script is played once, and at each point
drawn a child is forked in which the operator is dead from then on; the parent plays on as if nothing had happened.
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
from tests.faults.children import in_a_child, is_child, tell
from tests.faults.lot import Lot
from tests.loop.harness import Scene, Stage, is_operators

LATEST = 12
"""So many calls at most has the successor made when a write of its dead predecessor arrives."""


class Moment(StrEnum):
    """When the operator dies. A read changes nothing: of its moments only the one before it counts."""

    BEFORE = "before"
    IN_FLIGHT = "in flight"  # sent, and carried out when the successor is already at work
    AFTER = "after"  # carried out; the answer never arrived


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


@dataclass
class Crashes:
    """Lets the operator die at a share of its calls; `ends` then has what each death led to."""

    stage: Stage
    script: Sequence[Step]
    writes: Lot
    """Draws from three moments of each write."""
    reads: Lot
    dice: random.Random
    at: int = 0
    """The step that is being played."""
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    _number: int = 0
    _landed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        hooks = self.stage.sandbox.hooks
        hooks.before.insert(0, self._before)
        hooks.after.append(self._after)

    def _before(self, call: Call) -> None:
        if not is_child() and is_operators():
            self._number += 1
            self._die(call, Moment.BEFORE)
            if not is_read(call.operation):
                self._die(call, Moment.IN_FLIGHT)

    def _after(self, call: Call, _error: str | None) -> None:
        if not is_child():
            if is_operators() and not is_read(call.operation):
                self._die(call, Moment.AFTER)
        elif request.headers.get("User-Agent") == "in flight":
            self._landed.set()
            self.stage.sandbox.hooks.lock.release()
            threading.Event().wait()  # the process ends elsewhere

    def _die(self, call: Call, moment: Moment) -> None:
        if (self.reads if is_read(call.operation) else self.writes).draw():
            late = self.dice.randint(1, LATEST)
            told = in_a_child(self.stage, lambda write: self._live_on(write, moment, late))
            self.ends[f"{moment} call {self._number}, {call.operation}"] = told

    def _live_on(self, write: int, moment: Moment, late: int) -> None:
        """In the child. Returns only to let the dead operator's last call be carried out."""
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
            if moment is Moment.IN_FLIGHT:
                self.stage.sandbox.hooks.before.insert(0, wait_for_the_late_one)
            self.script[self.at].work(self.stage)
            for step in self.script[self.at + 1 :]:
                step.play(self.stage)

        lock.release()  # calls are answered under it, and the successor makes its own in other threads
        threading.Thread(target=tell, args=(write, self.stage, go_on)).start()
        if moment is Moment.IN_FLIGHT:
            arrives.wait()
            lock.acquire()
            request.environ["HTTP_USER_AGENT"] = "in flight"  # nobody's decision any more: not judged as the operator's
        else:
            threading.Event().wait()
