"""A short way to the sandbox for tests: calls are answered in the caller's own thread, without a socket in between.

Requests and answers are the same bytes as over HTTP, so nothing that botocore or the sandbox does is left out; what
goes is the cost of the wire, and with it the threads that a forked process would lose. tests/cli and tests/process go
over HTTP.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from reconciler.sandbox import Sandbox


class _Body(BytesIO):
    """A response's body as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def in_process(sandbox: Sandbox) -> Iterator[None]:
    """Answer what this process asks of the sandbox without going through its port."""
    over_the_wire = URLLib3Session.send

    def send(session: URLLib3Session, request: AWSPreparedRequest) -> Any:
        if request.url.startswith(sandbox.endpoint):
            return answer(sandbox, request)
        return over_the_wire(session, request)

    with patch.object(URLLib3Session, "send", send):
        yield


def answer(sandbox: Sandbox, request: AWSPreparedRequest) -> AWSResponse:
    """What the sandbox says to one request."""
    headers = Headers([(name, _text(value)) for name, value in request.headers.items()])
    body: Any = request.body or b""
    environ = EnvironBuilder(
        path=request.url.removeprefix(sandbox.endpoint) or "/",
        base_url=sandbox.endpoint,
        method=request.method,
        headers=headers,
        data=body,
        content_type=headers.get("Content-Type"),
    ).get_environ()
    content, status, answered = run_wsgi_app(sandbox.application, environ, buffered=True)
    told: Any = dict(answered)
    return AWSResponse(request.url, int(status.split()[0]), told, _Body(b"".join(content)))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
