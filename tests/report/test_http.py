import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

import pytest

from reconciler.clock import SteppedClock
from reconciler.model import Freeze, Leadership, Pause
from reconciler.report.http import ListenError, StatusServer
from reconciler.report.metrics import Metrics
from reconciler.report.status import OperatorStatus
from reconciler.settings import Address
from tests.report.told import NOON, clock_at_noon, operator, verifying, well

READY_WITHIN = 120.0
PATIENCE_SECONDS = 20.0


class Page:
    """An operator's page, and what the operator would have it say."""

    def __init__(self) -> None:
        self.clock: SteppedClock = clock_at_noon()
        self.status: OperatorStatus | Exception = operator(well("httpbin"))
        metrics = Metrics(self.clock, "1.2.3", READY_WITHIN)
        metrics.publish(operator(well("httpbin")))
        self.server = StatusServer(Address("127.0.0.1", 0), metrics, self.told, self.clock, READY_WITHIN)

    def told(self) -> OperatorStatus:
        if isinstance(self.status, Exception):
            raise self.status
        return self.status

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.server.url.rpartition(":")[2])


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    page.server.start()
    yield page
    page.server.stop()


def server_on(page: Page, address: Address) -> StatusServer:
    return StatusServer(address, Metrics(page.clock, "1", 1), page.told, page.clock, READY_WITHIN)


def ask(page: Page, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
    with closing(http.client.HTTPConnection(*page.address, timeout=PATIENCE_SECONDS)) as connection:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def talk(page: Page, said: bytes) -> bytes:
    """What comes back on a connection that says just this, up to its end."""
    with socket.create_connection(page.address, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(said)
        return connection.makefile("rb").read()


def test_a_process_that_lives_is_healthy(page: Page) -> None:
    assert ask(page, "/healthz").status == 200


def test_the_operator_is_ready_while_its_last_good_pass_is_recent(page: Page) -> None:
    page.clock.step(READY_WITHIN)

    assert ask(page, "/readyz").status == 200


def test_the_operator_is_not_ready_when_its_last_good_pass_is_too_old(page: Page) -> None:
    page.clock.step(READY_WITHIN + 1)

    answer = ask(page, "/readyz")

    assert answer.status == 503
    assert answer.body == b"the last good pass ended 121 s ago; 120 s are allowed\n"


def test_the_operator_is_not_ready_before_its_first_good_pass(page: Page) -> None:
    page.status = OperatorStatus()

    answer = ask(page, "/readyz")

    assert answer.status == 503
    assert answer.body == b"no pass has ended well yet\n"


def test_a_replica_that_follows_is_ready_as_long_as_it_could_take_over(page: Page) -> None:
    following = Leadership(leads=False, holder="ip-10-0-1-7", epoch=7)
    page.status = OperatorStatus(leadership=following)
    assert ask(page, "/readyz").status == 200
    assert b"<p>This replica follows ip-10-0-1-7, epoch 7." in ask(page, "/").body

    page.status = OperatorStatus(leadership=replace(following, trouble="dynamodb:GetItem answered ..."))
    answer = ask(page, "/readyz")
    assert (answer.status, answer.body) == (503, b"dynamodb:GetItem answered ...\n")


def test_the_status_of_every_service_is_told_as_json(page: Page) -> None:
    page.status = replace(
        operator(well("httpbin"), verifying("api", "green: 2 of 3 targets healthy")),
        spec_errors=("desired/services/x/service.yml:7:5: unknown field 'prot'",),
        pauses=(Pause("prod", "httpbin", "alice", "incident 4711"),),
        freezes=(Freeze("test", NOON, "new year"),),
    )

    answer = ask(page, "/api/status")

    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.body) == {
        "revision": "1f2e3d4",
        "revision_at": "2026-03-01T12:00:00.000+00:00",
        "started_at": "2026-03-01T12:00:00.000+00:00",
        "passed_at": "2026-03-01T12:00:00.000+00:00",
        "observed_at": {"prod": "2026-03-01T12:00:00.000+00:00"},
        "spec_errors": ["desired/services/x/service.yml:7:5: unknown field 'prot'"],
        "source_error": "",
        "pauses": [
            {"cluster": "prod", "service": "httpbin", "by": "alice", "until": None, "why": "incident 4711"},
        ],
        "freezes": [{"cluster": "test", "until": "2026-03-01T12:00:00.000+00:00", "why": "new year"}],
        "leadership": {"leads": True, "holder": "", "epoch": 0, "trouble": ""},
        "services": [
            {
                "cluster": "prod",
                "service": "api",
                "version": "67c9cbb",
                "sync": "OutOfSync",
                "health": "Progressing",
                "phase": "Verify",
                "reason": "green: 2 of 3 targets healthy",
                "held_by": None,
                "drift_fields": 2,
                "in_sync_at": "2026-03-01T12:00:00.000+00:00",
                "diverged_from": "",
                "colours": [],
            },
            {
                "cluster": "prod",
                "service": "httpbin",
                "version": "67c9cbb",
                "sync": "Synced",
                "health": "Healthy",
                "phase": "Stable",
                "reason": "",
                "held_by": None,
                "drift_fields": 0,
                "in_sync_at": "2026-03-01T12:00:00.000+00:00",
                "diverged_from": "",
                "colours": [],
            },
        ],
    }


def test_a_status_too_old_to_be_true_is_told_as_unknown(page: Page) -> None:
    page.clock.step(READY_WITHIN + 1)

    (service,) = json.loads(ask(page, "/api/status").body)["services"]

    assert (service["sync"], service["health"]) == ("Unknown", "Unknown")
    assert service["reason"] == "not observed since 2026-03-01T12:00:00Z"


def test_no_secret_is_told(page: Page) -> None:
    page.status = replace(operator(), source_error="https://bot:canary@git.example/x.git: connection refused")

    assert b"canary" not in ask(page, "/api/status").body


def test_the_index_links_to_every_page(page: Page) -> None:
    answer = ask(page, "/")

    assert answer.headers["Content-Type"].startswith("text/html")
    for path in ("/metrics", "/healthz", "/readyz", "/api/status"):
        assert f'href="{path}"' in answer.body.decode()


def test_metrics_come_in_the_classic_format_unless_another_is_asked_for(page: Page) -> None:
    answer = ask(page, "/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b'reconciler_service_info{cluster="prod"' in answer.body


def test_metrics_come_as_openmetrics_for_whoever_accepts_it(page: Page) -> None:
    answer = ask(page, "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.body.endswith(b"# EOF\n")


def test_metrics_are_packed_for_whoever_accepts_it(page: Page) -> None:
    answer = ask(page, "/metrics", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"reconciler_service_info" in gzip.decompress(answer.body)


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/api/status", "/metrics"])
def test_head_gets_the_headers_of_get_and_no_body(page: Page, path: str) -> None:
    head, get = ask(page, path, "HEAD"), ask(page, path)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.body))


def test_another_path_is_not_found(page: Page) -> None:
    assert ask(page, "/etc/passwd").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "NONSENSE"])
def test_another_method_is_not_allowed(page: Page, method: str) -> None:
    answer = ask(page, "/api/status", method)

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a_page_that_cannot_be_made_takes_no_other_with_it(page: Page) -> None:
    page.status = RuntimeError("broken")

    assert ask(page, "/api/status").status == 500
    assert ask(page, "/healthz").status == 200


def test_clients_that_connect_and_say_nothing_lock_nobody_out(page: Page) -> None:
    with ExitStack() as silent:
        for _ in range(100):
            silent.enter_context(socket.create_connection(page.address, timeout=PATIENCE_SECONDS))

        assert ask(page, "/healthz").status == 200


def test_when_there_are_too_many_clients_the_oldest_gives_way(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.report.wsgi._Handler.timeout", None)  # so that only the crowd hangs up on anybody
    with ExitStack() as crowd:
        oldest, *others = [
            crowd.enter_context(socket.create_connection(page.address, timeout=PATIENCE_SECONDS)) for _ in range(65)
        ]

        assert oldest.recv(1) == b""
        others[0].sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert others[0].recv(12) == b"HTTP/1.0 200"


def test_a_client_that_stalls_in_the_middle_of_its_request_is_hung_up_on(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.report.wsgi._Handler.timeout", 0.05)

    assert talk(page, b"GET /healthz HTTP/1.1\r\nHost: ") == b""


def test_a_client_that_drips_its_request_for_too_long_is_hung_up_on(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.report.wsgi._Handler.timeout", None)  # as if it never paused for long
    monkeypatch.setattr("reconciler.report.wsgi._MOST_SECONDS", 0)

    assert talk(page, b"GET /healthz HTTP/1.1\r\nHost: ") == b""


def test_an_overlong_request_line_is_refused(page: Page) -> None:
    assert talk(page, b"GET /" + b"x" * 17_000).startswith(b"HTTP/1.0 414")


def test_too_many_headers_are_refused(page: Page) -> None:
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 500) for number in range(34))

    assert b" 431 " in talk(page, b"GET / HTTP/1.1\r\n" + headers + b"\r\n").splitlines()[0]


def test_nonsense_is_refused(page: Page) -> None:
    assert b"400" in talk(page, b"\x16\x03\x01 \x00 \x00 \x00\r\n\r\n")


def test_stopping_hangs_up_on_clients_and_frees_the_address(page: Page) -> None:
    with socket.create_connection(page.address, timeout=PATIENCE_SECONDS) as waiting:
        assert ask(page, "/healthz").status == 200  # so the connection before it was accepted

        page.server.stop()

        assert waiting.recv(1) == b""
    with socket.create_server(page.address):
        pass


def test_an_address_in_use_is_a_clear_error(page: Page) -> None:
    second = server_on(page, Address(*page.address))

    with pytest.raises(ListenError, match=f"can't listen on 127.0.0.1:{page.address[1]}: Address already in use"):
        second.start()


def test_a_host_that_no_machine_could_have_is_a_clear_error(page: Page) -> None:
    with pytest.raises(ListenError, match=r"can't listen on a\.\.b:80: .+; choose another address"):
        server_on(page, Address("a..b", 80)).start()


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1:9090", "http://127.0.0.1:9090"),
        ("localhost:9090", "http://localhost:9090"),
        (":9090", "http://127.0.0.1:9090"),
        ("[::1]:9090", "http://[::1]:9090"),
        ("[::]:9090", "http://[::1]:9090"),
    ],
)
def test_the_url_is_one_that_a_browser_on_this_machine_can_open(page: Page, address: str, url: str) -> None:
    assert server_on(page, Address.of(address)).url == url
