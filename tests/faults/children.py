"""Forked processes that tell their parent what they came to."""

import difflib
import gc
import json
import os
import shutil
import signal
import tempfile
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import reconciler.execute.executor
import reconciler.observe
from tests.faults.ends import end_of
from tests.loop.harness import Stage


class _Inline(ThreadPoolExecutor):
    """Works in the caller's thread: the one that a forked process keeps."""

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        return map(fn, *iterables)


@contextmanager
def one_thread() -> Iterator[None]:
    """The operator works in the caller's thread alone."""
    with (
        patch.object(reconciler.observe, "ThreadPoolExecutor", _Inline),
        patch.object(reconciler.execute.executor, "ThreadPoolExecutor", _Inline),
    ):
        yield


HANGS_AFTER = 120
"""Seconds of real time: a child that takes longer is stuck."""


_PARENT = os.getpid()


def is_child() -> bool:
    """Whether this process was forked by a test, and things have gone wrong in it already."""
    return os.getpid() != _PARENT


def in_a_child(stage: Stage, work: Callable[[int], None]) -> dict[str, Any]:
    """What a forked process tells by the end of a pipe that `work` gets. In the child this returns if `work` does."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        gc.disable()  # a child is short-lived, and looking for garbage copies everything that it shares
        os.close(read)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(HANGS_AFTER)
        stage.root = Path(shutil.copytree(stage.root, tempfile.mkdtemp(dir=stage.root.parent), dirs_exist_ok=True))
        work(write)
        return {}
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return dict(json.loads(told)) if told else {"problem": f"hung for {HANGS_AFTER} s"}


def problems(ends: Mapping[Any, dict[str, Any]], wanted: list[str]) -> list[str]:
    """What each child that did not come to the wanted end did instead, and one line on how."""
    found = []
    for which, told in sorted(ends.items()):
        if problem := told["problem"] or difference(wanted, told["end"]):
            found.append(f"{which}:\n{problem}\nlast writes: {told.get('writes')}")
    return found


def difference(wanted: list[str], got: list[str]) -> str:
    """Two ends, as lines that are in one of them alone."""
    return "\n".join(difflib.unified_diff(wanted, got, "undisturbed", "disturbed", lineterm="", n=0))


def tell(write: int, stage: Stage, play: Callable[[], None]) -> None:
    """Play to the end, tell the parent how that was, and end the process."""
    try:
        play()
        problem = "\n".join(str(violation) for violation in stage.observer.violations)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent is told
        problem = traceback.format_exc()
    writes = deque((f"{call.service} {call.operation}" for call in stage.observer.writes), maxlen=20)
    told = {"problem": problem, "end": end_of(stage.sandbox), "writes": list(writes)}
    with os.fdopen(write, "w") as pipe:
        json.dump(told, pipe)
    os._exit(0)
