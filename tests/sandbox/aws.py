"""A sandbox with a stepped clock, and clients of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.transport import in_process

_ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class Aws:
    """A running sandbox as its clients and its clock see it."""

    sandbox: Sandbox
    clock: SteppedClock

    def client(self, service: str, region: str = "us-east-1", **credentials: str) -> Any:
        environment = self.sandbox.environment()
        keys = {key.lower(): environment[key] for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        make: Any = boto3.client
        where = {"endpoint_url": self.sandbox.endpoint, "region_name": region, "config": _ONE_ATTEMPT}
        return make(service, **where | keys | credentials)

    def step(self, seconds: float) -> None:
        """Let time pass, second by second."""
        for _ in range(int(seconds)):
            self.clock.step(1)
            self.sandbox.world.tick()


@contextmanager
def running() -> Iterator[Aws]:
    clock = SteppedClock()
    with Sandbox(clock) as sandbox, in_process(sandbox):
        yield Aws(sandbox, clock)


def refusal(call: Callable[[], object]) -> str:
    """What AWS says to a call, as `Code: message`; "accepted" when it says nothing."""
    try:
        call()
    except ClientError as error:
        return "{Code}: {Message}".format(**error.response["Error"])
    return "accepted"
