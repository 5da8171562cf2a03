"""A webhook that only wakes, and only for whoever knows the secret."""

import base64
import hashlib
import hmac
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from prometheus_client import generate_latest

from reconciler.report.http import StatusServer
from reconciler.report.metrics import Metrics
from reconciler.report.webhook import MAX_BYTES, Webhook
from reconciler.settings import Address
from tests.report.told import clock_at_noon, operator

SECRET = "whsec_" + base64.b64encode(b"known to both of us, and long").decode()
BODY = b'{"ref": "refs/heads/main"}'
PATIENCE_SECONDS = 20.0


class Hook:
    """An operator's page with a webhook. It is `woken` as often as it was told of a push."""

    def __init__(self, secret: str = SECRET) -> None:
        self.woken = 0
        clock = clock_at_noon()
        self.metrics = Metrics(clock, "1", 60)
        webhook = Webhook(secret, self.wake) if secret else None
        self.server = StatusServer(Address("127.0.0.1", 0), self.metrics, operator, clock, 60, webhook)

    def wake(self) -> None:
        self.woken += 1

    def connect(self) -> socket.socket:
        address = "127.0.0.1", int(self.server.url.rpartition(":")[2])
        return socket.create_connection(address, timeout=PATIENCE_SECONDS)

    def send(self, head: str, body: bytes = BODY, method: str = "POST") -> int:
        """Send a request with these lines of head; gives the status of the answer."""
        with self.connect() as connection:
            connection.sendall(f"{method} /webhook HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
            return int(connection.makefile("rb").readline().split()[1])

    def post(self, *headers: str, body: bytes = BODY) -> int:
        return self.send("\r\n".join([f"Content-Length: {len(body)}", *headers]), body)


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    hook.server.start()
    yield hook
    hook.server.stop()


def github(body: bytes = BODY, secret: str = SECRET) -> str:
    return f"X-Hub-Signature-256: sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def gitlab_signed(key: bytes) -> tuple[str, ...]:
    signature = base64.b64encode(hmac.digest(key, b"7.1767225600." + BODY, "sha256")).decode()
    return "webhook-id: 7", "webhook-timestamp: 1767225600", f"webhook-signature: v1,{signature}"


@pytest.mark.parametrize(
    "headers",
    [(github(),), (f"X-Gitlab-Token: {SECRET}",), gitlab_signed(b"known to both of us, and long")],
    ids=["GitHub", "GitLab token", "GitLab signature"],
)
def test_who_knows_the_secret_wakes(hook: Hook, headers: tuple[str, ...]) -> None:
    assert (hook.post(*headers), hook.woken) == (202, 1)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (github(secret="guessed"),),
        (github(body=b"another"),),
        ("X-Hub-Signature-256: sha256=",),
        ("X-Hub-Signature-256: \xff\xfe",),
        ("X-Gitlab-Token: guessed",),
        ("X-Gitlab-Token:",),
        gitlab_signed(b"guessed"),
        ("webhook-signature: v1,",),
    ],
)
def test_who_does_not_know_the_secret_is_refused_and_wakes_nobody(hook: Hook, headers: tuple[str, ...]) -> None:
    assert (hook.post(*headers), hook.woken) == (403, 0)


def test_a_body_that_is_too_large_is_refused_before_any_of_it_is_read(hook: Hook) -> None:
    assert hook.send(f"Content-Length: {MAX_BYTES + 1}", body=b"") == 413
    assert hook.send(f"Content-Length: {'9' * 5000}", body=b"") == 413


@pytest.mark.parametrize(
    "head", ["X-Nothing: told", "Content-Length: -1", "Content-Length: many", "Transfer-Encoding: chunked"]
)
def test_a_body_of_untold_length_is_refused(hook: Hook, head: str) -> None:
    assert hook.send(head, body=b"") == 411


def test_a_body_that_ends_early_is_refused(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.report.wsgi._Handler.timeout", 0.05)

    assert hook.send(f"Content-Length: 99\r\n{github()}") == 400
    assert hook.woken == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_answered(hook: Hook, method: str) -> None:
    assert hook.send("Content-Length: 0", body=b"", method=method) == 405


def test_without_a_secret_there_is_no_such_page() -> None:
    hook = Hook(secret="")
    hook.server.start()

    assert hook.post(f"X-Gitlab-Token: {SECRET}") == 404
    hook.server.stop()


def test_senders_that_hang_in_the_middle_hold_up_no_other_and_not_the_end(hook: Hook) -> None:
    with ExitStack() as hanging:
        for _ in range(20):
            hanging.enter_context(hook.connect()).sendall(b"POST /webhook HTTP/1.1\r\nContent-Length: 99\r\n\r\n{")

        assert hook.post(github()) == 202
        hook.server.stop()


def test_a_webhook_does_not_tell_its_secret_to_whoever_prints_it(hook: Hook) -> None:
    assert SECRET not in repr(Webhook(SECRET, hook.wake))


def test_what_is_accepted_and_what_is_refused_is_counted(hook: Hook) -> None:
    hook.post(github())
    hook.post()

    told = generate_latest(hook.metrics.registry).decode()
    for result in ("accepted", "refused"):
        assert f'reconciler_webhook_requests_total{{result="{result}"}} 1.0' in told
