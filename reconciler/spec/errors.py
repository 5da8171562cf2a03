"""What is wrong with a file, where, and what to do about it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

_LONGEST_WORD = 64
_LONGEST_QUOTE = 40


class Position(NamedTuple):
    """Where in a file, counted from 1 as editors do."""

    line: int
    column: int


START = Position(1, 1)


@dataclass(frozen=True, slots=True, order=True)
class SpecError:
    """One thing wrong in one file. Prints as `desired/services/httpbin/service.yml:7:5: what; what to do`."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{printable(self.path)}:{self.line}:{self.column}: {printable(self.message)}"


def printable(text: str) -> str:
    """The text with everything that could garble a terminal or a log escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quoted(text: str) -> str:
    """The text in quotes, cut short when long."""
    shown = text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
    return f"'{shown}'"


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; "" when none is near."""
    if len(word) > _LONGEST_WORD:
        return ""
    by_folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: the nearest known one, or all of them."""
    names = sorted(known)
    if match := nearest(word, names):
        return f"did you mean `{match}`?"
    return f"known: {', '.join(names)}" if names else "there are none"
