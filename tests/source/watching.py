"""Runs a source's watch in its thread, and waits for its calls without ever sleeping blindly."""

import queue
import threading
from types import TracebackType
from typing import Self

from reconciler.source import Source, SourceError, Tree

PATIENCE_SECONDS = 20.0


class Watching:
    """A source being watched, and read at each wake, for as long as the `with` block runs.

    `tell` goes to the source as `on_error`.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.errors: queue.Queue[str] = queue.Queue()
        self._readings: queue.Queue[Tree | SourceError] = queue.Queue()

    def tell(self, error: SourceError) -> None:
        self.errors.put(str(error))

    def of(self, source: Source) -> Self:
        def wake() -> None:
            try:
                self._readings.put(source.read())
            except SourceError as error:
                self._readings.put(error)

        self._thread = threading.Thread(target=source.watch, args=(self.stop, wake), daemon=True)
        self._thread.start()
        return self

    def wait_for_wake(self) -> Tree | SourceError:
        """What was read, or why nothing could be."""
        return self._readings.get(timeout=PATIENCE_SECONDS)

    def wait_for_tree(self) -> Tree:
        """The first reading that comes about."""
        while isinstance(read := self.wait_for_wake(), SourceError):
            pass
        return read

    def wait_for_error(self) -> str:
        return self.errors.get(timeout=PATIENCE_SECONDS)

    def forget_wakes(self) -> None:
        while not self._readings.empty():
            self._readings.get_nowait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "watch goes on although it was told to stop"
