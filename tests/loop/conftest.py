"""The stage that loop tests play on: the whole operator, an embedded AWS, a stepped clock, watched by the observer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox, Scenario
from tests.invariants.observer import Observer
from tests.loop.harness import CANARY, CLUSTER, Stage
from tests.permissions.watch import Rights
from tests.transport import in_process


@pytest.fixture
def scenario() -> Scenario:
    """How images behave; tests override it."""
    return Scenario()


@pytest.fixture
def stage(tmp_path: Path, observe: Callable[..., Observer], scenario: Scenario) -> Iterator[Stage]:
    """A stage with the furnished cluster `test`."""
    with played(tmp_path, observe, scenario) as built:
        yield built


@contextmanager
def played(root: Path, observe: Callable[..., Observer], scenario: Scenario) -> Iterator[Stage]:
    """A stage on which a scenario is played, all that it tells searched for the planted secret at the end."""
    clock = SteppedClock()
    with Sandbox(clock, scenario, seed=1) as sandbox, in_process(sandbox), pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        built = Stage(sandbox, clock, root, observe(sandbox, canary=CANARY))
        built.write("clusters/test.yml", CLUSTER)
        built.furnish()
        rights = Rights(sandbox, root)
        sandbox.hooks.before.append(rights.judge)
        yield built
        assert rights.exceeded == []
        built.observer.assert_no_secret(built.told())
