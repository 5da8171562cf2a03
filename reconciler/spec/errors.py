"""One thing that is wrong with a file, and where."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

Path = tuple[str | int, ...]
"""The way to a value in a file: `("listeners", 0, "port")`."""


class Position(NamedTuple):
    """Where in a file, counted from 1 as editors do."""

    line: int
    column: int


START = Position(1, 1)

MOST_TOLD = 100
"""Errors beyond these are not looked for in what checks say of one service: nobody reads them, and each takes time."""


@dataclass(frozen=True, slots=True, order=True)
class SpecError:
    """One thing wrong in one file. Prints as `desired/services/httpbin/service.yml:7:5: what; what to do`.

    With a `cluster`, it is wrong of the service in that cluster alone.
    """

    path: str
    line: int
    column: int
    message: str
    cluster: str = ""

    def __str__(self) -> str:
        return printable(f"{self.path}:{self.line}:{self.column}: {self.message}")


def first(errors: Iterable[SpecError]) -> Iterator[SpecError]:
    """The first `MOST_TOLD` of a service's errors, and that there are more.

    What these are nobody knows, nor of which cluster: the service waits in all of them.
    """
    for number, error in enumerate(errors):
        if number == MOST_TOLD:
            yield replace(error, message=f"more than these {MOST_TOLD} problems; mend the others first", cluster="")
            return
        yield error


def rooted(root: str, path: str) -> str:
    """The path as seen from where `root` stands."""
    return "/".join(part for part in (root, path) if part)


def printable(text: str) -> str:
    """The text with everything that could garble a terminal or a log escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
