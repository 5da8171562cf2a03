"""Values, paths and lists as a person reads them on one line."""

import json
import re
from collections.abc import Sequence
from itertools import takewhile

from reconciler import redact
from reconciler.model import FieldChange, Ref, Value
from reconciler.spec.errors import printable

_LONGEST = 60
_LONG = 40
_CONTEXT = 10
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:(?P<type>[\w-]+)[/:](?P<name>[^\s\"'<>\],]+)")
_REF = re.compile(r"<\w+ of \S+ (?P<name>[^>]+)>")
_NOTHING: tuple[Value, ...] = (None, "", [], {}, ())


def difference(change: FieldChange) -> str:
    """`1.10 -> 1.11`; of long texts the part where they differ, of secrets neither."""
    live, want = (_said(value, change.path) for value in (change.live, change.want))
    shared = _shared(live, want) if max(len(live), len(want)) > _LONG else 0
    return f"{_cut(live, shared)} -> {_cut(want, shared)}"


def path(dotted: str) -> str:
    """A field's path, with names in place of ARNs."""
    return printable(_named(dotted))


def sentence(names: Sequence[str]) -> str:
    """`a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def count(number: int, noun: str) -> str:
    """`1 service`, `2 services`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _said(value: Value, where: str) -> str:
    if isinstance(value, Ref):
        return f"{value.resource.name} (new)"
    if value in _NOTHING:
        return "(none)"
    plain = redact.value(value, where)
    said = plain if isinstance(plain, str) else json.dumps(plain)
    return printable(_named(said))


def _named(said: str) -> str:
    """The text with names in place of references and ARNs."""
    return _REF.sub(lambda found: found["name"], _ARN.sub(_name, said))


def _name(arn: re.Match[str]) -> str:
    """The name that a person gave: without account, region, and the ids that AWS adds."""
    return arn["name"].partition("/")[0] if arn["type"] == "targetgroup" else arn["name"]


def _shared(live: str, want: str) -> int:
    """How much of the beginning may be left out: up to a slash not far from the difference, or nearly all that is."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(live, want, strict=False)))
    slash = live.rfind("/", 0, common)
    if slash > 0 and common - slash <= _LONG:
        return slash
    return common - _CONTEXT if common > _LONG else 0


def _cut(said: str, shared: int) -> str:
    said = f"…{said[shared:]}" if shared else said
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
