"""Fixtures that tests of every folder share."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest
from botocore.loaders import JSONFileLoader

from reconciler.sandbox import Sandbox
from tests.invariants.observer import Observer

_load = JSONFileLoader.load_file


@cache
def _model(path: str) -> Any:
    return _load(JSONFileLoader(), path)


# Service models are large and live as long as the process: looking for garbage among them again and again takes a tenth
# of the time of the suite.
gc.set_threshold(100_000, 50, 100)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What tests/faults and tests/process are told."""
    group = parser.getgroup("faults")
    group.addoption("--whole", action="store_true", help="try every fault, not just a part that changes every day")
    group.addoption("--seed", type=int, help="replay the faults of a day: the number that a failure tells")


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether everything is tried, and not a part that changes with the seed."""
    return bool(request.config.getoption("--whole"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What decides which faults there are, and when: another one each day, unless one is given."""
    return seed_of(request.config)


def seed_of(config: pytest.Config) -> int:
    """The seed that was given, else the day's."""
    given = config.getoption("--seed")
    return int(given) if given is not None else datetime.now(UTC).toordinal()


@pytest.fixture(autouse=True, scope="session")
def _models_are_read_once() -> Iterator[None]:
    """No session reads a service's model that another one has read."""
    with patch.object(JSONFileLoader, "load_file", lambda _loader, path: _model(path)):
        yield


@pytest.fixture
def observe() -> Iterator[Callable[..., Observer]]:
    """Put a sandbox under observation: `observe(sandbox, canary=...)`, see `tests.invariants.observer`.

    The test fails at its end if the operator has violated an invariant, or was never seen.
    """
    observers: list[Observer] = []
    with ExitStack() as watching:

        def begin(sandbox: Sandbox, **more: object) -> Observer:
            observer = watching.enter_context(Observer(sandbox, **more))  # type: ignore[arg-type]
            observers.append(observer)
            return observer

        yield begin
    for observer in observers:
        observer.assert_upheld()
