"""What a source gives: a tree of files at one revision, each with its content or why it can't be used."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_FILE_BYTES = 1024 * 1024
MAX_TREE_BYTES = 64 * 1024 * 1024  # some 50,000 services; memory for what would be refused is never taken
TOO_LARGE = "larger than 1 MiB: a spec is small, so split it or move the data elsewhere"


class SourceError(Exception):
    """Desired state can't be read now: the message says what is wrong and what to do."""


@dataclass(frozen=True)
class SourceFile:
    """A file of the tree: its content, or the problem that keeps it from being used.

    The path is POSIX and relative to the tree's root. A folder that can't be looked into is listed too, with
    its problem, so that what it holds is never taken for deleted.
    """

    path: str
    content: bytes | None
    problem: str | None = None


def check_total(size: int) -> None:
    """Refuse a tree whose files are too much together, in bytes. Raises `SourceError`."""
    if size > MAX_TREE_BYTES:
        raise SourceError(f"the files are larger than {MAX_TREE_BYTES // 1024**2} MiB together: is it specs alone?")


@dataclass(frozen=True)
class Tree:
    """One consistent reading of a source; `files` are sorted by path.

    `history` are the commits that led to the revision, itself among them; None where revisions have no order.
    """

    revision: str
    files: tuple[SourceFile, ...]
    committed_at: datetime | None = None
    history: frozenset[str] | None = None


class Source(Protocol):
    """Gives desired state, and wakes the loop when it may have changed."""

    @property
    def description(self) -> str:
        """Where it reads from, free of credentials."""
        ...

    def read(self) -> Tree:
        """Read the newest revision whole, or raise `SourceError`."""
        ...

    def watch(self, stop: threading.Event, wake: Callable[[], None]) -> None:
        """Call `wake`, which reads, once watching has begun and then on each change, until `stop` is set.

        Outlives every outage of the source, and wakes when one is over. Of a remote, a reading that failed is tried
        again though nothing has changed.
        """
        ...


def is_hidden(name: str) -> bool:
    """Tell dot files and what editors leave lying about, such as `#service.yml#`."""
    return name.startswith((".", "#", "~"))


def is_spec(name: str) -> bool:
    """Tell the files that people write specs in from the README beside them."""
    return name.endswith((".yml", ".yaml"))
