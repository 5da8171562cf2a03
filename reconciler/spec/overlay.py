"""config.yml → environment variables of one cluster."""

import json
from collections.abc import Mapping
from typing import Any

from reconciler.spec.layout import DEFAULT


def environment(base: Mapping[str, str], config: Mapping[str, Mapping[str, Any]], cluster: str) -> dict[str, str]:
    """What a container is told in `cluster`: `base`, then config.yml's default, then its overlay for the cluster."""
    laid = merge(merge(dict(base), config.get(DEFAULT, {})), config.get(cluster, {}))
    return {name: _variable(value) for name, value in sorted(laid.items())}


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `under` as JSON Merge Patch does (RFC 7396): maps merge, null removes, the rest replaces."""
    merged = dict(under)
    for name, value in over.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            below = merged.get(name)
            merged[name] = merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged


def _variable(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
