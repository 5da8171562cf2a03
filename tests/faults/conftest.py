"""How much of the faults is tried, and which part."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether everything is tried, and not a part that changes with the seed."""
    return bool(request.config.getoption("--whole"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What decides which faults there are, and when: another one each day, unless one is given."""
    given = request.config.getoption("--seed")
    return int(given) if given is not None else datetime.now(UTC).toordinal()
