"""A bare mirror of one branch, its history, and what its trees and blobs hold, read with git's plumbing."""

import shutil
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.source.command import GitError, git
from reconciler.source.listing import Listing
from reconciler.source.tree import MAX_FILE_BYTES, TOO_LARGE, SourceFile, check_total, is_hidden

FETCH_SECONDS = 600.0  # the first fetch brings the whole history
LOCAL_SECONDS = 30.0
MAX_LINK_BYTES = 4096  # as Linux has it
REFERENCES = "refs/reconciler"
TIP = f"{REFERENCES}/tip"
_LINK, _SUBMODULE = b"120000", b"160000"
_ELSEWHERE = "a submodule, whose files are in another repository: copy what is needed into this one"
_WHOLE = "--depth=2147483647"  # all of the history, of a mirror that was shallow too: git-fetch(1), --unshallow


@dataclass(frozen=True)
class Commit:
    """A commit and the object id of its root tree."""

    id: str
    tree: str
    committed_at: datetime | None


@dataclass(frozen=True)
class Descent:
    """A commit, those it was made upon, and when its committer says that was, in seconds since 1970."""

    id: str
    parents: tuple[str, ...]
    dated: int


@dataclass(frozen=True)
class Entry:
    """A file or a symlink in a git tree, and the blob that holds its content or its target.

    A submodule has neither here, but a commit of another repository.
    """

    mode: bytes
    blob: bytes
    size: int

    @property
    def is_link(self) -> bool:
        """Whether it is a symlink."""
        return self.mode == _LINK

    @property
    def is_submodule(self) -> bool:
        """Whether it is the place of another repository."""
        return self.mode == _SUBMODULE


class Mirror:
    """The repository in `directory`, for one user at a time.

    Every method that reads raises `GitError` when the mirror is broken, or `stop` is set.
    """

    def __init__(self, directory: Path, stop: threading.Event | None = None) -> None:
        self._directory, self._stop = directory, stop

    def fetch(self, url: str, branch: str) -> Commit:
        """Make the mirror if need be, and bring the newest commit of a branch into it.

        The history comes with it, which tells whether one commit descends from another. A force-push is a fetch like
        any other. The reference keeps the objects that the next fetch builds on.
        """
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._git("init", "--quiet", "--bare", "--template=")
        self._git(
            *("fetch", "--quiet", _WHOLE, "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
            *("--", url, f"+refs/heads/{branch}:{TIP}"),
            seconds=FETCH_SECONDS,
        )
        return self.commit(TIP)

    def commit(self, reference: str) -> Commit:
        """Give the commit that a reference names; `GitError` when there is none."""
        form = "%(objectname) %(tree) %(committerdate:unix)"
        found = self._git("for-each-ref", f"--format={form}", reference).decode().split()
        if not found:
            raise GitError("nothing was read before")
        commit, tree, seconds = found
        return Commit(commit, tree, _moment(seconds))

    def is_whole(self) -> bool:
        """Tell whether the history goes back to its beginning: a remote that is a shallow clone gives a part of it."""
        return self._git("rev-parse", "--is-shallow-repository").strip() == b"false"

    def commits(self, until: str, without: Iterable[str] = ()) -> list[str]:
        """List the commits that led to one, itself among them, parents first; not those that led to others."""
        excluded = (f"^{commit}" for commit in without)
        return self._git("rev-list", "--topo-order", "--reverse", until, *excluded, "--").decode().split()

    def descents(self, until: str, since: Iterable[str] = ()) -> list[Descent]:
        """List the commits that led to one, as `commits` does; from others on, these included."""
        earlier = (f"{commit}^@" for commit in since)
        lines = self._git(
            *("rev-list", "--topo-order", "--reverse", "--timestamp", "--parents", until, "--not", *earlier, "--")
        )
        return [
            Descent(commit, tuple(parents), int(dated))
            for dated, commit, *parents in map(str.split, lines.decode().splitlines())
        ]

    def texts(self, commits: Iterable[str]) -> dict[str, bytes]:
        """Read commits as git stores them: a head, an empty line, and the message."""
        objects = self._objects([commit.encode() for commit in commits], b"commit")
        return {name.decode(): text for name, text in objects.items()}

    def signatures(self, commits: Iterable[str], signers: Path) -> list[tuple[str, str]]:
        """Judge each commit's signature, in git's letters (git-log(1), `%G?`), by ssh's file of allowed signers."""
        output = self._git(
            *("-c", f"gpg.ssh.allowedSignersFile={signers}", "-c", "log.showSignature=false"),
            *("log", "--no-walk=unsorted", "--stdin", "--format=%H %G?"),
            stdin="".join(f"{commit}\n" for commit in commits).encode(),
        )
        return [
            (commit, verdict)
            for commit, _, verdict in (line.partition(" ") for line in output.decode().split("\n")[:-1])
        ]

    def mark(self, name: str, commit: str) -> None:
        """Remember a commit under a name, for as long as the mirror lasts."""
        self._git("update-ref", f"{REFERENCES}/{name}", commit)

    def marked(self, name: str) -> list[str]:
        """Give the commit that was remembered under a name, if one was."""
        return self._git("for-each-ref", "--format=%(objectname)", f"{REFERENCES}/{name}").decode().split()

    def is_sound(self) -> bool:
        """Tell whether git finds nothing wrong with the mirror, and none that was killed has left it locked."""
        if any(self._directory.rglob("*.lock")):
            return False
        try:
            self._git("fsck", "--no-dangling", "--no-progress", seconds=FETCH_SECONDS)
        except GitError:
            return False
        return True

    def remove(self) -> None:
        """Throw the mirror away; the next fetch makes it anew."""
        shutil.rmtree(self._directory)

    def folder(self, tree: str, path: str) -> str | None:
        """Find the tree of a folder; None when there is no such folder."""
        if not path:
            return tree
        found = self._git("ls-tree", "-d", "-z", "--full-tree", tree, "--", path)
        mode, _, rest = found.partition(b" ")
        return rest.split()[1].decode() if mode == b"040000" else None

    def entries(self, tree: str) -> dict[str, Entry]:
        """List what isn't hidden in a tree."""
        entries = {}
        for line in self._git("ls-tree", "-r", "-l", "-z", "--full-tree", tree).split(b"\0")[:-1]:
            description, _, name = line.partition(b"\t")
            mode, _, blob, size = description.split()
            path = name.decode("utf-8", "surrogateescape")
            if not any(map(is_hidden, path.split("/"))):
                entries[path] = Entry(mode, blob, 0 if mode == _SUBMODULE else _size(size, path))
        return entries

    def listing(self, entries: Mapping[str, Entry]) -> Listing:
        """Tell files, symlinks and submodules apart, and read where the symlinks point."""
        links = {path: entry for path, entry in entries.items() if entry.is_link}
        elsewhere = {path: _ELSEWHERE for path, entry in entries.items() if entry.is_submodule}
        targets = self.contents(links, limit=MAX_LINK_BYTES)
        return Listing(
            files=entries.keys() - links.keys() - elsewhere.keys(),
            links={
                path: target.content.decode("utf-8", "surrogateescape")
                for path, target in targets.items()
                if target.content is not None
            },
            unreadable=elsewhere
            | {path: "symlink with too long a target: remove it" for path in links if targets[path].problem},
        )

    def contents(self, entries: Mapping[str, Entry], limit: int = MAX_FILE_BYTES) -> dict[str, SourceFile]:
        """Read all blobs with one command, but for those above the limit."""
        wanted = {entry.blob: entry.size for entry in entries.values() if entry.size <= limit}
        check_total(sum(wanted.values()))
        blobs = self._objects(wanted, b"blob")
        return {
            path: SourceFile(path, blobs[entry.blob]) if entry.size <= limit else SourceFile(path, None, TOO_LARGE)
            for path, entry in entries.items()
        }

    def _objects(self, wanted: Collection[bytes], wanted_kind: bytes) -> dict[bytes, bytes]:
        output = self._git("cat-file", "--batch", stdin=b"".join(name + b"\n" for name in wanted))
        objects = {}
        at = 0
        while at < len(output):
            start = output.index(b"\n", at) + 1
            name, kind, *size = output[at:start].split()
            if kind != wanted_kind:
                raise GitError(f"{name.decode()} is {kind.decode()}")
            at = start + int(size[0]) + 1
            objects[name] = output[start : at - 1]
        return objects

    def _git(self, *arguments: str, seconds: float = LOCAL_SECONDS, stdin: bytes = b"") -> bytes:
        return git(self._directory, "--git-dir=.", *arguments, seconds=seconds, stdin=stdin, stop=self._stop)


def _size(told: bytes, path: str) -> int:
    """Give a blob's size; of one that is lost, git tells `BAD`."""
    if not told.isdigit():
        raise GitError(f"the content of {path!r} is missing")
    return int(told)


def _moment(seconds: str) -> datetime | None:
    """Give a commit's time; whoever made the commit may have written anything."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
