"""Models of which a part may be unclear: what is well formed is judged further though something beside it is wrong."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from reconciler.spec.wording import nearest

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


CHOICE = "choice "
"""Starts the step of pydantic's `loc` that tells which model of several was chosen: no field is called so."""
_MOST_MISSPELT = 100
"""With more unknown names than this nothing is known of what is not there: to compare them all takes seconds."""


class UnclearError(AttributeError):
    """A field was asked for that is wrong, missing or misspelt: whatever it would decide cannot be said yet."""


class Model(BaseModel):
    """Base of everything people write: unknown fields are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    if not TYPE_CHECKING:  # else any attribute would pass for one that a model has

        def __getattr__(self, name: str) -> object:
            if name in type(self).model_fields:
                raise UnclearError(name)
            return super().__getattr__(name)


def salvage(model: type[M], value: object) -> M:
    """The model with those fields of `value` that are well formed, at any depth; the others are unclear."""
    known = model.model_fields.keys()
    written: Mapping[str, object] = value if isinstance(value, Mapping) else {}
    unknown = written.keys() - known
    guessable = written is value and len(unknown) <= _MOST_MISSPELT
    unclear = {nearest(name, known) for name in unknown} if guessable else set(known)
    good: dict[str, Any] = {}
    for name in written.keys() & known:
        try:
            good[name] = _part(model, name, written[name])
        except ValidationError:
            unclear.add(name)
    salvaged = model.model_construct(set(good), **good)  # with defaults, which an unclear field must not have
    for name in unclear - good.keys():
        salvaged.__dict__.pop(name, None)
    return salvaged


def clear(findings: Iterator[T]) -> Iterator[T]:
    """The findings up to where something unclear is asked for: what follows from it would be a false alarm."""
    try:
        yield from findings
    except UnclearError:
        return


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    annotation: Any = Annotated[field.annotation, field]
    return TypeAdapter(annotation)


def _part(model: type[BaseModel], name: str, value: object) -> object:
    """A field's value, or as much of the models in it as is well formed. ValidationError when that is nothing."""
    field = model.model_fields[name]
    try:
        return _adapter(model, name).validate_python(value)
    except ValidationError as error:
        if error.errors()[0]["type"] == "too_long":
            raise  # which of the items are meant, nobody knows
        inner = list(models_in(field.annotation))
        if len(inner) != 1:
            raise
        match get_origin(field.annotation), value:
            case (origin, list()) if origin is tuple:
                return tuple(salvage(inner[0], item) for item in value)
            case (origin, dict()) if origin is dict:
                key, _ = get_args(field.annotation)
                names = TypeAdapter(dict[key, Any]).validate_python(value)  # type: ignore[valid-type]
                return {name: salvage(inner[0], item) for name, item in names.items()}
            case (origin, dict()) if origin is not tuple:
                return salvage(inner[0], value)
        raise
