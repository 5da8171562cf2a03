"""A bare repository, somebody who pushes into it, and sources that read it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.source import GitSource

POLL_SECONDS = 0.05


class Developer:
    """Somebody with a clone, who commits and pushes to the bare repository at `remote`."""

    def __init__(self, root: Path) -> None:
        self.clone = root / "clone"
        self.remote = root / "remote.git"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", self.remote, cwd=root)
        self.git("clone", "--quiet", self.remote, self.clone, cwd=root)
        self.git("checkout", "--quiet", "-B", "main")

    def git(self, *arguments: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> str:
        command = subprocess.run(
            ("git", *arguments), cwd=cwd or self.clone, input=stdin, capture_output=True, check=True
        )
        return command.stdout.decode().strip()

    def write(self, path: str, text: str) -> None:
        file = self.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def push(self, *options: str) -> str:
        """Commit all there is and push it; gives the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=A change")
        self.git("push", "--quiet", *options, "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    @contextmanager
    def pushed_but_out_of_reach(self, path: str, text: str) -> Iterator[str]:
        """A commit at the remote's tip, which names it and can't hand it over while the block runs."""
        self.git("checkout", "--quiet", "-b", "aside")
        self.write(path, text)
        commit = self.push()
        blob = loose_object(self.remote, self.git("rev-parse", f"HEAD:{path}"))
        aside = blob.rename(blob.with_suffix(".aside"))
        self.git("update-ref", "refs/heads/main", commit, cwd=self.remote)
        try:
            yield commit
        finally:
            aside.rename(blob)


def loose_object(repository: Path, name: str) -> Path:
    """The file of an object that is in no pack."""
    return repository / "objects" / name[:2] / name[2:]


def source_of(url: str, tmp_path: Path, branch: str = "main", path: str = "desired") -> GitSource:
    return GitSource(url, branch, path, POLL_SECONDS, tmp_path / "cache")


def contents(source: GitSource) -> dict[str, bytes | str | None]:
    """The files, each with its content or else its problem."""
    return {file.path: file.problem or file.content for file in source.read().files}


def mirror_of(tmp_path: Path) -> Path:
    [mirror] = (tmp_path / "cache").glob("*.git")
    return mirror
