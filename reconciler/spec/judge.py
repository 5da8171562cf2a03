"""A parsed file held against its model: what pydantic finds, said in plain words and at the right place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.spec.document import Document, parse
from reconciler.spec.errors import Path, Position, SpecError
from reconciler.spec.layout import Kind, SpecFile
from reconciler.spec.partial import CHOICE, Model, models_in, salvage
from reconciler.spec.wording import did_you_mean, dotted, must_be, quoted

M = TypeVar("M", bound=BaseModel)
M_co = TypeVar("M_co", bound=BaseModel, covariant=True)

_MOST_PLACES = 50

_AS_WRITTEN: dict[Kind, Callable[[Path], bool]] = {
    "cluster": lambda path: path == ("account",),
    "service": lambda path: path[-2:-1] == ("environment",) and isinstance(path[-1], str),
    "config": lambda path: len(path) == 2,  # noqa: PLR2004 - a section and a name in it
    "release": lambda _: True,
}
"""Where text is meant even if it looks like a number: `1.10` is a version, not 1.1."""

_RULES = {
    "rule": "{rule}",
    "int_type": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a map (`name: value`)",
    "model_type": "a map (`name: value`)",
    "tuple_type": "a list (`- item`)",
    "literal_error": "{expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_too_long": "at most {max_length} characters long",
}
"""What a value must be, by the type of pydantic's error, filled in from its context."""

_EMPTY = {"string_too_short", "too_short"}
_GUESSWORK = {"missing", *_EMPTY}
"""Errors that may only say that a part of the file was refused already."""


@dataclass(frozen=True, slots=True)
class Judged(Generic[M_co]):
    """One file, judged alone. When it has errors, `spec` is what is well formed of it, or None."""

    path: str
    document: Document
    spec: M_co | None
    errors: tuple[SpecError, ...]

    def names(self, *path: str) -> tuple[str, ...]:
        """The names in the map at `path` as they are written, whether well formed or not what they stand for."""
        found: object = self.document.value
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return tuple(found) if isinstance(found, Mapping) else ()

    def error(self, path: Path, message: str, *, at_key: bool = False, cluster: str = "") -> SpecError:
        """Something wrong with the value at `path` of this file, or with its key; with a `cluster`, in that alone."""
        position = self.document.where_key(path) if at_key else self.document.where(path)
        return SpecError(self.path, *position, message, cluster)


def judge(file: SpecFile, model: type[M]) -> Judged[M]:
    """Parse and validate one file. Never raises: errors are in what is returned, all of them."""
    document = parse(file.content, _AS_WRITTEN[file.kind])
    spec: M | None = None
    wrong: list[_Wrong] = []
    if document.value is not None:
        try:
            spec = model.model_validate(document.value)
        except ValidationError as error:
            wrong = list(_wrong(error, document))
            if issubclass(model, Model) and not document.problems:
                spec = salvage(model, document.value)
    places = sorted({*(position for position, _ in document.problems), *(found.position for found in wrong)})
    told, rest = {*places[:_MOST_PLACES]}, places[_MOST_PLACES:]
    worded = [(found.position, _message(found, model)) for found in wrong if found.position in told]
    found = {*worded, *(problem for problem in document.problems if problem[0] in told)}
    if rest:
        found.add((rest[0], f"{len(rest)} more problems from here on; mend those above first"))
    errors = sorted(SpecError(file.path, *position, message) for position, message in found)
    return Judged(file.path, document, spec if not document.problems else None, tuple(errors))


class _Wrong(NamedTuple):
    """One of pydantic's errors in its place; to put it in words takes time, which is for those that are told."""

    position: Position
    detail: ErrorDetails
    path: Path
    at_key: bool


def _wrong(error: ValidationError, document: Document) -> Iterator[_Wrong]:
    """What pydantic found, but for what only follows from the document's own problems."""
    details = error.errors(include_url=False)
    if document.problems:
        details = [detail for detail in details if detail["type"] not in _GUESSWORK]
    places = {position for position, _ in document.problems}
    for detail in details:
        path, at_key = _path(detail["loc"], document.value)
        if detail["type"] == "missing":
            position = document.where(path[:-1])
        elif at_key or detail["type"] == "extra_forbidden":
            position = document.where_key(path)
        else:
            position = document.where(path)
        if position not in places:
            yield _Wrong(position, detail, path, at_key)


def _message(wrong: _Wrong, model: type[BaseModel]) -> str:
    detail, path = wrong.detail, wrong.path
    name = str(path[-1]) if path else ""
    if detail["type"] == "missing":
        where = f" of `{dotted(path[:-1])}`" if path[:-1] else ""
        return f"`{name}`{where} is missing; add it"
    if detail["type"] == "extra_forbidden":
        return f"unknown field `{name}`; {did_you_mean(name, _known_fields(model, detail['loc']))}"
    if wrong.at_key:
        return f"the name {quoted(name)} must be {_rule(detail)}"
    return _sentence(detail, path)


def _path(loc: tuple[int | str, ...], value: object) -> tuple[Path, bool]:
    """Pydantic's `loc` without the steps that are not in the file, and whether it means a key."""
    path: list[str | int] = []
    for number, step in enumerate(loc):
        if step == "[key]":
            return tuple(path), True
        last = number == len(loc) - 1
        if isinstance(value, Mapping) and (step in value or last):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue
        path.append(step)
    return tuple(path), False


def _sentence(detail: ErrorDetails, path: Path) -> str:
    value, kind = detail["input"], detail["type"]
    if kind in _EMPTY:
        return f"`{dotted(path)}` must not be empty; fill it in"
    if kind == "too_long":
        limits = detail["ctx"]
        count, most = limits["actual_length"], limits["max_length"]
        return f"`{dotted(path)}` has {count} items; AWS takes at most {most}, so remove some"
    return must_be(_rule(detail), value, path) + _about_quotes(kind, value)


def _rule(detail: ErrorDetails) -> str:
    if rule := _RULES.get(detail["type"]):
        return rule.format(**detail.get("ctx", {}))
    return f"otherwise ({detail['msg']})"


def _about_quotes(kind: str, value: object) -> str:
    if kind == "int_type" and isinstance(value, str) and value.isascii() and value.isdigit():
        return "; remove the quotes"
    return "; put it in quotes" if kind == "string_type" and isinstance(value, int | float) else ""


def _known_fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    """Names of the fields that may stand where pydantic's `loc` ends."""
    models = [model]
    for step in map(str, loc[:-1]):
        if step.startswith(CHOICE):
            models = [found for found in models if step.removeprefix(CHOICE) in found.model_fields]
        elif fields := [found.model_fields[step] for found in models if step in found.model_fields]:
            models = [found for info in fields for found in models_in(info.annotation)]
    return {name for found in models for name in found.model_fields}
