"""A git remote that is watched: pushes wake, outages pass, and nothing outlives a stop."""

import os
import select
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.source import GitSource, SourceError, git

from .developer import POLL_SECONDS, Developer, source_of
from .watching import PATIENCE_SECONDS, Watching


def test_a_push_wakes_and_the_next_reading_has_it(developer: Developer, source: GitSource) -> None:
    with Watching().of(source) as watching:
        watching.wait_for_wake()  # watching has begun
        commit = developer.push()

        assert watching.wait_for_tree().revision == commit


def test_a_push_that_could_not_be_fetched_is_fetched_at_a_later_poll(developer: Developer, source: GitSource) -> None:
    with Watching().of(source) as watching:
        watching.wait_for_wake()  # watching has begun
        with developer.pushed_but_out_of_reach("desired/services/httpbin/service.yml", "cpu: 2") as commit:
            assert "cannot read file://" in str(watching.wait_for_wake())

        assert watching.wait_for_tree().revision == commit


def test_a_watch_outlives_an_outage_tells_it_once_and_wakes_when_it_is_over(
    developer: Developer, tmp_path: Path
) -> None:
    watching = Watching()
    source = GitSource(
        str(developer.remote), "main", "desired", POLL_SECONDS, tmp_path / "cache", on_error=watching.tell
    )
    with watching.of(source):
        watching.wait_for_wake()
        aside = developer.remote.rename(developer.remote.with_name("aside"))

        assert "cannot reach" in watching.wait_for_error()
        watching.forget_wakes()
        aside.rename(developer.remote)

        watching.wait_for_wake()
        assert watching.errors.empty()


@pytest.fixture
def silent_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ssh that tells its process id through the pipe given here, and then neither connects nor ends.

    It waits for nobody who reads that, and not for ever: even of tests that are killed nothing is left.
    """
    started = tmp_path / "started"
    os.mkfifo(started)
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\nexec 3<>{started}\necho $$ >&3\nexec sleep {2 * PATIENCE_SECONDS}\n")
    ssh.chmod(0o700)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    return started


def process_of(started: Path) -> int:
    """A descriptor of the process that told its id."""
    with started.open() as told:
        return os.pidfd_open(int(told.readline()))


def wait_for_end(process: int) -> None:
    """The descriptor of a process can be read from once it has ended."""
    ended, _, _ = select.select([process], [], [], PATIENCE_SECONDS)
    os.close(process)
    assert ended, "the process goes on"


def test_a_watch_that_waits_for_a_silent_remote_can_be_stopped_and_leaves_no_process(
    tmp_path: Path, silent_ssh: Path
) -> None:
    with Watching().of(source_of("git@test.example:desired.git", tmp_path)):
        ssh = process_of(silent_ssh)

    wait_for_end(ssh)


def test_a_remote_that_does_not_answer_in_time_is_an_error_and_leaves_no_process(
    tmp_path: Path, silent_ssh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "ASK_SECONDS", 1.0)
    watching = Watching()
    source = GitSource(
        "git@test.example:x.git", "main", "desired", POLL_SECONDS, tmp_path / "cache", on_error=watching.tell
    )
    with watching.of(source):
        ssh = process_of(silent_ssh)

        assert "no answer within 1 s: check the address" in watching.wait_for_error()
        wait_for_end(ssh)


def test_a_reading_that_waits_for_a_silent_remote_can_be_stopped_and_leaves_no_process(
    tmp_path: Path, silent_ssh: Path
) -> None:
    stop = threading.Event()
    source = GitSource("git@test.example:x.git", "main", "desired", POLL_SECONDS, tmp_path / "cache", stop=stop)

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(source.read)
        ssh = process_of(silent_ssh)
        stop.set()

        with pytest.raises(SourceError, match="stopped"):
            reading.result(PATIENCE_SECONDS)
    wait_for_end(ssh)


def test_a_remote_that_is_asked_for_is_read_long_before_the_next_poll(
    developer: Developer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "LEAST_SECONDS", 0.01)
    asked, url = threading.Event(), developer.remote.as_uri()
    with Watching().of(GitSource(url, "main", "desired", 3600, tmp_path / "cache", asked=asked)) as watching:
        watching.wait_for_wake()  # watching has begun
        commit = developer.push()
        asked.set()

        assert watching.wait_for_tree().revision == commit
