"""What an unquoted YAML scalar means, by the YAML 1.2 core schema.

PyYAML reads 1.1, where `no` is false and `010` is eight: not what the person meant who wrote a country or a port.
"""

import math
import re

Scalar = str | int | float | bool | None

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 40


def is_null(text: str) -> bool:
    """Whether the scalar says that there is no value."""
    return text in _CONSTANTS and _CONSTANTS[text] is None


def core(text: str) -> Scalar:
    """The value: `no`, `on` and dates are text, `010` is 10, `0o10` is 8. ValueError for what no field can hold."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number(text) if text[0] in "+-.0123456789" else text


def _number(text: str) -> str | int | float:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("infinity and NaN have no meaning here; write a number, or put it in quotes")
    for form, base in ((_INTEGER, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if form.fullmatch(text):
            return int(_bounded(text), base)
    if not _FLOAT.fullmatch(text):
        return text
    if math.isinf(number := float(_bounded(text))):
        raise ValueError("a number too large to hold; put it in quotes if it is text")
    return number


def _bounded(text: str) -> str:
    """The number's text: Python refuses to convert very long ones, and no field wants them."""
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number too long to hold; put it in quotes if it is text")
    return text
