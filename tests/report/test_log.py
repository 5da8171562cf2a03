import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
import structlog

from reconciler.report.log import configure, logger
from tests.report.told import clock_at_noon

SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY0"  # 40 characters, as AWS makes them
REVISION = "67c9cbb0c8c1c1e0f8d9e1a2b3c4d5e6f7a8b9c0"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The log is the process's: each test hands it back as it was."""
    root, own = logging.getLogger(), logging.getLogger("reconciler")
    handlers, levels = list(root.handlers), (root.level, own.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])


@pytest.fixture
def log() -> structlog.stdlib.BoundLogger:
    return logger("reconciler.loop")


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure(clock_at_noon(), "json", "info", stream)
    return stream


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(error: Exception) -> NoReturn:
    raise error


def test_an_entry_is_a_line_of_json_with_utc_time_level_logger_message_and_values(
    log: structlog.stdlib.BoundLogger, stream: io.StringIO
) -> None:
    log.info("change made", service="httpbin", cluster="prod", revision=REVISION)

    assert entries(stream) == [
        {
            "timestamp": "2026-03-01T12:00:00.000+00:00",
            "level": "info",
            "logger": "reconciler.loop",
            "event": "change made",
            "service": "httpbin",
            "cluster": "prod",
            "revision": REVISION,
        }
    ]


def test_bound_values_come_with_every_entry(log: structlog.stdlib.BoundLogger, stream: io.StringIO) -> None:
    bound = log.bind(cluster="prod")
    bound.info("one")
    bound.info("two")

    assert [entry["cluster"] for entry in entries(stream)] == ["prod", "prod"]


def test_entries_below_the_level_are_left_out(log: structlog.stdlib.BoundLogger, stream: io.StringIO) -> None:
    log.debug("a detail")
    configure(clock_at_noon(), "json", "debug", stream)
    log.debug("another detail")

    assert [entry["event"] for entry in entries(stream)] == ["another detail"]


def test_an_exception_is_told_with_its_traceback(log: structlog.stdlib.BoundLogger, stream: io.StringIO) -> None:
    try:
        fail(ValueError("out of range"))
    except ValueError:
        log.exception("pass failed")

    (entry,) = entries(stream)
    assert "Traceback" in entry["exception"]
    assert "ValueError: out of range" in entry["exception"]


@pytest.mark.parametrize("library", ["boto3", "botocore", "urllib3", "werkzeug"])
def test_warnings_of_libraries_come_in_the_same_form_and_their_chatter_does_not(
    library: str, stream: io.StringIO
) -> None:
    logging.getLogger(library).info("chatter")
    logging.getLogger(library).warning("retrying %s", "https://user:canary@aws.example/")

    (entry,) = entries(stream)
    assert (entry["level"], entry["logger"]) == ("warning", library)
    assert entry["event"] == "retrying https://(sensitive)@aws.example/"


@pytest.mark.parametrize(
    "tell",
    [
        pytest.param(lambda log: log.info("m", db_password="canary"), id="by its key"),
        pytest.param(lambda log: log.info("m", Authorization="canary"), id="by a header's name"),
        pytest.param(lambda log: log.info("m", call={"parameters": [{"secretString": "canary"}]}), id="deep inside"),
        pytest.param(lambda log: log.info("m", env=[{"name": "API_KEY", "value": "canary"}]), id="a variable's value"),
        pytest.param(lambda log: log.info("m", url="https://bot:canary@git.example/x.git"), id="in a URL"),
        pytest.param(lambda log: log.info("m", url="https://canary@git.example/x.git"), id="a URL's token"),
        pytest.param(lambda log: log.info("m", said="password=canary next"), id="an assignment"),
        pytest.param(lambda log: log.info("m", said='{"DB_SECRET": "canary two"}'), id="in JSON text"),
        pytest.param(lambda log: log.info("m", said="Authorization: Bearer canary.canary"), id="a bearer"),
        pytest.param(lambda log: log.info("m", url="https://s3/x?X-Amz-Signature=canary&a=1"), id="a signed URL"),
        pytest.param(lambda log: log.info("m", said=f"key is {SECRET_KEY}!"), id="an AWS secret key"),
        pytest.param(
            lambda log: log.info("m", pem="-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----"),
            id="a private key",
        ),
        pytest.param(lambda log: log.info("m", error=ValueError("token=canary")), id="inside an object"),
        pytest.param(lambda log: log.info("connect with password=canary"), id="in the message"),
    ],
)
def test_a_secret_is_masked(
    tell: Callable[[Any], None], log: structlog.stdlib.BoundLogger, stream: io.StringIO
) -> None:
    tell(log)

    assert "canary" not in stream.getvalue().lower()
    assert "(sensitive)" in stream.getvalue()


def test_a_secret_in_a_traceback_is_masked(log: structlog.stdlib.BoundLogger, stream: io.StringIO) -> None:
    try:
        fail(ConnectionError("https://bot:canary@git.example/x.git"))
    except ConnectionError:
        log.exception("fetch failed")

    assert "ConnectionError: https://(sensitive)@git.example/x.git" in entries(stream)[0]["exception"]
    assert "canary" not in stream.getvalue()


@pytest.mark.parametrize(
    "harmless",
    [
        REVISION,
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/prod-httpbin-blue/73e2d6bc24d8a067",
        "desired/services/httpbin/service.yml:7:5: secrets: unknown field 'form'; did you mean 'from'?",
        "https://git.example/desired.git",
        "git@git.example:desired.git",
        "The security token included in the request is expired",
    ],
)
def test_what_is_no_secret_is_told_in_full(
    harmless: str, log: structlog.stdlib.BoundLogger, stream: io.StringIO
) -> None:
    log.info("m", said=harmless)

    assert entries(stream)[0]["said"] == harmless


def test_a_stream_that_nobody_watches_gets_json(log: structlog.stdlib.BoundLogger) -> None:
    stream = io.StringIO()
    configure(clock_at_noon(), "auto", stream=stream)

    log.info("pass done")

    assert entries(stream)[0]["event"] == "pass done"


def test_a_terminal_gets_readable_lines_in_colour(
    log: structlog.stdlib.BoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    configure(clock_at_noon(), "auto", stream=terminal)

    log.info("pass done")

    assert "pass done" in terminal.getvalue()
    assert "\x1b[" in terminal.getvalue()


def test_no_color_is_honoured(log: structlog.stdlib.BoundLogger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    configure(clock_at_noon(), "auto", stream=terminal)

    log.info("pass done", service="httpbin")

    line = " ".join(terminal.getvalue().split())
    assert line == "2026-03-01T12:00:00.000+00:00 [info ] pass done [reconciler.loop] service=httpbin"


def test_configuring_again_moves_the_log_and_doubles_nothing(
    log: structlog.stdlib.BoundLogger, stream: io.StringIO
) -> None:
    second = io.StringIO()
    configure(clock_at_noon(), "json", stream=second)

    log.info("pass done")

    assert entries(stream) == []
    assert len(entries(second)) == 1


@pytest.mark.process
def test_the_log_goes_to_standard_error() -> None:
    script = (
        "from reconciler.clock import SystemClock\n"
        "from reconciler.report.log import configure, logger\n"
        "configure(SystemClock())\n"
        "logger('reconciler').info('started')\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert ran.stdout == ""
    assert json.loads(ran.stderr)["event"] == "started"
