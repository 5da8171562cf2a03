"""Fleets: one of the seed's size for the tests of a module, small ones for one test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.scale.fleet import Fleet
from tests.transport import in_process


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """400 services in one cluster, 50 on each of 8 load balancers, in sync."""
    with _running(tmp_path_factory.mktemp("desired")) as fleet:
        fleet.fill(400, 50)
        yield fleet


@pytest.fixture
def small_fleet(tmp_path: Path) -> Iterator[Fleet]:
    """An empty `desired/`."""
    with _running(tmp_path) as fleet:
        yield fleet


@contextmanager
def _running(root: Path) -> Iterator[Fleet]:
    clock = SteppedClock()
    with Sandbox(clock, seed=1) as sandbox, in_process(sandbox), pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        yield Fleet(sandbox, clock, root)
