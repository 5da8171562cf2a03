"""Processes that share a mirror take turns."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from reconciler.source.lock import SLICE_SECONDS, LockError, locked

HOLDER = """
import sys, pathlib, reconciler.source.lock as lock
with lock.locked(pathlib.Path(sys.argv[1]), 1):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process, which holds the lock until it ends."""
    process = subprocess.Popen(
        (sys.executable, "-c", HOLDER, tmp_path / "lock"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_that_another_process_holds_is_told_with_what_to_do(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    with (
        holder,
        pytest.raises(LockError, match=r"another process has held .*lock for .* set another source.cache"),
        locked(tmp_path / "lock", SLICE_SECONDS),
    ):
        pytest.fail("two hold the lock")


def test_a_process_that_is_killed_lets_go(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with holder:
        holder.kill()
        holder.wait()

        with locked(tmp_path / "lock", SLICE_SECONDS):
            assert (tmp_path / "lock").exists()


def test_who_waits_can_be_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()

    with (
        locked(tmp_path / "lock", SLICE_SECONDS),
        pytest.raises(LockError, match="stopped"),
        locked(tmp_path / "lock", 9999, stop),
    ):
        pytest.fail("two hold the lock")
