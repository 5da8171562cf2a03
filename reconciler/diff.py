"""Declared-fields-only comparison: what git says against what AWS has. AWS's own defaults never show up.

The one rule: a field that is not declared is not compared, at any depth. Lists of objects that carry an
identity (a target group, a container's name) are matched by it, so AWS may return them in any order.
"""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model import FieldChange, Ref, Value

_IDENTITIES = ("targetGroupArn", "targetGroup", "name", "containerName", "capacityProvider", "key")
_EMPTY: tuple[Value, ...] = (None, "", [], (), {})


def changes(want: Value, live: Value, path: str = "") -> tuple[FieldChange, ...]:
    """The declared fields of `want` whose value in `live` differs, by dotted path, in declaration order."""
    return tuple(_walk(want, live, path))


def _walk(want: Value, live: Value, path: str) -> Iterator[FieldChange]:
    if isinstance(want, Mapping) and isinstance(live, Mapping):
        for key, value in want.items():
            yield from _walk(value, live.get(key), f"{path}.{key}" if path else str(key))
    elif (identity := _identity(want)) and _is_list(live) and len(want) == len(live):
        by_identity = {item.get(identity): item for item in live if isinstance(item, Mapping)}
        for item in want:
            yield from _walk(item, by_identity.get(item[identity]), f"{path}[{item[identity]}]")
    elif _is_list(want) and _is_list(live) and len(want) == len(live) and not identity and not _is_plain(want):
        for index, (wanted, found) in enumerate(zip(want, live, strict=True)):
            yield from _walk(wanted, found, f"{path}[{index}]")
    elif want != live and not (want in _EMPTY and live in _EMPTY):
        yield FieldChange(path, live, want)


def _is_list(value: Value) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_plain(items: Sequence[Value]) -> bool:
    """Whether a list is one value, as a command line is: what stands at a place means nothing without the others."""
    return not any(isinstance(item, Mapping) or _is_list(item) for item in items)


def _identity(want: Value) -> str | None:
    if not _is_list(want) or not want or not all(isinstance(item, Mapping) for item in want):
        return None
    return next((key for key in _IDENTITIES if _tells_apart(key, want)), None)


def _tells_apart(key: str, items: Sequence[Mapping[str, Value]]) -> bool:
    """Whether every item has a value of its own under `key`: two ways into one container are two items."""
    values = [item.get(key) for item in items]
    return all(values) and len({repr(value) for value in values}) == len(values)


def refs(value: Value) -> Iterator[Ref]:
    """Every reference inside `value`."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from refs(item)
    elif _is_list(value):
        for item in value:
            yield from refs(item)


def fill(value: Value, known: Mapping[Ref, Value]) -> Value:
    """`value` with every reference in `known` replaced by what it stands for; unknown ones stay."""
    if isinstance(value, Ref):
        return known.get(value, value)
    if isinstance(value, Mapping):
        return {key: fill(item, known) for key, item in value.items()}
    if _is_list(value):
        return [fill(item, known) for item in value]
    return value
