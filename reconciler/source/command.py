"""Runs `git` so that nobody is asked anything, nothing outlives its time, and no password is repeated."""

import contextlib
import math
import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

TRANSPORTS = ("https", "ssh", "http", "file")
SLICE_SECONDS = 0.25  # how soon a stop is noticed
# git's own variables that say how to reach a remote, and who commits. The others, such as GIT_DIR, speak of some other
# repository.
_KEPT_VARIABLES = ("GIT_ASKPASS", "GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_SSH", "GIT_SSL", "GIT_CONFIG_", "GIT_EXEC_PATH")
_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false")
_CREDENTIALS = re.compile(r"://[^/\s]*@")


class GitError(Exception):
    """A git command failed: what it said, free of credentials."""


class GitMissingError(GitError):
    """There is no git to run."""


def git(
    directory: Path,
    *arguments: str,
    seconds: float,
    stdin: bytes = b"",
    stop: threading.Event | None = None,
) -> bytes:
    """Run git in a directory and give its output, or raise `GitError` when it fails, takes too long or must stop."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the arguments are a list, and what people set is after `--`
            ("git", *_OPTIONS, *arguments),  # noqa: S607 - the git of the PATH is the one people have set up
            cwd=directory,
            env=_environment(os.environ, directory),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # no terminal to ask on, no Ctrl-C meant for us, and one group to kill
        )
    except FileNotFoundError:
        raise GitMissingError("git is not installed: install it, or correct the PATH") from None
    with process:
        try:
            output, errors = _communicate(process, stdin, seconds, stop)
        except BaseException:
            # Its process group goes with it: the ssh or helper that it waits for.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise GitError(_tell(errors) or f"git ended with code {process.returncode}")
    return output


def without_credentials(text: str) -> str:
    """Cut the user and password out of each URL in a text."""
    return _CREDENTIALS.sub("://", text)


def _communicate(
    process: subprocess.Popen[bytes], stdin: bytes, seconds: float, stop: threading.Event | None
) -> tuple[bytes, bytes]:
    unsent: bytes | None = stdin
    for _ in range(math.ceil(seconds / SLICE_SECONDS)):
        try:
            return process.communicate(unsent, timeout=SLICE_SECONDS)
        except subprocess.TimeoutExpired:
            unsent = None  # the rest is sent by the next round
        if stop is not None and stop.is_set():
            raise GitError("stopped")
    raise GitError(f"no answer within {seconds:.0f} s")


def _environment(inherited: Mapping[str, str], directory: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT_VARIABLES)
    }
    return kept | {
        "GIT_ALLOW_PROTOCOL": ":".join(TRANSPORTS),
        "GIT_CEILING_DIRECTORIES": str(directory.resolve().parent),
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def _tell(errors: bytes) -> str:
    text = " ".join(without_credentials(errors.decode("utf-8", "replace")).split())
    return "".join(filter(str.isprintable, text))[-500:]
