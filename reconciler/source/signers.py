"""Who may push: of every commit since one that people vouch for, an allowed signer's good signature is asked."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.source.mirror import Descent, Mirror
from reconciler.source.tree import SourceError

_AT_ONCE = 200  # signatures judged by one command: some 10 ms each
_CLOCKS_DIFFER_SECONDS = 24 * 3600  # a day, for a clock that is set to another zone
_VOUCH = "or vouch for it and what led to it, with source.signed_since"
_SIGNATURE = b"gpgsig "
_GOOD = "G"
_NOT_SIGNED = "N"
_WRONG = {
    _NOT_SIGNED: "is not signed",
    "U": "is signed by nobody in {file}",
    "B": "has a bad signature",
    "X": "has a signature that has expired",
    "Y": "is signed with a key that has expired",
    "R": "is signed with a key that was revoked",
    "E": "has a signature that can't be checked, because gpg does not have its key",
}
"""git-log(1), `%G?`."""
_PROGRAMS = {
    b"-----BEGIN SSH SIGNATURE-----": "ssh-keygen",
    b"-----BEGIN PGP SIGNATURE-----": "gpg",
    b"-----BEGIN PGP MESSAGE-----": "gpg",
    b"-----BEGIN SIGNED MESSAGE-----": "gpgsm",
}
"""How each kind of signature begins that git knows, and what git checks it with (git-config(1), `gpg.format`)."""


@dataclass(frozen=True)
class Signers:
    """The file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS), asked of every commit after `since`, or of all."""

    file: Path
    since: str | None = None

    def check(self, mirror: Mirror, commits: Sequence[str]) -> None:
        """Refuse a history, parents first, that holds a commit which no allowed signer has signed.

        What was found to be signed is remembered in the mirror, under the names of those who may sign: when these
        change, everything is judged anew.

        Whether a key had expired is judged by the date that a commit itself gives (git-config(1),
        `gpg.ssh.allowedSignersFile`), so a commit that is dated before those that led to it is refused as well.

        Raises `SourceError` that names the commit.
        """
        mark = f"signed-{self._digest()}"
        since = self._since(commits)
        trusted = [*since, *mirror.marked(mark)]
        for batch in _batches(mirror.commits(commits[-1], without=trusted)):
            for commit, wrong in self._wrong(mirror, batch):
                raise SourceError(
                    f"commit {commit[:12]} {wrong}: have it signed by one of source.signers and pushed again; {_VOUCH}"
                )
            mirror.mark(mark, batch[-1])  # parents come first, so whatever led to it has been judged too
        for commit, newer in _backdated(mirror.descents(commits[-1], since)):
            raise SourceError(
                f"commit {commit[:12]} is dated more than a day before {newer[:12]}, which led to it: "
                f"commit it again with today's date; {_VOUCH}"
            )

    def _digest(self) -> str:
        try:
            allowed = self.file.read_bytes()
        except OSError as error:
            raise SourceError(f"cannot read source.signers {self.file}: {error.strerror}") from None
        return hashlib.sha256(repr((allowed, self.since)).encode()).hexdigest()[:16]

    def _since(self, commits: Sequence[str]) -> list[str]:
        """The commit that people vouch for; a history without it is refused, for it might be anybody's."""
        if not self.since:
            return []
        found = [commit for commit in commits if commit.startswith(self.since)]
        if len(found) != 1:
            raise SourceError(
                f"commit {commits[-1][:12]} does not descend from source.signed_since {self.since}: "
                "push what does, or correct the setting"
            )
        return found

    def _wrong(self, mirror: Mirror, commits: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Each commit that is not signed as it should be, and why. One of no known kind ends git, so it comes first."""
        signatures = {commit: _signature(text) for commit, text in mirror.texts(commits).items()}
        for commit, signature in signatures.items():
            if signature is not None and not _program(signature):
                yield commit, "has a malformed signature"
        for commit, verdict in mirror.signatures(commits, self.file):
            if verdict == _NOT_SIGNED and (signature := signatures[commit]):
                yield commit, _unchecked(_program(signature))
            elif verdict != _GOOD:
                yield commit, _WRONG.get(verdict, "has a signature that can't be checked").format(file=self.file)


def _signature(text: bytes) -> bytes | None:
    """The first line of a commit's signature; git keeps it in the head, and goes on with it in indented lines."""
    head, _, _ = text.partition(b"\n\n")
    lines = (line for line in head.split(b"\n") if line.startswith(_SIGNATURE))
    return next((line.removeprefix(_SIGNATURE) for line in lines), None)


def _program(signature: bytes) -> str:
    return next((program for beginning, program in _PROGRAMS.items() if signature.startswith(beginning)), "")


def _unchecked(program: str) -> str:
    """Why git takes a signature that is there for none."""
    if shutil.which(program):
        return f"has a signature that {program} can't read"
    return f"has a signature that can't be checked, because {program} is not installed here"


def _batches(commits: Sequence[str]) -> Iterator[Sequence[str]]:
    return (commits[start : start + _AT_ONCE] for start in range(0, len(commits), _AT_ONCE))


def _backdated(descents: Iterable[Descent]) -> Iterator[tuple[str, str]]:
    """Each commit that is dated well before one that led to it, and that one; parents come first."""
    newest: dict[str, tuple[int, str]] = {}
    for commit in descents:
        before = max((newest[parent] for parent in commit.parents if parent in newest), default=(commit.dated, ""))
        if commit.dated < before[0] - _CLOCKS_DIFFER_SECONDS:
            yield commit.id, before[1]
        newest[commit.id] = max(before, (commit.dated, commit.id))
