"""A small WSGI server that slow or hostile clients can't hold: bounded in time, size and number."""

import io
import socket
import threading
from contextlib import suppress
from datetime import datetime
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

from reconciler.clock import Clock
from reconciler.report.log import logger

_log = logger(__name__)
_HEAD_BYTES = 16 * 1024
_IDLE_SECONDS = 5
_MOST_SECONDS = 30  # from the first byte of a request to the last of its answer, however steadily they drip
_MOST_CONNECTIONS = 64


class Server(ThreadingMixIn, WSGIServer):
    """One thread per connection; when there are too many, the oldest gives way, so nobody can lock others out.

    `clock` must not be one that runs fast, since clients don't.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, site: WSGIApplication, clock: Clock) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._clock = clock
        self._connections: dict[socket.socket, datetime] = {}  # since when each is there, the oldest first
        self._lock = threading.Lock()
        super().__init__((host, port), _Handler)
        self.set_app(site)

    def server_bind(self) -> None:
        """Bind without the base's look-up of the host's name, which can hang for seconds where DNS is away."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base's
        """Make room, then answer in a thread."""
        with self._lock:
            self._connections[request] = self._clock.now()
            oldest = next(iter(self._connections)) if len(self._connections) > _MOST_CONNECTIONS else None
        if oldest:
            _hang_up(oldest)
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """Hang up on whoever has been there for too long; the base asks for this several times a second."""
        now = self._clock.now()
        with self._lock:
            overdue = [one for one, since in self._connections.items() if (now - since).total_seconds() > _MOST_SECONDS]
        for connection in overdue:
            _hang_up(connection)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the base's
        """Forget a connection that has ended."""
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, _request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base's
        """Clients that stall or vanish are no news."""
        _log.debug("a connection ended badly", client=client_address, exc_info=True)

    def server_close(self) -> None:
        """Stop listening and hang up."""
        super().server_close()
        with self._lock:
            open_now = list(self._connections)
        for connection in open_now:
            _hang_up(connection)


class _Handler(WSGIRequestHandler):
    timeout = _IDLE_SECONDS

    def setup(self) -> None:
        super().setup()
        self.rfile = _Head(self.rfile.detach())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base's
        """Scrapes and health checks are no news."""


class _Head(io.BufferedReader):
    """The start of a request. One that is too long reads as an overlong line, which is answered with 414 or 431."""

    _left = _HEAD_BYTES

    def readline(self, size: int | None = -1, /) -> bytes:
        limit = _HEAD_BYTES + 1 if size is None or size < 0 else size
        line = super().readline(min(limit, self._left + 1))
        self._left -= len(line)
        return line if self._left >= 0 else b" " * limit


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
