"""An AWS that costs next to nothing: what it has been asked once, it answers from memory.

python -m bench.canned DIRECTORY SERVICES LATENCY

Has the embedded AWS make so many services of `desired/` files that it writes to DIRECTORY, prints the environment
that leads to it, and serves until it is ended. LATENCY in seconds is how long each answer takes to come.
"""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import urllib3

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.scale.fleet import Fleet

SERVICES_PER_BALANCER = 50
_ASKED = ("Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Date")


class Canned(ThreadingHTTPServer):
    """Passes each question on to an AWS the first time it is asked."""

    daemon_threads = True

    def __init__(self, upstream: str, latency: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.latency = upstream, latency
        self.answers: dict[tuple[str, ...], bytes] = {}
        self.pool = urllib3.PoolManager()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Canned

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # The region is in the signature; the rest of that differs each time.
        region = self.headers["Authorization"].split("/")[2]
        question = (self.command, self.path, region, self.headers.get("X-Amz-Target", ""), body.decode())
        if question not in self.server.answers:
            self.server.answers[question] = self._ask(body)
        time.sleep(self.server.latency)
        self.wfile.write(self.server.answers[question])

    do_GET = do_POST  # noqa: N815 - the name that http.server calls

    def _ask(self, body: bytes) -> bytes:
        headers = {name: self.headers[name] for name in _ASKED if name in self.headers}
        url = self.server.upstream + self.path
        answer = self.server.pool.request(self.command, url, body=body, headers=headers, redirect=False)
        head = f"HTTP/1.1 {answer.status} Canned\r\nContent-Type: {answer.headers['Content-Type']}\r\n"
        # In one write: a second one would wait for the first to be acknowledged.
        return f"{head}Content-Length: {len(answer.data)}\r\n\r\n".encode() + answer.data

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has in http.server
        """Say nothing."""


def main(directory: str, services: str, latency: str) -> None:
    clock = SteppedClock()
    with Sandbox(clock, seed=1) as sandbox:
        os.environ.update(sandbox.environment())
        Fleet(sandbox, clock, Path(directory)).fill(int(services), SERVICES_PER_BALANCER)
        server = Canned(sandbox.endpoint, float(latency))
        environment = {**sandbox.environment(), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        print(" ".join(f"{name}={value}" for name, value in environment.items()), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
