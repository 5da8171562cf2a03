"""Ctrl-C and SIGTERM: the first lets things end in order, the second ends the process."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue


@contextmanager
def stopping(stop: threading.Event, wake: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Set `stop`, and `wake` whoever waits for something else, on the first signal while the block runs.

    In a thread of its own: what a handler interrupts may hold the very lock that an event's `set` waits for.
    """
    signals: SimpleQueue[int] = SimpleQueue()  # whose `put` may interrupt itself
    heard = False

    def on_signal(number: int, _frame: object) -> None:
        nonlocal heard
        if heard:
            os._exit(128 + number)
        heard = True
        signals.put(number)

    def act() -> None:
        if signals.get():
            stop.set()
            wake()

    threading.Thread(target=act, name="signals", daemon=True).start()
    former = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        signals.put(0)
