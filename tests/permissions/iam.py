"""How IAM decides: the evaluation of identity-based policies as AWS documents it, for what ours are made of.

An operator of a condition that is not known here is an error, never a match.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Context = Mapping[str, tuple[str, ...]]
"""What is known of a request by condition key. A key that does not apply to it is absent."""


@dataclass(frozen=True)
class Asked:
    """What IAM is asked as a call arrives: may this action be done to this resource?"""

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} with {dict(self.context)}"


def allows(documents: Iterable[Mapping[str, Any]], asked: Asked) -> bool:
    """Whether a statement allows it and none denies it."""
    effects = {statement["Effect"] for statement in statements(documents) if _applies(statement, asked)}
    return effects == {"Allow"}


def statements(documents: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The statements of all documents."""
    return (statement for document in documents for statement in document["Statement"])


def listed(element: str | list[str]) -> list[str]:
    """An element that may be one value or several."""
    return [element] if isinstance(element, str) else element


def _applies(statement: Mapping[str, Any], asked: Asked) -> bool:
    return (
        any(_like(asked.action.lower(), pattern.lower()) for pattern in listed(statement["Action"]))
        and any(_like(asked.resource, pattern) for pattern in listed(statement["Resource"]))
        and all(
            _holds(operator, asked.context.get(key), listed(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _holds(operator: str, given: tuple[str, ...] | None, wanted: list[str]) -> bool:
    """One condition. Of an absent key, `ForAllValues` is true and any other operator false."""
    quantifier, _, name = operator.rpartition(":")
    matches = _OPERATORS[name]
    every = all(any(matches(value, pattern) for pattern in wanted) for value in given or ())
    if quantifier == "ForAllValues":
        return every
    assert not quantifier, operator
    return given is not None and len(given) == 1 and every


def _like(value: str, pattern: str) -> bool:
    return _regex(pattern).fullmatch(value) is not None


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards: `*` is any text, `?` any character."""
    return re.compile("".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": _like,
    "ArnEquals": _like,
}
