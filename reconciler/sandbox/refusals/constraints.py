"""The limits that AWS's own service model states: lengths, ranges, patterns and enumerations.

AWS checks them before it looks at anything else. botocore knows them too, but checks only the lower bounds.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import Shape
from moto.core.utils import get_service_model

# What `re` lacks of AWS's regular expressions, as parts of a character class; the last is all pairs of surrogates.
_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{Z}": r"\s",
    r"\p{N}": r"\d",
    r"\p{ASCII}": r"\x00-\x7f",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
}


def violation(service: str, operation: str, parameters: dict[str, Any]) -> tuple[Any, str, str] | None:
    """The first value that breaks the model: the value, where it stands, and the constraint in AWS's words."""
    shape = get_service_model(service).operation_model(operation).input_shape
    return next(_violations(shape, parameters, ""), None) if shape else None


def _violations(shape: Shape, value: Any, path: str) -> Iterator[tuple[Any, str, str]]:
    constraint = _broken(shape, value)
    if constraint:
        yield value, path, constraint
    for member, part, where in _parts(shape, value, path):
        yield from _violations(member, part, where)


def _parts(shape: Any, value: Any, path: str) -> Iterator[tuple[Shape, Any, str]]:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield member, value[name], f"{path}.{_lower(name)}".lstrip(".")
    elif shape.type_name == "list" and isinstance(value, list):
        for position, part in enumerate(value, start=1):
            yield shape.member, part, f"{path}.{position}.member"


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _broken(shape: Any, value: Any) -> str | None:
    limits = shape.metadata
    kind = shape.type_name
    if kind in ("integer", "long"):
        return _out_of_range(limits, int(value))
    if kind in ("string", "list"):
        return _wrong_size(limits, len(value)) or (_malformed(limits, value) if kind == "string" else None)
    return None


def _out_of_range(limits: dict[str, Any], value: int) -> str | None:
    if value > limits.get("max", value):
        return f"Member must have value less than or equal to {limits['max']}"
    if value < limits.get("min", value):
        return f"Member must have value greater than or equal to {limits['min']}"
    return None


def _wrong_size(limits: dict[str, Any], size: int) -> str | None:
    if size > limits.get("max", size):
        return f"Member must have length less than or equal to {limits['max']}"
    if size < limits.get("min", size):
        return f"Member must have length greater than or equal to {limits['min']}"
    return None


def _malformed(limits: dict[str, Any], value: str) -> str | None:
    if "enum" in limits and value not in limits["enum"]:
        return f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    if "pattern" in limits and not _pattern(limits["pattern"]).fullmatch(value):
        return f"Member must satisfy regular expression pattern: {limits['pattern']}"
    return None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    for theirs, ours in _CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern)
