"""The image: made from what is there, by hash, run as nobody, ended by a signal, and asked whether it lives."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from reconciler import healthcheck
from reconciler.clock import SteppedClock
from reconciler.report.http import StatusServer
from reconciler.report.metrics import Metrics
from reconciler.report.status import OperatorStatus
from reconciler.settings import Address, Settings
from tests.docs.documents import ROOT, read

INSTRUCTIONS = [
    (line.partition(" ")[0], line.partition(" ")[2])
    for line in read("Dockerfile").replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
LAST_STAGE = INSTRUCTIONS[max(number for number, (word, _) in enumerate(INSTRUCTIONS) if word == "FROM") :]


def last(word: str) -> str:
    """The last argument of an instruction in the stage that becomes the image."""
    return [argument for known, argument in LAST_STAGE if known == word][-1]


def health_check() -> list[str]:
    _, _, command = last("HEALTHCHECK").partition(" CMD ")
    return [str(word) for word in json.loads(command)]


def test_what_is_copied_exists_and_is_let_through() -> None:
    let_through = re.findall(r"^!(\S+)$", read(".dockerignore"), re.MULTILINE)
    copied = {
        source
        for word, argument in INSTRUCTIONS
        if word == "COPY" and "--from" not in argument
        for source in argument.split()[:-1]
    }

    assert copied == set(let_through)
    assert all((ROOT / source).exists() for source in copied)


def test_every_package_is_installed_by_its_hash() -> None:
    installs = [
        part
        for word, argument in INSTRUCTIONS
        if word == "RUN"
        for part in argument.split("&&")
        if "pip install" in part
    ]

    assert installs
    assert all("--require-hashes" in install or "--no-deps --no-index" in install for install in installs)


def test_the_operator_is_the_process_that_gets_the_signal() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["reconciler"]
    assert json.loads(last("CMD")) == ["run"]


def test_it_runs_as_nobody_and_writes_to_one_volume() -> None:
    user, _, group = last("USER").partition(":")
    cache = re.search(r"RECONCILER_SOURCE_CACHE=(\S+)", read("Dockerfile"))

    assert int(user) > 0
    assert int(group) > 0
    assert cache
    assert cache[1].startswith(f"{last('VOLUME')}/")


@pytest.mark.process
def test_the_health_check_needs_nothing_but_python_and_tells_whether_the_process_lives() -> None:
    clock = SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))
    server = StatusServer(Address("127.0.0.1", 0), Metrics(clock, "1", 300), OperatorStatus, clock, 300)
    server.start()
    _, _, port = server.url.rpartition(":")
    program, *arguments = health_check()
    bare = [sys.executable, "-S", *arguments]  # no site-packages, so nothing heavy can be imported
    environment = {**os.environ, "RECONCILER_HTTP_LISTEN": f"0.0.0.0:{port}"}

    alive = subprocess.run(bare, env=environment, cwd=ROOT, capture_output=True, check=False)
    server.stop()
    gone = subprocess.run(bare, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    assert program == "python"
    assert (alive.returncode, gone.returncode) == (0, 1)
    assert gone.stderr.startswith(f"0.0.0.0:{port} does not answer: ")


def test_the_health_check_asks_where_the_operator_listens_if_nobody_says_otherwise() -> None:
    assert str(Settings().http.listen) == healthcheck.DEFAULT
