"""Plain data held against a shape of the AWS API, as botocore describes it. Reads only botocore's data files."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from reconciler.spec.errors import Path
from reconciler.spec.wording import did_you_mean, dotted, must_be, nearest


class Finding(NamedTuple):
    """What is wrong with the value at a path, or with its name. What is `stray` is not a misspelling of anything."""

    path: Path
    message: str
    at_key: bool = False
    stray: bool = False


_INT32 = 2**31
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "text"),
    "boolean": (bool, "true or false"),
    "integer": (int, "a whole number"),
    "long": (int, "a whole number"),
    "double": ((int, float), "a number"),
    "float": ((int, float), "a number"),
}


@cache
def ecs() -> ServiceModel:
    """The ECS API."""
    return ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")


@cache
def request(operation: str) -> StructureShape:
    """What an operation of ECS takes."""
    shape = ecs().operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


@cache
def members(structure: str) -> frozenset[str]:
    """Names of the fields of one of ECS's structures."""
    shape = ecs().shape_for(structure)
    assert isinstance(shape, StructureShape)
    return frozenset(shape.members)


def check_fields(shape: StructureShape, value: dict[str, object], path: Path) -> Iterator[Finding]:
    """What is wrong with each field of a structure."""
    known = shape.members.keys()
    for name, item in value.items():
        if name in known:
            yield from check_shape(shape.members[name], item, (*path, name))
        else:
            message, stray = f"unknown field `{name}`; {did_you_mean(name, known)}", not nearest(name, known)
            yield Finding((*path, name), message, at_key=True, stray=stray)


def check_shape(shape: Shape, value: object, path: Path) -> Iterator[Finding]:
    """What is wrong with a value of a shape, at any depth."""
    match shape, value:
        case StructureShape(), dict():
            yield from check_fields(shape, value, path)
            for name in shape.required_members:
                if name not in value:
                    yield Finding(path, f"`{name}` of `{dotted(path)}` is missing; add it")
        case ListShape(), list():
            for number, item in enumerate(value):
                yield from check_shape(shape.member, item, (*path, number))
        case MapShape(), dict():
            for name, item in value.items():
                yield from check_shape(shape.value, item, (*path, name))
        case ((StructureShape() | MapShape()), _):
            yield Finding(path, must_be("a map (`name: value`)", value, path))
        case ListShape(), _:
            yield Finding(path, must_be("a list (`- item`)", value, path))
        case _:
            yield from _check_scalar(shape, value, path)


def _check_scalar(shape: Shape, value: object, path: Path) -> Iterator[Finding]:
    kinds, words = _TYPES.get(shape.type_name, (object, ""))
    if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
        quotes = "; put it in quotes" if kinds is str and isinstance(value, int | float) else ""
        yield Finding(path, must_be(words, value, path) + quotes)
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        hint = nearest(str(value), shape.enum)
        advice = f"; did you mean {hint}?" if hint else ""
        yield Finding(path, must_be(f"one of {', '.join(shape.enum)}", value, path) + advice)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low = shape.metadata.get("min", -_INT32)
        high = shape.metadata.get("max", _INT32 - 1)
        if not low <= value <= high:
            yield Finding(path, must_be(f"from {low} to {high}", value, path))
