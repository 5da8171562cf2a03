"""Who may push: of every commit since one that people vouch for, an allowed signer's good signature is asked."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.source.mirror import Descent, Mirror
from reconciler.source.tree import SourceError

_AT_ONCE = 200  # signatures judged by one command: some 10 ms each
_CLOCKS_DIFFER_SECONDS = 24 * 3600  # a day, for a clock that is set to another zone
_VOUCH = "or vouch for it and what led to it, with source.signed_since"
_GOOD = "G"
_WRONG = {
    "N": "is not signed",
    "U": "is signed by nobody in {file}",
    "B": "has a bad signature",
    "X": "has a signature that has expired",
    "Y": "is signed with a key that has expired",
    "R": "is signed with a key that was revoked",
}
"""git-log(1), `%G?`. `E` is what is left: no key, or no program, to check the signature with."""


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
            for commit, verdict in mirror.signatures(batch, self.file):
                if verdict != _GOOD:
                    raise SourceError(self._refusal(commit, verdict))
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

    def _refusal(self, commit: str, verdict: str) -> str:
        wrong = _WRONG.get(verdict, "has a signature that can't be checked").format(file=self.file)
        return f"commit {commit[:12]} {wrong}: have it signed by one of source.signers and pushed again; {_VOUCH}"


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
