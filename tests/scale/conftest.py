"""Fleets: one of the seed's size for the tests of a module, small ones for one test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from reconciler.sandbox.refusals import refuse
from tests.scale.fleet import Fleet

SERVICES = 400
BALANCERS = tuple(f"http-{number}" for number in range(8))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """400 services in one cluster, 50 on each of 8 load balancers, in sync."""
    with _running(tmp_path_factory.mktemp("desired")) as fleet:
        fleet.cluster("prod", "prod.example", BALANCERS)
        for number in range(SERVICES):
            fleet.service(f"service-{number:03}", "prod", BALANCERS[number % len(BALANCERS)])
        # Each of 1,200 records would be judged against all that stand: half a minute for what other tests show.
        fleet.sandbox.hooks.before.remove(refuse)
        fleet.converge()
        fleet.sandbox.hooks.before.append(refuse)
        yield fleet


@pytest.fixture
def small_fleet(tmp_path: Path) -> Iterator[Fleet]:
    """An empty `desired/`."""
    with _running(tmp_path) as fleet:
        yield fleet


@contextmanager
def _running(root: Path) -> Iterator[Fleet]:
    clock = SteppedClock()
    with Sandbox(clock, seed=1) as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        yield Fleet(sandbox, clock, root)
