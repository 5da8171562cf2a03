from collections.abc import Iterator

import pytest

from tests.invariants.estate import Estate, estate


@pytest.fixture
def web() -> Iterator[Estate]:
    """The service `web` in two colours, blue with the traffic."""
    with estate() as it:
        yield it
