"""The embedded AWS: moto behind an HTTP port on loopback, with the simulated world and the refusals on top."""

import logging
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from email.utils import format_datetime
from functools import cache, partial
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from flask import Flask
from moto.backends import SERVICE_NAMES
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from reconciler.clock import Clock, SteppedClock
from reconciler.sandbox import corrections
from reconciler.sandbox.calls import Hooks, intercept
from reconciler.sandbox.faults import answer_faults
from reconciler.sandbox.refusals import refuse
from reconciler.sandbox.traffic import Traffic
from reconciler.sandbox.world import Scenario, World, hang

HOST = "127.0.0.1"
POLL_SECONDS = 0.02
TICK_SECONDS = 0.25

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)

_in_use = Lock()
"""moto's state is the process's, so there is one sandbox at a time."""


class Sandbox:
    """An AWS of one's own, empty at the start and gone at the end.

    A real or fast clock ticks the world in the background. A stepped clock moves only when a test steps it: then
    each call, and `world.tick()`, lets happen what is due. `seed` makes the ids that moto invents repeatable.
    """

    def __init__(self, clock: Clock, scenario: Scenario | None = None, port: int = 0, seed: int | None = None) -> None:
        self.world = World(clock, scenario or Scenario())
        self.hooks = Hooks(lock=self.world.lock)
        self.hooks.answers.update(corrections.answers(clock))
        hang(self.world, self.hooks)
        self.hooks.before.append(refuse)
        self.hooks.after.append(corrections.stamp(clock))
        self.traffic = Traffic(self.world)
        self._clock = clock
        self._port = port
        self._seed = seed
        self._running = ExitStack()

    @property
    def endpoint(self) -> str:
        """Where it listens: for `AWS_ENDPOINT_URL`."""
        return f"http://{HOST}:{self._port}"

    @property
    def application(self) -> "WSGIApplication":
        """What answers its requests, as a WSGI application."""
        return _dated(_application(), self._clock)

    def environment(self) -> Mapping[str, str]:
        """The environment variables that send any AWS client here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def start(self) -> None:
        """Start an empty AWS; raises OSError when the port is taken."""
        if not _in_use.acquire(blocking=False):
            raise RuntimeError("another sandbox is running in this process")
        with ExitStack() as undo:
            undo.callback(_in_use.release)
            self._set_up(undo)
            self._running = undo.pop_all()

    def stop(self) -> None:
        """End the threads and forget everything."""
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _set_up(self, undo: ExitStack) -> None:
        # A third of a second for each EC2 backend, and nothing here looks at machine images.
        os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        _reset()
        undo.callback(_reset)
        if self._seed is not None:
            mock_random.seed(self._seed)
        undo.enter_context(intercept(self.hooks))
        undo.callback(self.traffic.stop)
        self._serve(undo)
        if not isinstance(self._clock, SteppedClock):
            self._tick_along(undo)

    def _serve(self, undo: ExitStack) -> None:
        # werkzeug exits the process when the port is taken; a socket of our own raises.
        with socket.create_server((HOST, self._port)) as listening:
            server = make_server(
                HOST, 0, self.application, threaded=True, request_handler=_Handler, fd=listening.fileno()
            )
        self._port = server.port
        _run(undo, "sandbox-server", partial(server.serve_forever, poll_interval=POLL_SECONDS), server.shutdown)
        undo.callback(server.server_close)

    def _tick_along(self, undo: ExitStack) -> None:
        stopping = Event()
        _run(undo, "sandbox-ticker", partial(self._tick_until, stopping), stopping.set)

    def _tick_until(self, stopping: Event) -> None:
        while not self._clock.wait(stopping, TICK_SECONDS):
            try:
                self.world.tick()
            except Exception:  # noqa: BLE001 - without ticks the world would stand still, and nobody would know why
                _LOG.exception("the sandbox broke as time passed")


def _run(undo: ExitStack, name: str, work: Callable[[], None], end: Callable[[], None]) -> None:
    """Work in a thread until `end` is called, which undoing does."""
    thread = Thread(target=work, name=name)
    thread.start()
    undo.callback(thread.join)
    undo.callback(end)


class _Handler(WSGIRequestHandler):
    """Keeps the log of requests to itself: the hooks are there to look at them."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status alone: the machine's own time would be told beside AWS's."""
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        if type != "info":
            _LOG.log(logging.getLevelName(type.upper()), message, *args)


class _Application(DomainDispatcherApplication):
    """All services behind one port. Whose host is whose is looked up once: moto lists its own folders each time."""

    def __init__(self) -> None:
        super().__init__(_service_application)
        self.get_backend_for_host = cache(super().get_backend_for_host)  # type: ignore[method-assign]


@cache
def _application() -> _Application:
    return _Application()


def _dated(application: "WSGIApplication", clock: Clock) -> "WSGIApplication":
    """The same application; each answer tells AWS's time, as all of AWS's answers do."""

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        def dated(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            return start(status, [*headers, ("Date", format_datetime(clock.now(), usegmt=True))], *more)

        return application(environ, dated)

    return answer


def _service_application(service: SERVICE_NAMES) -> Flask:
    app = create_backend_app(service)
    answer_faults(app, service)
    return app


def _reset() -> None:
    moto_api_backend.reset()
