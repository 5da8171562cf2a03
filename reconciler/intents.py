"""What a person tells the operator: tags that `reconciler confirm` and its like leave on AWS.

The operator reads them in every pass and never writes them: they need no way to a running operator, outlive each of
them, and are changed with a person's own rights. AWS takes letters, digits, spaces and _ . : / = + - @ in a tag's
value, at most 256 ("Tag your Amazon ECS resources").
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from reconciler.model import Confirmation

CONFIRMED = "reconciler:confirmed"

_NOT_IN_A_TAG = re.compile(r"[^\w .:/=+@-]")
_LONGEST = 256
_SHORT = 12
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_DIRECTORY = re.compile(r"dir:[0-9a-f]{12}")


def confirmation(revision: str, by: str, at: datetime) -> dict[str, str]:
    """The tag that confirms a revision. It takes the place of any earlier one."""
    return {CONFIRMED: _value(revision, at=_moment(at), by=by)}


def confirmed(tags: Mapping[str, str]) -> Confirmation | None:
    """What an ECS cluster's tags confirm, if anything. A tag that tells no time is taken for an old one."""
    revision, _, notes = tags.get(CONFIRMED, "").partition(" ")
    return Confirmation(revision, _moment_in(notes)) if revision else None


def is_revision(written: str) -> bool:
    """Whether this can name a revision: at least seven digits of a commit, or a directory's whole `dir:…`."""
    return bool(_COMMIT.fullmatch(written) or _DIRECTORY.fullmatch(written))


def names(written: str, revision: str) -> bool:
    """Whether what a person wrote names this very revision."""
    return written == revision or (_COMMIT.fullmatch(written) is not None and revision.startswith(written))


def short(revision: str) -> str:
    """A revision as a person may write it."""
    return revision[:_SHORT] if _COMMIT.fullmatch(revision) else revision


def _value(*words: str, **notes: str) -> str:
    """One line that a tag takes: words, then notes by name; what AWS does not take is left out, the end first."""
    said = [*words, *(f"{name}={note}" for name, note in notes.items() if note)]
    return " ".join(_NOT_IN_A_TAG.sub(" ", " ".join(said)).split())[:_LONGEST].strip()


def _moment_in(notes: str) -> datetime:
    try:
        return datetime.fromisoformat(notes.partition("at=")[2].partition(" ")[0]).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
