"""Which tasks a service starts and stops next. Pure: what AWS's service scheduler decides, and nothing of how."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil


@dataclass(frozen=True)
class Bounds:
    """How many tasks must keep serving, and how many there may be, while tasks are replaced."""

    lower: int
    upper: int


@dataclass(frozen=True)
class Member:
    """A task that is wanted: of the current revision and in a place it may stay, and serving yet or not."""

    id: str
    current: bool
    serving: bool


@dataclass(frozen=True)
class Moves:
    """What to do: start so many tasks of the current revision, stop those tasks."""

    start: int = 0
    stop: tuple[str, ...] = ()


def bounds(desired: int, minimum_percent: int, maximum_percent: int) -> Bounds:
    """The bounds that a deployment configuration means: the lower one is rounded up, the upper one down."""
    return Bounds(ceil(desired * minimum_percent / 100), desired * maximum_percent // 100)


def moves(desired: int, limits: Bounds, members: Sequence[Member]) -> Moves:
    """Bring the current revision to `desired` tasks and take the others away, within the limits.

    `members` are in the order they were started; of equals, the latest is stopped first.
    """
    excess = _excess(desired, members)
    kept = [each for each in members if each not in excess]
    stop = excess + _outdated(limits.lower, kept)
    current = sum(each.current for each in kept)
    room = limits.upper - (len(members) - len(stop))
    return Moves(max(0, min(desired - current, room)), tuple(each.id for each in stop))


def wind_down(desired: int, limits: Bounds, members: Sequence[Member]) -> Moves:
    """After a failed deployment nothing is started or replaced; only what is more than desired is stopped."""
    taken_as_they_are = [replace(each, current=True) for each in members]
    return replace(moves(desired, limits, taken_as_they_are), start=0)


def blocked(limits: Bounds, members: Sequence[Member]) -> bool:
    """Whether tasks wait to be replaced that the limits let neither stop nor be doubled."""
    return limits.lower >= limits.upper and not all(each.current for each in members)


def _excess(desired: int, members: Sequence[Member]) -> list[Member]:
    current = [each for each in members if each.current]
    latest_first = current[::-1]
    idle_first = sorted(latest_first, key=lambda each: each.serving)
    return idle_first[: max(0, len(current) - desired)]


def _outdated(lower: int, members: Sequence[Member]) -> list[Member]:
    idle = [each for each in members if not each.current and not each.serving]
    serving = [each for each in members if not each.current and each.serving]
    spare = max(0, sum(each.serving for each in members) - lower)
    return idle + serving[:spare]
