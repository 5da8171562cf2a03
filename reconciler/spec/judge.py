"""A parsed file held against its model: what pydantic finds, said in plain words and at the right place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.spec.document import Document, Path, parse
from reconciler.spec.errors import Position, SpecError, did_you_mean, quoted
from reconciler.spec.layout import Kind, SpecFile

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
    found = {(position, message): None for position, message in document.problems}
    places = {position for position, _ in document.problems}
    spec: M | None = None
    if document.value is not None:
        try:
            spec = model.model_validate(document.value)
        except ValidationError as error:
            details = error.errors(include_url=False)
            wrong = (_problem(detail, document, model) for detail in details[:_ERROR_LIMIT])
            found |= {problem: None for problem in wrong if problem[0] not in places}
    errors = sorted(SpecError(file.path, *position, message) for position, message in found)
    return Judged(file.path, document, spec if not errors else None, tuple(errors[:_ERROR_LIMIT]))


def dotted(path: Path) -> str:
    """The path as people write it: `listeners[0].port`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def described(value: object, path: Path) -> str:
    """What a wrong value is, in words; the text itself stays unsaid where it may be a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return "a map"
        case list():
            return "a list"
        case _ if {"environment", "secrets"} & set(path):
            return "what is here"
        case str():
            return f"the text {quoted(value)}"
        case _:
            return f"the number {value}"


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
    """pydantic's `loc` without the steps that are not in the file, and whether it means a key."""
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
    context: Mapping[str, Any] = detail.get("ctx", {})
    value = detail["input"]
    not_this = f", not {described(value, path)}"
    match detail["type"]:
        case "rule":
            return f"must be {context['rule']}{not_this}"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"must be a whole number{not_this}" + ("; remove the quotes" if _is_number(value) else "")
        case "string_type":
            quotable = isinstance(value, int | float)
            return f"must be text{not_this}" + ("; put it in quotes" if quotable else "")
        case "bool_type":
            return f"must be true or false{not_this}"
        case "dict_type" | "model_type" | "model_attributes_type" | "mapping_type":
            return f"must be a map (`name: value`){not_this}"
        case "tuple_type" | "list_type":
            return f"must be a list (`- item`){not_this}"
        case "literal_error":
            return f"must be {context['expected']}{not_this}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}{not_this}"
        case "less_than_equal":
            return f"must be at most {context['le']}{not_this}"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must be at most {context['max_length']} characters long"
        case _:
            return f"is wrong: {detail['msg']}"


def _is_number(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()


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
