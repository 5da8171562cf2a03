"""Durations as people write them: `30s`, `5m`, `2h`."""

import re

_DURATION = re.compile(r"([0-9]{1,6})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def seconds(value: object) -> int:
    """Seconds of a written duration. Raises `ValueError` that says how to write one."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return int(match[1]) * _SECONDS[match[2]]
    raise ValueError("write a duration as a whole number and a unit: 30s, 5m or 2h")
