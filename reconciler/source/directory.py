"""Desired state in a local directory, read as it lies there and watched for changes."""

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import watchfiles
from watchfiles import Change

from reconciler.source.listing import MAX_ENTRIES, Listing, join, spec_files
from reconciler.source.tree import MAX_FILE_BYTES, TOO_LARGE, SourceError, SourceFile, Tree, check_total, is_hidden

MAX_READINGS = 10
DEBOUNCE_MS = 500  # changes closer together than watchfiles' step (50 ms) are one, for at most this long
CHECK_MS = 500  # how often to see whether the directory is still the one being watched
RETRY_SECONDS = 1.0
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class DirectorySource:
    """A directory of specs on this machine.

    Every file is read until two readings in a row agree, so a tree is never a mixture of before and after.
    """

    def __init__(self, path: Path, on_error: Callable[[SourceError], None] = lambda _: None) -> None:
        self._path = path.absolute()
        self._on_error = on_error

    @property
    def description(self) -> str:
        """The directory's path."""
        return str(self._path)

    def read(self) -> Tree:
        """Read the directory; the revision is a digest of what it holds."""
        before: tuple[SourceFile, ...] | None = None
        for _ in range(MAX_READINGS):
            files = self._read_once()
            if files is not None and files == before:
                return Tree(revision=_digest(files), files=files)
            before = files
        raise SourceError(f"{self._path} changes faster than it can be read: wait until it is at rest")

    def watch(self, stop: threading.Event, wake: Callable[[], None]) -> None:
        """Wake on changes of files that are not hidden; wait for a directory that is not there."""
        told = ""
        polling = False
        while not stop.is_set():
            try:
                for _ in self._changes(stop, polling=polling):
                    told = ""
                    wake()
            except (OSError, RuntimeError) as error:  # watchfiles' own errors are RuntimeErrors
                # If the directory is there, inotify has most likely run out of watches: polling needs none.
                polling = self._path.is_dir()
                if str(error) != told:
                    told = str(error)
                    self._on_error(SourceError(f"cannot watch {self._path}, trying again: {error}"))
                stop.wait(RETRY_SECONDS)

    def _changes(self, stop: threading.Event, *, polling: bool) -> Iterator[None]:
        """Yield at the start and on each change, until what is at the path is another directory."""
        root = self._path.resolve(strict=True)
        watched = _identity(self._path)
        begun = False
        for changes in watchfiles.watch(
            root,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            rust_timeout=CHECK_MS,
            yield_on_timeout=True,
            stop_event=stop,
            force_polling=polling or None,
            ignore_permission_denied=True,
        ):
            if not begun or any(_is_visible(root, Path(path)) for _, path in changes):
                begun = True
                yield
            if (Change.deleted, str(root)) in changes or _identity(self._path) != watched:
                return

    def _read_once(self) -> tuple[SourceFile, ...] | None:
        """Read everything once, or return None when something vanished meanwhile."""
        try:
            root = self._path.resolve(strict=True)
            return spec_files(_list(root), lambda paths: _read_files(root, paths))
        except (FileNotFoundError, NotADirectoryError):
            if self._path.is_dir():
                return None
            raise SourceError(f"{self._path} is not a directory: create it, or correct the setting") from None
        except (OSError, RuntimeError) as error:  # RuntimeError: the path is a loop of symlinks
            raise SourceError(f"cannot read {self._path}: {error}") from None


def _list(root: Path) -> Listing:
    files: list[str] = []
    links: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with _opened(root, folder) as descriptor, os.scandir(descriptor) as entries:
                for entry in entries:
                    path = join(folder, entry.name)
                    if is_hidden(entry.name):
                        continue
                    if entry.is_symlink():
                        links[path] = _target(root, path, os.readlink(entry.name, dir_fd=descriptor))
                    elif entry.is_dir(follow_symlinks=False):
                        pending.append(path)
                    else:
                        files.append(path)
        except PermissionError as error:
            if not folder:
                raise
            unreadable[folder] = _unreadable(error)
        if len(files) > MAX_ENTRIES:
            raise SourceError(f"{root} holds more than {MAX_ENTRIES} files: is it the directory of the specs?")
    return Listing(files, links, unreadable)


@contextmanager
def _opened(root: Path, folder: str) -> Iterator[int]:
    """A descriptor of a folder of the tree, with no link on the way: what has taken its place is not looked into."""
    descriptor = os.open(root, _FOLDER)
    try:
        for part in filter(None, folder.split("/")):
            inner = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _target(root: Path, path: str, target: str) -> str:
    """Where a link leads; an absolute one into the tree is made relative, so that it counts as inside."""
    if Path(target).is_absolute() and Path(target).is_relative_to(root):
        return os.path.relpath(target, (root / path).parent)
    return target


def _read_files(root: Path, paths: Collection[str]) -> Mapping[str, SourceFile]:
    files: dict[str, SourceFile] = {}
    total = 0
    for path in paths:
        files[path] = _read_file(root, path)
        total += len(files[path].content or b"")
        check_total(total)
    return files


def _read_file(root: Path, path: str) -> SourceFile:
    folder, _, name = path.rpartition("/")
    try:
        with _opened(root, folder) as parent:
            if not stat.S_ISREG(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                return SourceFile(path, None, "not a regular file: replace it by one")
            # Whatever has taken its place since then: a link is not followed, and a pipe without a writer is empty.
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        return SourceFile(path, None, _unreadable(error))
    if len(content) > MAX_FILE_BYTES:
        return SourceFile(path, None, TOO_LARGE)
    return SourceFile(path, content)


def _unreadable(error: OSError) -> str:
    return f"unreadable: {error.strerror}: let the operator read it"


def _digest(files: tuple[SourceFile, ...]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(repr((file.path, file.problem, file.content)).encode())
    return f"dir:{digest.hexdigest()[:12]}"


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _is_visible(root: Path, changed: Path) -> bool:
    return not any(map(is_hidden, changed.relative_to(root).parts))
