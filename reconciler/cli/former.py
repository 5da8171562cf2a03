"""Puts the version that ran before back into a work tree of git, as a commit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from reconciler.cli.options import FAILURE
from reconciler.settings import SourceSettings
from reconciler.source.command import GitError, git
from reconciler.spec.document import Document, parse

_SECONDS = 30.0
_DEFAULT = "default"


def put_back(source: SourceSettings, service: str, cluster: str | None, why: str) -> int:
    """Commit the former version of a service in one cluster, or each that its release names. Returns the exit code."""
    file = Path(source.path) / "services" / service / "release.yml"
    if not file.is_file():
        click.echo(f"git is left alone: there is no {file} here; put the former version back there, and push it")
        return 0
    try:
        return _commit(file, service, cluster, why)
    except (GitError, OSError) as error:
        click.echo(f"git is left alone: {file}: {error}; put the former version back there, and push it", err=True)
        return FAILURE


def _commit(file: Path, service: str, cluster: str | None, why: str) -> int:
    release = _Release.at(file)
    if release.git("status", "--porcelain", "--", release.path):
        raise GitError("it has changes that are not committed")
    text = file.read_text(encoding="utf-8")
    now = _versions(text)
    clusters = [cluster] if cluster else list(now)
    former = {name: release.former(name, now.get(name, now.get(_DEFAULT, ""))) for name in clusters}
    if missing := sorted(name for name, version in former.items() if not version):
        raise GitError(f"its history has no former version for {' and '.join(missing)}")
    for name, version in former.items():
        text = _with(text, name, version)
    file.write_text(text, encoding="utf-8")
    told = f"roll {service} back: {', '.join(f'{name} to {version}' for name, version in sorted(former.items()))}"
    message = told.capitalize() + (f"\n\n{why}" if why else "")
    release.git("commit", "--quiet", "--message", message, "--", release.path)
    click.echo(f"committed: {told}; push it, so that git says what runs")
    return 0


@dataclass(frozen=True, slots=True)
class _Release:
    """A release.yml in a work tree: its path below the tree's top."""

    top: Path
    path: str

    @classmethod
    def at(cls, file: Path) -> "_Release":
        """Raises `GitError` where there is no work tree."""
        absolute = file.resolve()
        top = next((parent for parent in absolute.parents if (parent / ".git").exists()), None)
        if top is None:
            raise GitError("it is in no work tree of git")
        return cls(top, absolute.relative_to(top).as_posix())

    def git(self, *arguments: str) -> str:
        return git(self.top, *arguments, seconds=_SECONDS).decode("utf-8", "replace")

    def former(self, cluster: str, now: str) -> str:
        """The last version of the file's history that is not the present one; empty when there is none."""
        for text in self._history():
            versions = _versions(text)
            if (version := versions.get(cluster, versions.get(_DEFAULT, ""))) not in ("", now):
                return version
        return ""

    def _history(self) -> Iterator[str]:
        """The file's texts, newest first."""
        for commit in self.git("log", "--format=%H", "--max-count=1000", "--", self.path).split():
            yield self.git("show", f"{commit}:{self.path}")


def _versions(text: str) -> dict[str, str]:
    value = _read(text).value or {}
    return {name: version for name, version in value.items() if isinstance(version, str)}


def _read(text: str) -> Document:
    return parse(text.encode(), as_written=lambda _: True)


def _with(text: str, cluster: str, version: str) -> str:
    """The file with another version of a cluster, everything else as people wrote it."""
    document = _read(text)
    if cluster not in (document.value or {}):
        return f"{text.rstrip()}\n{cluster}: {version}\n"
    where = document.where((cluster,))
    lines = text.splitlines(keepends=True)
    line, column = lines[where.line - 1], where.column - 1
    lines[where.line - 1] = line[:column] + version + line[column + _length(line[column:]) :]
    return "".join(lines)


def _length(rest: str) -> int:
    """How long the scalar is that a line goes on with."""
    if rest[0] in "\"'":
        return rest.index(rest[0], 1) + 1
    return len(re.split(r"\s+#|[,}\n]", rest, maxsplit=1)[0].rstrip())
