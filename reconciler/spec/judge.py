"""A parsed file held against its model: what pydantic finds, said in plain words and at the right place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.spec.document import Document, parse
from reconciler.spec.errors import Path, Position, SpecError
from reconciler.spec.layout import Kind, SpecFile
from reconciler.spec.wording import described, did_you_mean, dotted

M = TypeVar("M", bound=BaseModel)
M_co = TypeVar("M_co", bound=BaseModel, covariant=True)

_ERROR_LIMIT = 50

_AS_WRITTEN: dict[Kind, Callable[[Path], bool]] = {
    "cluster": lambda path: path == ("account",),
    "service": lambda path: path[-2:-1] == ("environment",) and isinstance(path[-1], str),
    "config": lambda path: len(path) == 2,  # noqa: PLR2004 - a section and a name in it
    "release": lambda _: True,
}
"""Where text is meant even if it looks like a number: `1.10` is a version, not 1.1."""

_RULES = {
    "rule": "be {rule}",
    "int_type": "be a whole number",
    "string_type": "be text",
    "bool_type": "be true or false",
    "dict_type": "be a map (`name: value`)",
    "model_type": "be a map (`name: value`)",
    "tuple_type": "be a list (`- item`)",
    "literal_error": "be {expected}",
    "greater_than_equal": "be at least {ge}",
    "less_than_equal": "be at most {le}",
    "string_too_short": "have at least {min_length} character",
    "string_too_long": "have at most {max_length} characters",
    "too_short": "have at least {min_length} item",
}
"""What a value must do, by the type of pydantic's error, filled in from its context."""


@dataclass(frozen=True, slots=True)
class Judged(Generic[M_co]):
    """One file, judged alone. `spec` is None when the file is not what its model asks for."""

    path: str
    document: Document
    spec: M_co | None
    errors: tuple[SpecError, ...]

    def error(self, path: Path, message: str, *, at_key: bool = False) -> SpecError:
        """Something wrong with the value at `path` of this file, or with its key."""
        position = self.document.where_key(path) if at_key else self.document.where(path)
        return SpecError(self.path, *position, message)


def judge(file: SpecFile, model: type[M]) -> Judged[M]:
    """Parse and validate one file. Never raises: errors are in what is returned, all of them."""
    document = parse(file.content, _AS_WRITTEN[file.kind])
    found = dict.fromkeys(document.problems)
    places = {position for position, _ in document.problems}
    spec: M | None = None
    if document.value is not None:
        try:
            spec = model.model_validate(document.value)
        except ValidationError as error:
            details = error.errors(include_url=False)
            wrong = (_problem(detail, document, model) for detail in details)
            found |= dict.fromkeys(problem for problem in wrong if problem[0] not in places)
    errors = sorted(SpecError(file.path, *position, message) for position, message in found)
    if len(errors) > _ERROR_LIMIT:
        rest = f"{len(errors) - _ERROR_LIMIT} more problems from here on; mend those above first"
        errors[_ERROR_LIMIT:] = [replace(errors[_ERROR_LIMIT], message=rest)]
    return Judged(file.path, document, spec if not errors else None, tuple(errors))


def _problem(detail: ErrorDetails, document: Document, model: type[BaseModel]) -> tuple[Position, str]:
    path, at_key = _path(detail["loc"], document.value)
    kind = detail["type"]
    if kind == "missing":
        parent = path[:-1]
        where = f" of `{dotted(parent)}`" if parent else ""
        return document.where(parent), f"`{path[-1]}`{where} is missing; add it"
    if kind == "extra_forbidden":
        known = _known_fields(model, path)
        return document.where_key(path), f"unknown field `{path[-1]}`; {did_you_mean(str(path[-1]), known)}"
    position = document.where_key(path) if at_key else document.where(path)
    name = dotted(path) if path else "the file"
    return position, f"`{name}` {_said(detail, path)}"


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


def _said(detail: ErrorDetails, path: Path) -> str:
    """The sentence about one value, its name left out."""
    value, kind = detail["input"], detail["type"]
    if kind not in _RULES:
        return f"is wrong: {detail['msg']}"
    rule = _RULES[kind].format(**detail.get("ctx", {}))
    return f"must {rule}, not {described(value, path)}{_about_quotes(kind, value)}"


def _about_quotes(kind: str, value: object) -> str:
    if kind == "int_type" and isinstance(value, str) and value.isascii() and value.isdigit():
        return "; remove the quotes"
    return "; put it in quotes" if kind == "string_type" and isinstance(value, int | float) else ""


def _known_fields(model: type[BaseModel], path: Path) -> set[str]:
    """Names of the fields that may stand where `path` ends."""
    models = [model]
    for step in path[:-1]:
        fields = [found.model_fields[str(step)] for found in models if str(step) in found.model_fields]
        if fields:
            models = [found for info in fields for found in _models(info.annotation)]
    return {name for found in models for name in found.model_fields}


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
