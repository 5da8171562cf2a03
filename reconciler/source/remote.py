"""What people may set as a git remote: anything git can fetch from, nothing that makes it run or do something else."""

import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from reconciler.source.command import TRANSPORTS
from reconciler.source.tree import SourceError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/-]|[/.]$|\.lock$|^$")  # git-check-ref-format(1)
_HELPER = re.compile(r"^[A-Za-z0-9+.-]+::")  # `ext::COMMAND` runs the command


def checked_url(url: str) -> str:
    """Give the URL as git should get it, or refuse it; no message repeats it, for it may hold a password."""
    if not url or url.startswith("-") or _CONTROL.search(url) or _HELPER.match(url):
        raise SourceError("the git URL is none that can be fetched from: give https://, ssh://, user@host: or a path")
    if "://" not in url:
        return _checked_shorthand(url)
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme == "file" or (parts.hostname and (parts.port or True))
    except ValueError:
        well_formed = False
    if not well_formed:
        raise SourceError("the git URL has no host, or a wrong port: percent-encode user and password")
    if parts.scheme not in TRANSPORTS:
        raise SourceError(f"git URLs with {parts.scheme}:// are not allowed: use {', '.join(TRANSPORTS)}")
    if parts.scheme != "file" and (parts.query or parts.fragment or " " in url):
        raise SourceError("the git URL has a query, a fragment or a space: percent-encode it")
    return url


def _checked_shorthand(url: str) -> str:
    """Tell user@host:path from a local path, which is made absolute because git runs in another directory."""
    before_slash = url.split("/", maxsplit=1)[0]
    if ":" not in before_slash:
        return str(Path(url).absolute())
    if before_slash.rfind("@") > before_slash.index(":"):
        raise SourceError("the git URL has a password but no scheme: put https:// in front")
    return url


def checked_branch(branch: str) -> str:
    """Give the branch, or refuse what is no name of one."""
    if _NOT_IN_BRANCH.search(branch):
        raise SourceError(f"{branch!r} is no branch name: give one such as main")
    return branch


def checked_path(path: str) -> str:
    """Give the folder inside the repository, empty for its root, or refuse what leads out of it."""
    folder = PurePosixPath(path)
    if folder.is_absolute() or ".." in folder.parts:
        raise SourceError(f"{path!r} is no folder inside the repository: give one such as desired")
    return "" if folder == PurePosixPath() else str(folder)
