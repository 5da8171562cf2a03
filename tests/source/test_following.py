"""A source that is followed is followed for good: what nobody foresaw is told, and the next reading counts."""

import io
import threading
from collections.abc import Callable

import pytest

from reconciler import loop as loops
from reconciler.aws import Gateway
from reconciler.cli.wiring import Silent
from reconciler.clock import SteppedClock
from reconciler.loop import Loop, follow
from reconciler.observe import Observer
from reconciler.report import log
from reconciler.report.status import OperatorStatus
from reconciler.source import Tree
from reconciler.spec.models import ClusterSpec


class Changing:
    """A source that changes once for each reading given, and then says to stop. An exception is raised.

    What is in `watches` is raised by watching, each at one attempt.
    """

    description = "a source"

    def __init__(self, *readings: Tree | Exception, watches: tuple[Exception, ...] = ()) -> None:
        self._readings, self._watches = list(readings), list(watches)

    def read(self) -> Tree:
        reading = self._readings.pop(0)
        if isinstance(reading, Exception):
            raise reading
        return reading

    def watch(self, stop: threading.Event, wake: Callable[[], None]) -> None:
        if self._watches:
            raise self._watches.pop(0)
        while self._readings:
            wake()
        stop.set()


def followed(source: Changing) -> OperatorStatus:
    """What an operator without clusters says after it has followed the source to its end."""

    def gateway(name: str, cluster: ClusterSpec) -> Gateway:
        raise AssertionError(f"no cluster is desired, but here is {name}: {cluster}")

    clock = SteppedClock()
    loop, stop = Loop(Observer("owner", gateway, clock), clock, Silent()), threading.Event()
    follow(source, loop.accept, stop)
    loop.run_pass(None, threading.Event())
    return loop.status


@pytest.fixture
def told() -> io.StringIO:
    """The log."""
    stream = io.StringIO()
    log.configure(SteppedClock(), "json", stream=stream)
    return stream


def test_a_reading_that_breaks_is_told_as_a_defect_with_its_traceback(told: io.StringIO) -> None:
    status = followed(Changing(ValueError("no such number")))

    assert status.source_error == "reading failed, please report this defect: ValueError('no such number')"
    assert "in read" in told.getvalue()


@pytest.mark.usefixtures("told")
def test_after_a_reading_that_broke_the_next_one_counts() -> None:
    status = followed(Changing(ValueError("no such number"), Tree("4b5c6d7", ())))

    assert (status.revision, status.source_error) == ("4b5c6d7", "")


@pytest.mark.usefixtures("told")
def test_a_watch_that_breaks_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_SOON", 0.0)

    status = followed(Changing(Tree("4b5c6d7", ()), watches=(ValueError("no such number"),)))

    assert (status.revision, status.source_error) == ("4b5c6d7", "")


@pytest.mark.usefixtures("told")
def test_a_watch_that_breaks_is_told_as_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_SOON", 0.0)

    status = followed(Changing(watches=(ValueError("no such number"),)))

    assert status.source_error == "watching failed, please report this defect: ValueError('no such number')"
