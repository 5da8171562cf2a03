"""The HTTP page of the operator: metrics for Prometheus, health for ECS, status for people and scripts.

Read-only, but for a webhook that tells of a push. Each request is answered in a thread of its own, from the last
published status; no request waits for the loop, and none makes it wait.
"""

import gzip
import html
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client.exposition import choose_encoder, gzip_accepted

from reconciler import redact
from reconciler.clock import Clock, SystemClock
from reconciler.model import Freeze, Pause
from reconciler.report.freshness import known
from reconciler.report.log import logger
from reconciler.report.metrics import Metrics
from reconciler.report.status import OperatorStatus, ServiceStatus
from reconciler.report.webhook import Webhook
from reconciler.report.wsgi import Server
from reconciler.settings import Address

_log = logger(__name__)
_TEXT, _JSON, _HTML = "text/plain; charset=utf-8", "application/json", "text/html; charset=utf-8"
_STOP_POLL_SECONDS = 0.1
_INDEX = """<!doctype html>
<title>reconciler</title>
<h1>reconciler</h1>
<p>{leadership}
<ul>
<li><a href="/api/status">/api/status</a>: every service, as JSON
<li><a href="/metrics">/metrics</a>: for Prometheus
<li><a href="/readyz">/readyz</a>: 200 while the last good pass is recent, or a follower could take over
<li><a href="/healthz">/healthz</a>: 200 while the process lives
</ul>
"""


class ListenError(Exception):
    """The address can't be listened on, and why."""


class StatusServer:
    """Serves `/metrics`, `/healthz`, `/readyz`, `/api/status` and an index on `address`.

    `ready_within` is how many seconds old the last good pass, or a cluster's last reading, may be before it no
    longer counts. With a `webhook`, `/webhook` is answered too.
    """

    def __init__(
        self,
        address: Address,
        metrics: Metrics,
        status: Callable[[], OperatorStatus],
        clock: Clock,
        ready_within: float,
        webhook: Webhook | None = None,
    ) -> None:
        self._host, self._port = address.host, address.port
        self._site = _Site(metrics, status, clock, ready_within, webhook)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where to look, once started."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - shown, not bound
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    def start(self) -> None:
        """Listen, and answer from a thread of its own. Raises `ListenError`."""
        try:
            self._server = Server(self._host, self._port, self._site, SystemClock())
        except (OSError, UnicodeError) as error:  # UnicodeError: the name could be no host's
            reason = getattr(error, "strerror", None) or str(error)
            raise ListenError(f"can't listen on {self._host}:{self._port}: {reason}; choose another address") from error
        self._port = self._server.server_port
        serve = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_POLL_SECONDS,), name="http", daemon=True
        )
        serve.start()

    def stop(self) -> None:
        """Stop listening and hang up on everybody."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class _Site:
    """The pages, as a WSGI application."""

    def __init__(
        self,
        metrics: Metrics,
        status: Callable[[], OperatorStatus],
        clock: Clock,
        ready_within: float,
        webhook: Webhook | None,
    ) -> None:
        self._webhook = webhook
        self._metrics, self._status, self._clock, self._ready_within = metrics, status, clock, ready_within
        self._pages: dict[str, Callable[[WSGIEnvironment], _Answer]] = {
            "/": self._index,
            "/healthz": lambda _: _plain(HTTPStatus.OK, "ok"),
            "/readyz": self._ready,
            "/metrics": self._exposition,
            "/api/status": self._api_status,
        }

    def __call__(self, request: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(request)
        fixed = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status.value} {answer.status.phrase}", [*fixed, *answer.headers])
        return [] if request["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, request: WSGIEnvironment) -> _Answer:
        if self._webhook and request["PATH_INFO"] == "/webhook":
            return self._heard(self._webhook, request)
        page = self._pages.get(request["PATH_INFO"])
        if page is None:
            return _plain(HTTPStatus.NOT_FOUND, f"there is no such page; try {' '.join(self._pages)}")
        if request["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD are answered", ("Allow", "GET, HEAD"))
        try:
            return page(request)
        except Exception:  # noqa: BLE001 - one page's fault must not read as a dead process
            _log.exception("a page could not be made", path=request["PATH_INFO"])
            return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, "this page could not be made; the log says why")

    def _index(self, _request: WSGIEnvironment) -> _Answer:
        said = html.escape(f"This replica {self._status().leadership}.")
        return _Answer(HTTPStatus.OK, _HTML, _INDEX.format(leadership=said).encode())

    def _heard(self, webhook: Webhook, request: WSGIEnvironment) -> _Answer:
        status, said = webhook.answer(request)
        self._metrics.record_webhook("accepted" if status is HTTPStatus.ACCEPTED else "refused")
        return _plain(status, said, *([("Allow", "POST")] if status is HTTPStatus.METHOD_NOT_ALLOWED else []))

    def _ready(self, _request: WSGIEnvironment) -> _Answer:
        objection = unready(self._status(), self._clock.now(), self._ready_within)
        return _plain(HTTPStatus.SERVICE_UNAVAILABLE, objection) if objection else _plain(HTTPStatus.OK, "ok")

    def _exposition(self, request: WSGIEnvironment) -> _Answer:
        encode, content_type = choose_encoder(request.get("HTTP_ACCEPT", ""))
        body = encode(self._metrics.registry)
        if not gzip_accepted(request.get("HTTP_ACCEPT_ENCODING", "")):
            return _Answer(HTTPStatus.OK, content_type, body)
        packed = gzip.compress(body, compresslevel=1)
        return _Answer(HTTPStatus.OK, content_type, packed, (("Content-Encoding", "gzip"),))

    def _api_status(self, _request: WSGIEnvironment) -> _Answer:
        status = known(self._status(), self._clock.now(), self._ready_within)
        return _Answer(HTTPStatus.OK, _JSON, json.dumps(document(status), indent=2).encode())


def unready(status: OperatorStatus, now: datetime, within: float) -> str:
    """Why the operator does not count as ready; empty when it does. One that follows is, if it could take over."""
    if not status.leadership.leads:
        return status.leadership.trouble
    if status.passed_at is None:
        return "no pass has ended well yet"
    age = (now - status.passed_at).total_seconds()
    return f"the last good pass ended {age:.0f} s ago; {within:.0f} s are allowed" if age > within else ""


def document(status: OperatorStatus) -> dict[str, Any]:
    """The status as JSON-like data, secrets masked."""
    told: dict[str, Any] = redact.value(
        {
            "revision": status.revision,
            "revision_at": status.revision_at,
            "started_at": status.started_at,
            "leadership": asdict(status.leadership),
            "passed_at": status.passed_at,
            "observed_at": status.observed_at,
            "pauses": [_pause(pause) for pause in status.pauses],
            "freezes": [_freeze(freeze) for freeze in status.freezes],
            "services": [_service(service) for _, service in sorted(status.services.items())],
            "spec_errors": status.spec_errors,
            "source_error": status.source_error,
        }
    )
    return told


def _service(service: ServiceStatus) -> dict[str, Any]:
    return {
        "cluster": service.key.cluster,
        "service": service.key.service,
        "version": service.version,
        "sync": service.sync,
        "health": service.health,
        "phase": service.phase,
        "reason": service.reason,
        "held_by": service.held_by,
        "drift_fields": service.drift_fields,
        "in_sync_at": service.in_sync_at,
        "diverged_from": service.diverged_from,
        "colours": [asdict(colour) for colour in service.colours],
    }


def _pause(pause: Pause) -> dict[str, Any]:
    return {
        "cluster": pause.cluster,
        "service": pause.service,
        "by": pause.by,
        "until": pause.until,
        "why": pause.why,
    }


def _freeze(freeze: Freeze) -> dict[str, Any]:
    return {"cluster": freeze.cluster, "until": freeze.until, "why": freeze.why}


def _plain(status: HTTPStatus, said: str, *headers: tuple[str, str]) -> _Answer:
    return _Answer(status, _TEXT, f"{said}\n".encode(), headers)
