"""A real process, a real SIGKILL, another process on the same AWS: the release goes on where it was."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from reconciler import spec
from reconciler.clock import SystemClock
from reconciler.sandbox import Sandbox
from reconciler.sandbox.furnish import furnish
from tests.conftest import seed_of
from tests.loop.harness import CLUSTER, WEB
from tests.sandbox.visitors import visiting

SPEED = 10
PATIENCE = 60
PHASES = ("StandUp", "Verify", "Bake")


@contextmanager
def operator(root: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`reconciler run` on a directory, against an AWS that is already there."""
    command = [sys.executable, "-m", "reconciler", "run"]
    settings = {
        "RECONCILER_SOURCE_PATH": str(root),
        "RECONCILER_HTTP_LISTEN": "127.0.0.1:0",
        "RECONCILER_LOOP_SWEEP": "2s",
        "RECONCILER_LOG_LEVEL": "error",
    }
    process = subprocess.Popen(
        command, cwd=root.parent, env={**os.environ, **environment, **settings}, stdout=subprocess.PIPE, text=True
    )
    alarm = Timer(PATIENCE, process.kill)
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What the process tells, up to a line with this text."""
    told: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        told.append(line)
        if text in line:
            return "".join(told)
    raise AssertionError(f"never told {text!r}:\n{''.join(told)}")


def write(root: Path, version: str) -> None:
    files = {
        "clusters/test.yml": CLUSTER,
        "services/web/service.yml": WEB.replace("ROLLOUT", "strategy: blue-green, bake: 30s, deadline: 10m"),
        "services/web/release.yml": f"test: {version}\n",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.replace("deregistration_delay: 10", "deregistration_delay: 2"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every phase with `--whole`, else the one of the day."""
    if "phase" in metafunc.fixturenames:
        whole = metafunc.config.getoption("--whole")
        metafunc.parametrize("phase", PHASES if whole else PHASES[seed_of(metafunc.config) % len(PHASES) :][:1])


@pytest.mark.process
def test_after_a_sigkill_another_process_finishes_the_release_and_no_request_fails(tmp_path: Path, phase: str) -> None:
    root = tmp_path / "desired"
    write(root, "v1")
    with Sandbox(SystemClock(SPEED)) as sandbox:
        furnish(sandbox, spec.load([("clusters/test.yml", CLUSTER.encode(), None)], "").clusters)
        environment = dict(sandbox.environment())
        with operator(root, environment) as first:
            read_until(first, "in sync")
            with visiting(sandbox.traffic.addresses()["test-internal", 80], "web.test.example") as visitor:
                visitor.wait_for(3)
                write(root, "v2")
                read_until(first, phase)
                first.send_signal(signal.SIGKILL)
                assert first.wait() == -signal.SIGKILL
                with operator(root, environment) as second:
                    read_until(second, "in sync")
                visitor.wait_for(3)
        assert visitor.failures() == []
        assert visitor.versions(last=2) == {"v2"}
        assert {task.service for task in sandbox.world.tasks() if task.status == "RUNNING"} == {"web-green"}
