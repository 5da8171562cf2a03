"""Real operators on one AWS, one after the other: the first is killed at one of its calls, and another takes over."""

import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from types import TracebackType
from typing import Self

from reconciler.aws.gateway import is_read
from reconciler.sandbox import AwsRefusal, Call
from tests.cli.process import Process
from tests.faults.children import difference
from tests.faults.ends import end_of
from tests.loop.harness import Scene, is_operators

PATIENCE_SECONDS = 90.0
SETTINGS = """
[loop]
sweep = "1s"
[http]
listen = "127.0.0.1:0"
[log]
level = "error"
"""
_AT_REST = 2
"""So many sweeps in a row, without a write before or between, say that the operator has nothing left to do."""


class Moment(StrEnum):
    """When a process is killed, as seen from a write."""

    BEFORE = "before"  # the write never arrives
    DURING = "during"  # the write is carried out when its sender is dead
    AFTER = "after"  # it is carried out, and the answer comes too late
    LATER = "at a read after"


@dataclass(frozen=True, slots=True)
class Kill:
    """A moment of a write, counted from when the script begins."""

    write: int
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} write {self.write}"


class Operators:
    """Runs `reconciler run` in the scene's directory, and again when it has been killed.

    `died` once the kill has happened, which counts from `begin`; failures are told of `what`.
    """

    def __init__(self, scene: Scene, kill: Kill, what: str) -> None:
        self._scene, self._kill, self._what = scene, kill, what
        self._running = ExitStack()
        self._news = Event()
        self._process: Process | None = None
        self._begun = self.died = False
        self._writes = self._quiet = 0
        self._wrote = False

    def begin(self) -> None:
        """From now on writes are counted."""
        with self._scene.sandbox.hooks.lock:
            self._begun = True

    def come_to(self, end: list[str]) -> None:
        """Wait until this is the end of it. Another operator starts when one was killed."""
        until = time.monotonic() + PATIENCE_SECONDS
        self._quiet = 0
        while time.monotonic() < until:
            if self._process is None:
                self._process = self._running.enter_context(self._start())
            self._news.wait(1)
            self._news.clear()
            if self._quiet >= _AT_REST and end_of(self._scene.sandbox) == end:
                return
        told = self._process.told() if self._process else "killed"
        instead = difference(end, end_of(self._scene.sandbox))
        raise AssertionError(f"{self._what}, killed {self._kill}: another end:\n{instead}\n{told}")

    def _start(self) -> Process:
        here = self._scene.root.parent
        (here / "reconciler.toml").write_text(SETTINGS)
        return Process(here, "run", env=dict(self._scene.sandbox.environment()))

    def __enter__(self) -> Self:
        hooks = self._scene.sandbox.hooks
        with hooks.lock:
            hooks.before.insert(0, self._before)
            hooks.after.append(self._after)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def _before(self, call: Call) -> None:
        if not is_operators():
            return
        if call.operation == "ListServices":
            self._sweep()
        if not is_read(call.operation):
            self._wrote = True
            self._writes += self._begun
        if self._is_due(call, Moment.LATER if is_read(call.operation) else Moment.BEFORE):
            self._die()
            raise AwsRefusal("Killed", "who asks is dead")
        if self._is_due(call, Moment.DURING):
            self._die()

    def _after(self, call: Call, _error: str | None) -> None:
        if is_operators() and self._is_due(call, Moment.AFTER):
            self._die()

    def _is_due(self, call: Call, moment: Moment) -> bool:
        """Whether this is the moment. Several writes may follow each other without a read."""
        if self.died or moment is not self._kill.moment:
            return False
        if moment is Moment.LATER:
            return self._writes >= self._kill.write
        return self._writes == self._kill.write and not is_read(call.operation)

    def _die(self) -> None:
        assert self._process
        self.died = self._process.end(signal.SIGKILL) == -signal.SIGKILL
        self._process = None
        self._quiet = 0
        self._news.set()

    def _sweep(self) -> None:
        self._quiet = 0 if self._wrote else self._quiet + 1
        self._wrote = False
        self._news.set()
