"""Ctrl-C and SIGTERM: the first lets things end in order, the second ends the process."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopping(stop: threading.Event, wake: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Set `stop`, and `wake` whoever waits for something else, on the first signal while the block runs."""

    def on_signal(number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()
        wake()

    former = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
