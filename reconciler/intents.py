"""What a person tells the operator: tags that `reconciler confirm` and its like leave on AWS.

The operator reads them in every pass and never writes them: they need no way to a running operator, outlive each of
them, and are changed with a person's own rights. AWS takes letters, digits, spaces and _ . : / = + - @ in a tag's
value, at most 256 ("Tag your Amazon ECS resources").
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from reconciler.model import Confirmation, Decision, Pause

CONFIRMED = "reconciler:confirmed"
PAUSED = "reconciler:paused"
PROMOTED = "reconciler:promote"
ABORTED = "reconciler:abort"
ROLLED_BACK = "reconciler:rollback"

_NOT_IN_A_TAG = re.compile(r"[^\w .:/=+@-]")
_NOT_IN_A_NAME = re.compile(r"[^\w.:/=+@-]")
_LONGEST = 256
_LONGEST_NAME = 80
_SHORT = 12
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_PAUSE = re.compile(r"(until=(?P<until>\S+) )?at=\S+ by=(?P<by>\S+) why=(?P<why>.*)")
_DECISION = re.compile(r"(?P<full>full )?at=(?P<at>\S+) by=(?P<by>\S+)( why=(?P<why>.*))?")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_DIRECTORY = re.compile(r"dir:[0-9a-f]{12}")


def confirmation(revision: str, by: str, at: datetime) -> dict[str, str]:
    """The tag that confirms a revision. It takes the place of any earlier one."""
    return {CONFIRMED: _value(f"{revision} {_signed(by, at)}")}


def confirmed(tags: Mapping[str, str]) -> Confirmation | None:
    """What an ECS cluster's tags confirm, if anything: by hand as well, it takes what `is_revision`.

    A tag that tells no time is taken for an old one.
    """
    revision, _, notes = tags.get(CONFIRMED, "").partition(" ")
    at = _read(notes.partition("at=")[2].partition(" ")[0])
    return Confirmation(revision, at or _LONG_AGO) if is_revision(revision) else None


def pause(by: str, at: datetime, why: str, until: datetime | None) -> dict[str, str]:
    """The tag that pauses an ECS cluster or service."""
    end = f"until={_moment(until)} " if until else ""
    return {PAUSED: _value(f"{end}{_signed(by, at)} why={why}")}


def paused(cluster: str, service: str, tags: Mapping[str, str]) -> Pause | None:
    """The pause that tags ask for. One that can't be read, as from a person in a hurry, has no end."""
    said = tags.get(PAUSED)
    if said is None:
        return None
    known = _PAUSE.fullmatch(said)
    until = _read(known["until"]) if known and known["until"] else None
    if known is None or (known["until"] and until is None):
        return Pause(cluster, service, why=said)
    return Pause(cluster, service, known["by"], known["why"], until)


def decision(tag: str, by: str, at: datetime, why: str, *, full: bool = False) -> dict[str, str]:
    """The tag that promotes, aborts or takes back a release, on each ECS service of a service."""
    said = f" why={why}" if why else ""
    return {tag: _value(f"{'full ' if full else ''}{_signed(by, at)}{said}")}


def decided(tag: str, tags: Mapping[str, str]) -> Decision | None:
    """A person's word on a release. None when there is none, or it does not say when: it would be of any release."""
    known = _DECISION.fullmatch(tags.get(tag, ""))
    at = _read(known["at"]) if known else None
    return Decision(at, known["by"], known["why"] or "", bool(known["full"])) if known and at else None


def is_revision(written: str) -> bool:
    """Whether this can name a revision: at least seven digits of a commit, or a directory's whole `dir:…`."""
    return bool(_COMMIT.fullmatch(written) or _DIRECTORY.fullmatch(written))


def names(written: str, revision: str) -> bool:
    """Whether what a person wrote names this very revision."""
    return written == revision or (_COMMIT.fullmatch(written) is not None and revision.startswith(written))


def short(revision: str) -> str:
    """A revision as a person may write it."""
    return revision[:_SHORT] if _COMMIT.fullmatch(revision) else revision


def _signed(by: str, at: datetime) -> str:
    return f"at={_moment(at)} by={_NOT_IN_A_NAME.sub('_', by)[:_LONGEST_NAME]}"


def _value(said: str) -> str:
    """One line that a tag takes: what AWS does not take becomes a space, and the end is cut."""
    return " ".join(_NOT_IN_A_TAG.sub(" ", said).split())[:_LONGEST].strip()


def _read(moment: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(moment)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
