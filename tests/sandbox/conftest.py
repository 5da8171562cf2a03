from collections.abc import Iterator

import pytest

from tests.sandbox.with_world import Aws, embedded


@pytest.fixture
def aws() -> Iterator[Aws]:
    """An empty embedded AWS with its world, on a clock that moves when told to."""
    with embedded() as it:
        yield it
