"""A directory of specs to stand in, the commands at hand, and an embedded AWS where a test asks for one."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.clock import SteppedClock
from reconciler.report import log
from reconciler.sandbox import Behaviour, Sandbox, Scenario
from tests.cli.shell import Shell


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's own: no credentials, no settings, no proxy."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "RECONCILER_", "GIT_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(autouse=True)
def _log_ends_with_the_test() -> Iterator[None]:
    yield
    log.configure(SteppedClock(), stream=io.StringIO())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def cluster(shell: Shell) -> Shell:
    """The shell, with the file of the cluster `test` under desired/."""
    shell.write_cluster()
    return shell


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteppedClock:
    """The clock of commands that end: it steps past every wait."""
    clock = SteppedClock()
    monkeypatch.setattr("reconciler.cli.wiring.SystemClock", lambda: clock)
    monkeypatch.setattr("reconciler.cli.applying.SystemClock", lambda: clock)
    monkeypatch.setattr("reconciler.cli.marking.SystemClock", lambda: clock)
    return clock


@pytest.fixture
def aws(cluster: Shell, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An embedded AWS with what the cluster file refers to, in the time of the commands.

    Version `never` of anything never gets to run.
    """
    scenario = Scenario(images={"*:never": Behaviour(starts_after=10**9)})
    with Sandbox(clock, scenario, seed=1) as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        cluster.furnish(sandbox)
        yield sandbox
