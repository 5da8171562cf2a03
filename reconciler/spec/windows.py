"""A window of time as people write it: once with timestamps, or every week on the wall clock of a place."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from reconciler.spec.fields import Matches, Text
from reconciler.spec.partial import Model

_WEEK = timedelta(weeks=1)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_WEEKLY = f"({'|'.join(_DAYS)}) {_CLOCK}"
_TIMESTAMP = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}(:[0-5][0-9])?(Z|[+-]{_CLOCK})"
_MOMENT_RULE = "a timestamp with its offset (2026-12-20T00:00:00+01:00) or a day and time of the week (Fri 16:00)"


def is_weekly(moment: str) -> bool:
    """Whether a moment comes back every week."""
    return re.fullmatch(_WEEKLY, moment) is not None


def _in_the_calendar(moment: str) -> str:
    try:
        if not is_weekly(moment):
            datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("rule", "{rule}", {"rule": "a day that is in the calendar"}) from error
    return moment


FreezeMoment = Annotated[str, Matches(f"({_TIMESTAMP}|{_WEEKLY})", _MOMENT_RULE), AfterValidator(_in_the_calendar)]


_OF_THE_MACHINE = {"localtime", "posixrules"}
"""Names that stand for another zone on each machine."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
        known = name not in _OF_THE_MACHINE
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = False
    if not known:
        rule = "a time zone that this system knows, such as Europe/Berlin"
        raise PydanticCustomError("rule", "{rule}", {"rule": rule})
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class FreezeWindow(Model):
    """A time in which nothing new begins: once, or every week."""

    start: FreezeMoment = Field(
        description="When it begins: a timestamp with its offset, `2026-12-20T00:00:00+01:00`, or a weekly `Fri 16:00`."
    )
    end: FreezeMoment = Field(description="When it is over, written as `start` is.")
    timezone: TimeZone = Field("UTC", description="Of a weekly window: a name such as `Europe/Berlin`.")
    why: Text = Field(description="What people are told.")

    @property
    def is_weekly(self) -> bool:
        """Whether it comes back every week."""
        return is_weekly(self.start)


def ends(window: FreezeWindow, now: datetime) -> datetime | None:
    """When a window that `now` is in ends; None outside of it. It begins with its start and ends before its end.

    Of a moment that the wall clock has twice, or skips, as clocks are changed, a start is the earlier and an end the
    later: a freeze is at least as long as it is written.
    """
    if not window.is_weekly:
        start, end = map(datetime.fromisoformat, (window.start, window.end))
        return end.astimezone(UTC) if start <= now < end else None
    zone = ZoneInfo(window.timezone)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    begins, length = _into_the_week(window.start), (_into_the_week(window.end) - _into_the_week(window.start)) % _WEEK
    this_week = today - timedelta(days=today.weekday()) + begins
    for start in (this_week, this_week - _WEEK):
        over = max(_moments(start + length, zone))
        if min(_moments(start, zone)) <= now < over:
            return over
    return None


def _moments(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """What a wall clock's time can mean: the same moment twice, but for the hour in which clocks are changed."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def _into_the_week(moment: str) -> timedelta:
    """How long after Monday began, on the wall clock: `Fri 16:00` is four days and sixteen hours."""
    day, _, time = moment.partition(" ")
    hours, minutes = time.split(":")
    return timedelta(days=_DAYS.index(day), hours=int(hours), minutes=int(minutes))
