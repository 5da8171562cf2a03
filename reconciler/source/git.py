"""Desired state on a branch of a git remote, read out of a bare mirror: nothing is ever checked out."""

import hashlib
import math
import threading
from collections.abc import Callable
from pathlib import Path

from reconciler.source.command import SLICE_SECONDS, GitError, GitMissingError, git, without_credentials
from reconciler.source.listing import spec_files
from reconciler.source.lock import LockError, locked
from reconciler.source.mirror import REFERENCES, Commit, Mirror
from reconciler.source.remote import checked_branch, checked_path, checked_url
from reconciler.source.signers import Signers
from reconciler.source.tree import SourceError, Tree

ASK_SECONDS = 20.0
LEAST_SECONDS = 1.0  # between two questions to the remote
LOCK_SECONDS = 900.0  # another process may be making the mirror anew


class GitSource:
    """A folder of specs on a branch of a git remote.

    With `signers`, only what they have signed is read.
    `git` itself is the client, so whatever lets it reach the remote (ssh keys, credential helpers, proxies) works.
    The mirror in `cache_dir` may be lost at any time: it is made anew. Processes that share it take turns.
    Setting `stop` ends whatever git is at; setting `asked` has the remote asked now, rather than at the next poll.
    """

    def __init__(  # noqa: PLR0913 - one for each setting, and what the process hears and says
        self,
        url: str,
        branch: str,
        path: str,
        poll_seconds: float,
        cache_dir: Path,
        *,
        signers: Signers | None = None,
        asked: threading.Event | None = None,
        on_error: Callable[[SourceError], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> None:
        self._url = checked_url(url)
        self._branch = checked_branch(branch)
        self._path = checked_path(path)
        self._poll_seconds = poll_seconds
        self._cache_dir = cache_dir.absolute()
        self._signers = signers
        self._asked = asked or threading.Event()
        self._on_error = on_error
        self._stop = stop
        self._read = ""  # the commit of the last reading; empty when that failed

    @property
    def description(self) -> str:
        """Remote, branch and folder, free of credentials."""
        return f"{without_credentials(self._url)} {self._branch}:{self._path or '/'}"

    def read(self) -> Tree:
        """Fetch the branch and read the folder as it is at its newest commit."""
        self._read = ""
        tree = self._alone(self._read_mended)
        self._read = tree.revision
        return tree

    def last(self) -> Tree:
        """Read the folder as the last reading that succeeded found it, without asking the remote."""
        return self._alone(lambda mirror: self._tree(mirror, mirror.commit(f"{REFERENCES}/{self._mark}")))

    def _alone(self, read: Callable[[Mirror], Tree]) -> Tree:
        """Read the mirror while no other process does."""
        directory = self._cache_dir / f"{_digest(self._url)}.git"
        try:
            self._make_cache_dir()
            with locked(directory.with_suffix(".lock"), LOCK_SECONDS, self._stop):
                return read(Mirror(directory, self._stop))
        except (GitError, LockError, OSError) as error:
            raise SourceError(f"cannot read {self.description}: {error}") from None

    def watch(self, stop: threading.Event, wake: Callable[[], None]) -> None:
        """Ask the remote for the branch's tip every `poll_seconds`, and wake when it is not what was read last."""
        self._read = told = ""
        while not stop.is_set():
            self._asked.clear()
            try:
                tip = self._ask_tip(stop)
            except SourceError as error:
                self._read = ""  # wake when the outage is over
                if str(error) != told and not stop.is_set():
                    told = str(error)
                    self._on_error(error)
            else:
                told = ""
                if tip != self._read:
                    wake()
            self._rest(stop)

    def _rest(self, stop: threading.Event) -> None:
        """Wait for the next poll, or less when asked: but a moment, so that a flood costs a question a second."""
        stop.wait(min(LEAST_SECONDS, self._poll_seconds))
        for _ in range(math.ceil((self._poll_seconds - LEAST_SECONDS) / SLICE_SECONDS)):
            if stop.is_set() or self._asked.wait(SLICE_SECONDS):
                return

    def _read_mended(self, mirror: Mirror) -> Tree:
        try:
            return self._read_through(mirror)
        except GitError:
            self._ask_tip(self._stop)  # says so when it is the remote that is at fault
            if mirror.is_sound():
                raise
        mirror.remove()
        return self._read_through(mirror)

    def _read_through(self, mirror: Mirror) -> Tree:
        commit = mirror.fetch(self._url, self._branch)
        if not mirror.is_whole():
            raise SourceError(
                f"{without_credentials(self._url)} is a shallow clone, whose history is cut off: "
                "run `git fetch --unshallow` in it, or set source.git to the repository that it was made from"
            )
        if self._signers:
            self._signers.check(mirror, mirror.commits(commit.id))
        tree = self._tree(mirror, commit)
        mirror.mark(self._mark, commit.id)
        return tree

    @property
    def _mark(self) -> str:
        """Under which the mirror remembers the last commit of the branch that could be read."""
        return f"read-{_digest(self._branch)}"

    def _tree(self, mirror: Mirror, commit: Commit) -> Tree:
        folder = mirror.folder(commit.tree, self._path)
        if folder is None:
            raise SourceError(
                f"no folder {self._path} at commit {commit.id[:12]} of {without_credentials(self._url)}: "
                "push it, or correct the setting"
            )
        entries = mirror.entries(folder)
        files = spec_files(
            mirror.listing(entries), lambda paths: mirror.contents({path: entries[path] for path in paths})
        )
        return Tree(commit.id, files, commit.committed_at, frozenset(mirror.commits(commit.id)))

    def _ask_tip(self, stop: threading.Event | None) -> str:
        """Ask the remote where the branch is, without the mirror."""
        reference = f"refs/heads/{self._branch}"
        try:
            self._make_cache_dir()
            answer = git(self._cache_dir, "ls-remote", "--", self._url, reference, seconds=ASK_SECONDS, stop=stop)
        except GitMissingError as error:
            raise SourceError(f"cannot reach {self.description}: {error}") from None
        except (GitError, OSError) as error:
            raise SourceError(
                f"cannot reach {self.description}: {error}: check the address, the network and the credentials"
            ) from None
        for line in answer.decode("utf-8", "replace").splitlines():
            tip, _, name = line.partition("\t")
            if name == reference:
                return tip
        raise SourceError(
            f"no branch {self._branch} at {without_credentials(self._url)}: push it, or correct the setting"
        )

    def _make_cache_dir(self) -> None:
        self._cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
