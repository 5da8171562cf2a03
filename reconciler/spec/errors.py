"""One thing that is wrong with a file, and where."""

from dataclasses import dataclass
from typing import NamedTuple

Path = tuple[str | int, ...]
"""The way to a value in a file: `("listeners", 0, "port")`."""


class Position(NamedTuple):
    """Where in a file, counted from 1 as editors do."""

    line: int
    column: int


START = Position(1, 1)


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


def rooted(root: str, path: str) -> str:
    """The path as seen from where `root` stands."""
    return "/".join(part for part in (root, path) if part)


def printable(text: str) -> str:
    """The text with everything that could garble a terminal or a log escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
