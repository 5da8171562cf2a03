"""A push is told of by GitHub or GitLab: the remote is asked at once, rather than at the next poll.

Nothing of what is sent is believed, nor looked at beyond who has sent it: it only wakes, so a replay or a flood costs
what one question does.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

MAX_BYTES = 1024 * 1024
_STANDARD_KEY = "whsec_"

Said = tuple[HTTPStatus, str]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Calls `wake` when somebody who knows the secret has sent something."""

    secret: str = field(repr=False)
    wake: Callable[[], None]

    def answer(self, request: WSGIEnvironment) -> Said:
        """Judge one request, and wake if it is genuine. Its size is known before any of it is read."""
        if request["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, "only POST is answered"
        length = request.get("CONTENT_LENGTH") or ""
        if "HTTP_TRANSFER_ENCODING" in request or not (length.isascii() and length.isdigit()):
            return HTTPStatus.LENGTH_REQUIRED, "give the Content-Length, and send the body in one piece"
        if len(length) > len(str(MAX_BYTES)) or int(length) > MAX_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_BYTES} bytes are read"
        try:
            body = request["wsgi.input"].read(int(length))
        except OSError:  # it stalled
            body = b""
        if len(body) < int(length):
            return HTTPStatus.BAD_REQUEST, "the body ended before its time"
        if not is_genuine(self.secret, request, body):
            return HTTPStatus.FORBIDDEN, "signed with another secret, or not at all"
        self.wake()
        return HTTPStatus.ACCEPTED, "the remote is asked"


def is_genuine(secret: str, request: WSGIEnvironment, body: bytes) -> bool:
    """Whether a request proves, in one of the ways of its sender, that the sender knows the secret.

    GitHub's X-Hub-Signature-256 ("Validating webhook deliveries"), GitLab's X-Gitlab-Token, and GitLab's signing token,
    which is that of the Standard Webhooks specification.
    """
    return any(hmac.compare_digest(given, proof) for given, proof in _proofs(secret, request, body))


def _proofs(secret: str, request: WSGIEnvironment, body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What the request gives, and what it should."""
    if given := _header(request, "X_HUB_SIGNATURE_256"):
        yield given, b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
    if given := _header(request, "X_GITLAB_TOKEN"):
        yield given, secret.encode()
    if (signatures := _header(request, "WEBHOOK_SIGNATURE")) and (key := _standard_key(secret)):
        told = b".".join([_header(request, "WEBHOOK_ID"), _header(request, "WEBHOOK_TIMESTAMP"), body])
        proof = b"v1," + base64.b64encode(hmac.digest(key, told, "sha256"))
        yield from ((given, proof) for given in signatures.split(b" "))


def _header(request: WSGIEnvironment, name: str) -> bytes:
    """A header as it was sent: WSGI has its bytes as letters of Latin-1."""
    return str(request.get(f"HTTP_{name}", "")).encode("latin-1")


def _standard_key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_STANDARD_KEY), validate=True)
    except (binascii.Error, ValueError):
        return b""
