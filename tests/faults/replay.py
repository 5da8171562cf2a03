"""What makes a failure one that can be looked into."""

import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def replayed_by(seed: int) -> Iterator[None]:
    """Whatever fails inside tells the seed. The jitter of the retry layer goes by it as well."""
    random.seed(seed)
    try:
        yield
    except BaseException as error:
        error.add_note(f"replay with --seed {seed}")
        raise
