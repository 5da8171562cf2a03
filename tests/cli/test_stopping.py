"""What a signal does, whatever it interrupts."""

import signal
import threading
from queue import SimpleQueue

from reconciler.cli.stopping import stopping


def test_a_signal_is_acted_upon_beside_the_main_thread_which_may_hold_any_lock() -> None:
    stop, acted = threading.Event(), SimpleQueue[threading.Thread]()

    with stopping(stop, lambda: acted.put(threading.current_thread())):
        signal.raise_signal(signal.SIGTERM)
        assert acted.get() is not threading.main_thread()

    assert stop.is_set()
