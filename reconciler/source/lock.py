"""A lock between processes, kept by the kernel: whoever holds it and dies, however, has let go of it."""

import fcntl
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SLICE_SECONDS = 0.05


class LockError(Exception):
    """The lock could not be had: why."""


@contextmanager
def locked(path: Path, seconds: float, stop: threading.Event | None = None) -> Iterator[None]:
    """Hold the lock while the block runs; raise `LockError` when others have it for too long, or `stop` is set.

    The file at `path` is made if need be and stays: one that were removed could be held twice.
    """
    with path.open("ab") as file:
        _wait_for(file.fileno(), path, seconds, stop or threading.Event())
        yield


def _wait_for(file: int, path: Path, seconds: float, stop: threading.Event) -> None:
    for _ in range(math.ceil(seconds / SLICE_SECONDS)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if stop.wait(SLICE_SECONDS):
                raise LockError("stopped") from None
        else:
            return
    raise LockError(f"another process has held {path} for {seconds:.0f} s: wait for it, or set another source.cache")
