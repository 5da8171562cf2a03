"""Somebody who keeps asking a load balancer for a page, and remembers every answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Condition, Event, Thread
from urllib.parse import urlsplit

TIMEOUT = 20


@dataclass(frozen=True)
class Answer:
    """An answer; the status is 0 when the connection broke."""

    status: int
    version: str = ""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(address: str, host: str, path: str = "/", headers: Mapping[str, str] | None = None) -> Answer:
    where = urlsplit(address)
    connection = HTTPConnection(str(where.hostname), where.port, timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers={"Host": host, **(headers or {})})
        reply = connection.getresponse()
        body = reply.read().decode()
        return Answer(reply.status, reply.getheader("X-Version") or "", body, dict(reply.getheaders()))
    except (OSError, HTTPException):
        return Answer(0)
    finally:
        connection.close()


class Visitor:
    """Asks one question after another until told to leave."""

    def __init__(self, address: str, host: str) -> None:
        self.answers: list[Answer] = []
        self._address, self._host = address, host
        self._answered = Condition()
        self._leaving = Event()

    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status != 200]

    def versions(self, last: int | None = None) -> set[str]:
        return {answer.version for answer in self.answers[-last if last else None :]}

    def wait_for(self, more: int) -> None:
        """Until that many more answers, to questions asked from now on, have come."""
        with self._answered:
            wanted = len(self.answers) + more + 1  # one question may be on its way
            assert self._answered.wait_for(lambda: len(self.answers) >= wanted, TIMEOUT)

    def stay(self) -> None:
        while not self._leaving.is_set():
            answer = ask(self._address, self._host)
            with self._answered:
                self.answers.append(answer)
                self._answered.notify_all()

    def leave(self) -> None:
        self._leaving.set()


@contextmanager
def visiting(address: str, host: str) -> Iterator[Visitor]:
    visitor = Visitor(address, host)
    thread = Thread(target=visitor.stay)
    thread.start()
    try:
        yield visitor
    finally:
        visitor.leave()
        thread.join()
