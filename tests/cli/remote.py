"""A bare git repository, and a developer with a clone who pushes to it."""

import os
import subprocess
from pathlib import Path

IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Developer"), ("EMAIL", "developer@test.example"))
}


class Remote:
    """The repository at `path`, whose clone is at `clone`."""

    def __init__(self, path: Path, clone: Path) -> None:
        self.path, self.clone = path, clone
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(path), cwd=path.parent)
        self.git("init", "--quiet", "--initial-branch=main", cwd=clone)
        self.git("remote", "add", "origin", str(path))

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run git as the developer."""
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ("git", *arguments),
            cwd=cwd or self.clone,
            env=os.environ | settings | IDENTITY,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def push(self) -> str:
        """Commit what is in desired/ and push it; gives the commit."""
        self.git("add", "desired")
        self.git("commit", "--quiet", "--message=A change")
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")
