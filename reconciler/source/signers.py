"""Who may push: of every commit since one that people vouch for, an allowed signer's good signature is asked."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.source.mirror import Mirror
from reconciler.source.tree import SourceError

_AT_ONCE = 200  # signatures judged by one command: some 10 ms each
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

        Raises `SourceError` that names the commit.
        """
        mark = f"signed-{self._digest()}"
        trusted = [*self._since(commits), *mirror.marked(mark)]
        for batch in _batches(mirror.commits(commits[-1], without=trusted)):
            for commit, verdict in mirror.signatures(batch, self.file):
                if verdict != _GOOD:
                    raise SourceError(self._refusal(commit, verdict))
            mirror.mark(mark, batch[-1])  # parents come first, so whatever led to it has been judged too

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
        return (
            f"commit {commit[:12]} {wrong}: have it signed by one of source.signers and pushed again; "
            "or vouch for it and what led to it, with source.signed_since"
        )


def _batches(commits: Sequence[str]) -> Iterator[Sequence[str]]:
    return (commits[start : start + _AT_ONCE] for start in range(0, len(commits), _AT_ONCE))
