"""Lists a page at a time. A token names the last item shown, so it holds when the list changes meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_PAGE = 100


def page(items: Sequence[str], parameters: Mapping[str, Any], default: int) -> tuple[list[str], dict[str, str]]:
    """The page of sorted `items` that a call asks for, and the `nextToken` member if there are more."""
    size = min(int(parameters.get("maxResults") or default), LARGEST_PAGE)
    after = parameters.get("nextToken") or ""
    rest = [each for each in items if each > after]
    shown = rest[:size]
    return shown, {"nextToken": shown[-1]} if len(rest) > size else {}
