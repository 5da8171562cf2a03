"""Desired state in a git remote, end to end: a real push to a real repository, a real operator."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.process import Process
from tests.cli.remote import Remote
from tests.cli.shell import Shell

pytestmark = pytest.mark.process

SETTINGS = """
[source]
git = "GIT"
poll = "1s"
cache = "cache"
[http]
listen = "127.0.0.1:0"
[sandbox]
speed = 60
"""


@pytest.fixture
def remote(cluster: Shell) -> Remote:
    """A remote with one service at version 1.0."""
    cluster.write_service("1.0")
    remote = Remote(cluster.here / "remote.git", cluster.here)
    cluster.write("reconciler.toml", SETTINGS.replace("GIT", remote.path.as_uri()))
    remote.push()
    return remote


@pytest.fixture
def operator(cluster: Shell, remote: Remote) -> Iterator[Process]:
    """An operator that has converged to what was pushed first."""
    assert remote.path.exists()
    with Process(cluster.here, "run", "--sandbox") as process:
        process.until("Ctrl-C ends")
        yield process


def status(operator: Process) -> dict[str, Any]:
    """What /api/status serves."""
    [url] = [line.split()[-1] for line in operator.stdout.splitlines() if line.endswith("/api/status")]
    with urllib.request.urlopen(url) as answer:
        return dict(json.load(answer))


def versions(operator: Process) -> dict[str, tuple[str, str]]:
    return {item["service"]: (item["version"], item["sync"]) for item in status(operator)["services"]}


def test_a_push_converges(cluster: Shell, remote: Remote, operator: Process) -> None:
    cluster.write_service("1.1")
    cluster.write_service("2.0", "api")

    commit = remote.push()

    operator.until(f"desired +revision {commit}")
    operator.until("2 of 2 services in sync")
    assert versions(operator) == {"web": ("1.1", "Synced"), "api": ("2.0", "Synced")}
    assert status(operator)["revision"] == commit


def test_while_the_remote_is_away_the_last_commit_stays_in_force_and_the_status_says_so(
    cluster: Shell, remote: Remote, operator: Process
) -> None:
    away = remote.path.rename(cluster.here / "moved.git")
    operator.until("desired +can't be read: cannot reach ")

    assert "remote.git" in status(operator)["source_error"]
    assert versions(operator) == {"web": ("1.0", "Synced")}

    away.rename(remote.path)
    operator.until("desired +can be read again")
    assert status(operator)["source_error"] == ""


def test_an_operator_that_starts_while_the_remote_is_away_waits_for_it(cluster: Shell, remote: Remote) -> None:
    away = remote.path.rename(cluster.here / "moved.git")

    with Process(cluster.here, "run", "--sandbox") as operator:
        operator.until("desired +can't be read: cannot reach ")
        away.rename(remote.path)
        operator.until("1 of 1 services in sync")


def test_a_branch_that_is_deleted_deletes_nothing(remote: Remote, operator: Process) -> None:
    remote.git("update-ref", "-d", "refs/heads/main", cwd=remote.path)

    operator.until("desired +can't be read: no branch main at ")

    assert versions(operator) == {"web": ("1.0", "Synced")}
    assert "- service web" not in operator.stdout


def test_a_broken_file_leaves_its_own_service_alone_and_the_others_converge(
    cluster: Shell, remote: Remote, operator: Process
) -> None:
    cluster.write("desired/services/web/service.yml", "instances: {test: 2\n")
    cluster.write_service("2.0", "api")

    remote.push()

    operator.until(r"desired/services/web/service.yml:1:12: ")
    operator.until("test/api +Stable +Synced, Healthy")
    assert versions(operator) == {"web": ("1.0", "Unknown"), "api": ("2.0", "Synced")}
    assert "~ service web" not in operator.stdout


def test_a_push_while_the_branch_was_broken_is_caught_up_with(
    cluster: Shell, remote: Remote, operator: Process
) -> None:
    cluster.write("desired/services/web/service.yml", "instances: {test: 2\n")
    remote.push()
    operator.until("test/web .*left as it is: desired/services/web/service.yml")

    cluster.write_service("1.1")
    remote.push()

    operator.until("every file is valid again")
    operator.until("1 of 1 services in sync")
    assert versions(operator) == {"web": ("1.1", "Synced")}


def test_an_operator_that_waits_for_a_silent_remote_ends_at_once_on_a_signal(cluster: Shell) -> None:
    cluster.write("ssh", f"#!/bin/sh\necho asked > {cluster.here}/asked\nexec sleep 60\n")
    (cluster.here / "ssh").chmod(0o700)
    cluster.write("reconciler.toml", SETTINGS.replace("GIT", "git@test.example:desired.git"))
    os.mkfifo(cluster.here / "asked")

    with Process(cluster.here, "run", env={"GIT_SSH": str(cluster.here / "ssh")}) as operator:
        assert (cluster.here / "asked").read_text() == "asked\n"

        assert operator.end(signal.SIGINT) == 0
        assert operator.stdout.splitlines()[-1] == "stopped; everything stays as it is in AWS"
