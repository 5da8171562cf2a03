"""What an unquoted YAML scalar means, by the YAML 1.2 core schema.

PyYAML reads 1.1, where `no` is false and `010` is eight: not what the person meant who wrote a country or a port.
"""

import math
import re

Scalar = str | int | float | bool | None

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_INTEGER = 40


def is_null(text: str) -> bool:
    """Whether the scalar says that there is no value."""
    return text in _NULL


def core(text: str) -> Scalar:
    """The value: `no`, `on` and dates are text, `010` is 10, `0o10` is 8. ValueError for what JSON has no number for."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text, 10)
    if _OCTAL.fullmatch(text):
        return _integer(text, 8)
    if _HEXADECIMAL.fullmatch(text):
        return _integer(text, 16)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("infinity and NaN have no meaning here; write a number, or put it in quotes")
    if not _FLOAT.fullmatch(text):
        return text
    if math.isinf(number := float(text)):
        raise ValueError("a number too large to hold; put it in quotes if it is text")
    return number


def _integer(text: str, base: int) -> int:
    if len(text) > _LONGEST_INTEGER:  # Python refuses to convert very long ones, and no field wants them
        raise ValueError("a number too long to hold; put it in quotes if it is text")
    return int(text, base)
