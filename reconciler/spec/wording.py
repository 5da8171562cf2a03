"""Words for values, paths and likely mistakes, so that every message says things the same way."""

import difflib
from collections.abc import Iterable

from reconciler.spec.errors import Path

_LONGEST_WORD = 64
_LONGEST_QUOTE = 40
_MOST_LISTED = 12
_MOST_COMPARED = 500
_SECRETIVE = {"environment", "secrets"}


def quoted(text: str) -> str:
    """The text in quotes, cut short when long."""
    return f"'{text}'" if len(text) <= _LONGEST_QUOTE else f"'{text[:_LONGEST_QUOTE]}…'"


def dotted(path: Path) -> str:
    """The path as people write it: `listeners[0].port`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def must_be(rule: str, value: object, path: Path) -> str:
    """That the value at `path` breaks a rule: `cpu` must be a whole number, not the text 'lots'."""
    instead = f", not {_described(value, path)}" if value is not None else "; it is empty"
    return f"`{dotted(path)}` must be {rule}{instead}"


def _described(value: object, path: Path) -> str:
    """What a value is, in words; the value itself stays unsaid where it may be a secret."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if _SECRETIVE.intersection(path):
        return "what is here"
    if isinstance(value, bool):
        return str(value).lower()
    return f"the text {quoted(value)}" if isinstance(value, str) else f"the number {value}"


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; "" when none is near."""
    by_folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    if len(word) > _LONGEST_WORD or len(by_folded) > _MOST_COMPARED:
        return ""
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: the nearest known one, or all of them."""
    names = sorted(known)
    if match := nearest(word, names):
        return f"did you mean `{match}`?"
    if len(names) > _MOST_LISTED:
        return "nothing has a name like it, so remove it"
    return f"known: {', '.join(names)}" if names else "there are none"
