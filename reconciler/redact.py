"""The last line of defence against secrets in what is told: plans, log, terminal and HTTP pass through here.

Nothing secret should get this far. What still looks like a secret, by its key or by its shape, is masked.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from reconciler.model import FieldChange, Value

MASK = "(sensitive)"

_WORDS = (
    r"(?:pass(?:word|wd|phrase|\b)|pwd|session|secret|token|credential"
    r"|api[_-]?key|access[_-]?key|private[_-]?key|signature)"
)
_SENSITIVE = re.compile(rf"{_WORDS}|apikey|authorization|cookie", re.IGNORECASE)
_FLAG = re.compile(r"--?[A-Za-z][\w-]*$")
_SHAPES = (
    re.compile(r"(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]{1,20}://)[^/\s@\"']+(?=@)", re.IGNORECASE),
    re.compile(r"(?P<before>\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    # `password=…`, `"password": "…"`; a bare `password: …` is prose more often than not.
    re.compile(
        rf"(?P<before>{_WORDS}[\w-]{{0,40}}(?:\s{{0,3}}=|[\"']\s{{0,3}}:)\s{{0,3}})"
        r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'&,;}]+)",
        re.IGNORECASE,
    ),
    # Keys that say of themselves what they are: Stripe's, GitHub's, Slack's.
    re.compile(r"(?P<before>)\b(?:[sr]k_(?:live|test)_\w{8,}|gh[pousr]_\w{20,}|xox[a-z]-[\w-]{10,})"),
    # An AWS secret access key: 40 characters of base64 in mixed case, which a git revision is not.
    re.compile(
        r"(?P<before>)(?<![\w/+=])(?=[\w/+]{0,39}[A-Z])(?=[\w/+]{0,39}[a-z])(?=[\w/+]{0,39}\d)[A-Za-z0-9/+]{40}(?![\w/+=])"
    ),
)


def text(said: str) -> str:
    """The text with everything that has the shape of a secret masked."""
    for shape in _SHAPES:
        said = shape.sub(rf"\g<before>{MASK}", said)
    return said


def value(told: Value, key: str = "") -> Value:
    """The value, told under `key`, as plain JSON-like data with everything masked that looks like a secret."""
    if told is None or isinstance(told, bool):
        return told
    if _is_sensitive(key):
        return MASK
    if isinstance(told, Mapping):
        # AWS writes environment variables and tags as pairs: `{"name": "DB_PASSWORD", "value": "…"}`.
        pair = str(told.get("name") or told.get("key") or told.get("Key") or "")
        return {
            str(name): value(item, pair if pair and str(name).lower() == "value" else str(name))
            for name, item in told.items()
        }
    if isinstance(told, list | tuple | set | frozenset):
        return _items(told if isinstance(told, list | tuple) else sorted(told, key=str))
    if isinstance(told, datetime):
        return told.isoformat(timespec="milliseconds")
    return told if isinstance(told, int | float) else text(str(told))


def _items(told: Sequence[Value]) -> list[Value]:
    """The items of a list; of a command line also what stands behind a flag, as in `--token x`."""
    flags = (item if isinstance(item, str) and _FLAG.match(item) else "" for item in ("", *told))
    return [value(item, flag) for item, flag in zip(told, flags, strict=False)]


def change(told: FieldChange) -> FieldChange:
    """A field's change with everything masked that looks like a secret."""
    return FieldChange(told.path, value(told.live, told.path), value(told.want, told.path))


def _is_sensitive(key: str) -> bool:
    return _SENSITIVE.search(key) is not None
