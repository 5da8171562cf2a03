"""The only clock. Everything that asks for the time takes a `Clock`, so tests step it and the sandbox runs it fast."""

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, in aware UTC datetimes, and waits."""

    def now(self) -> datetime:
        """The time."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set or `seconds` of this clock have passed; true when the event is set."""
        ...


class SystemClock:
    """The machine's time, read once and carried on by a clock that only ever goes forward.

    A step of the wall clock (NTP) therefore neither shortens a bake nor lengthens a wait
    within one process. `speed` > 1 makes time pass faster: the sandbox uses it.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._origin = datetime.now(UTC)
        self._started = _steady()

    def now(self) -> datetime:
        """The time at the start plus what has passed, times the speed."""
        return self._origin + timedelta(seconds=(_steady() - self._started) * self._speed)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set or `seconds` (of this clock) have passed; true when the event is set."""
        return event.wait(max(0.0, seconds / self._speed))


class CorrectedClock:
    """Another clock, put right by what AWS says the time is.

    What one process writes down another one reads, perhaps on a machine whose clock is wrong: so that a bake is as long
    as it should be all the same, the times that are written down are AWS's. How long something takes is told by the
    other clock, `machine`: this one may be put right meanwhile.
    """

    def __init__(self, machine: Clock) -> None:
        self.machine = machine
        self._error = timedelta()

    def heard(self, told: datetime, seconds: float) -> None:
        """AWS has said what the time is, in whole seconds, in answer to a call that took so many `seconds`."""
        latest = told + timedelta(seconds=1 + seconds)
        self._error = min(max(self.now(), told), latest) - self.machine.now()

    def now(self) -> datetime:
        """The other clock's time, put right."""
        return self.machine.now() + self._error

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait as the other clock does."""
        return self.machine.wait(event, seconds)


def _steady() -> float:
    """Seconds since some moment; on Linux, those in which the machine was suspended as well."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


class SteppedClock:
    """A clock that moves only when told to. For tests and simulations."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """The time it was last stepped to."""
        return self._now

    def step(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now += timedelta(seconds=seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Step by `seconds` at once; true when the event is set."""
        if not event.is_set():
            self.step(seconds)
        return event.is_set()
