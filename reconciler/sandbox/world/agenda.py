"""When something happens next: what makes a tick cost what is due, not what exists."""

from datetime import datetime
from heapq import heappop, heappush
from itertools import count


class Agenda:
    """Names and when each is due. Naming one again moves it to the new time."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, str]] = []
        self._due: dict[str, datetime] = {}
        self._order = count()

    def put(self, name: str, due: datetime | None) -> None:
        """`name` is next due then, or no more."""
        if due is None:
            self._due.pop(name, None)
        elif self._due.get(name) != due:
            self._due[name] = due
            heappush(self._heap, (due, next(self._order), name))

    def wake(self, name: str, now: datetime) -> None:
        """`name` is due now, whenever it was due."""
        self.put(name, now)

    def take(self, now: datetime) -> tuple[datetime, str] | None:
        """Take off the earliest name that is due by now."""
        while self._heap and self._heap[0][0] <= now:
            due, _, name = heappop(self._heap)
            if self._due.get(name) == due:
                del self._due[name]
                return due, name
        return None
