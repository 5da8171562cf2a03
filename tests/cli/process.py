"""A command as a real process: what it prints is awaited line by line, never slept for."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

COMMAND = Path(sys.executable).with_name("reconciler")
PATIENCE_SECONDS = 60.0
_MOST_BYTES = 10_000_000


class Process:
    """`reconciler` with its arguments, run in a directory, killed at the end of the `with` block if need be."""

    def __init__(self, here: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the block
        self._process = subprocess.Popen(
            (COMMAND, *arguments),
            cwd=here,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(env or {}),
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._lines: list[str] = []
        self._seen = 0
        self._over = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._news:
                self._lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def until(self, pattern: str) -> re.Match[str]:
        """The first line, after those that were awaited before, that has the pattern in it."""
        sought, end = re.compile(pattern), time.monotonic() + PATIENCE_SECONDS
        with self._news:
            while True:
                while self._seen < len(self._lines):
                    self._seen += 1
                    if found := sought.search(self._lines[self._seen - 1]):
                        return found
                assert not self._over, f"ended without {pattern!r}:\n{self.told()}"
                assert self._news.wait(end - time.monotonic()), f"no {pattern!r}:\n{self.told()}"

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit code, once all that was printed has been read."""
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join()
        return code

    @property
    def stdout(self) -> str:
        """Everything printed so far."""
        with self._news:
            return "\n".join(self._lines)

    @property
    def stderr(self) -> str:
        """Everything said on stderr so far; not after the `with` block."""
        return os.pread(self._errors.fileno(), _MOST_BYTES, 0).decode()

    def told(self) -> str:
        """All that was said, for the messages of failed assertions."""
        return "\n".join([*self._lines[-60:], "--- stderr", self.stderr[-4000:]])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()
        self._errors.close()
