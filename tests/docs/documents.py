"""The documents, and how tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCED = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks in a language."""
    return [body for marked, body in _FENCED.findall(text) if marked == language]


def commands(text: str, program: str) -> Iterator[str]:
    """What the code in a text calls a program with: the rest of each line that begins with it."""
    lines = [line for _, body in _FENCED.findall(text) for line in body.splitlines()]
    lines += _INLINE.findall(_FENCED.sub("", text))
    for line in lines:
        called, _, rest = line.strip().removeprefix("$ ").partition(" ")
        if called == program and rest:
            yield rest.partition(" #")[0].strip()


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    level = heading.partition(" ")[0]
    _, _, after = text.partition(f"\n{heading}\n")
    assert after, f"there is no heading {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in a text, without the heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {number - 1 for number, line in enumerate(lines) if line.startswith("|---")}
    return [
        [cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for number, line in enumerate(lines)
        if number not in heads and not line.startswith("|---")
    ]
