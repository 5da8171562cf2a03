"""What a person sees at a terminal, where stdout and stderr are one."""

import os
import pty
import select
import subprocess

import pytest

from tests.cli.process import COMMAND, PATIENCE_SECONDS
from tests.cli.shell import Shell

pytestmark = pytest.mark.process

SETTINGS = '[http]\nlisten = "127.0.0.1:0"\n[sandbox]\nspeed = 60\n'


def seen(shell: Shell, **env: str) -> str:
    """All that a terminal shows of `run --sandbox`, up to the invitation to look around."""
    shell.write("reconciler.toml", SETTINGS)
    shell.write_service("1.0")
    screen, keyboard = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **env}
    with subprocess.Popen(
        (COMMAND, "run", "--sandbox"), cwd=shell.here, env=environment, stdin=keyboard, stdout=keyboard, stderr=keyboard
    ) as process:
        os.close(keyboard)
        shown = b""
        while b"Ctrl-C ends" not in shown:
            ready, _, _ = select.select([screen], [], [], PATIENCE_SECONDS)
            assert ready, shown.decode()
            shown += os.read(screen, 65536)
        process.kill()
    os.close(screen)
    return shown.decode()


def test_changes_are_told_once_in_colour_and_not_again_by_the_log(cluster: Shell) -> None:
    shown = seen(cluster)

    assert shown.count("+ service web") == 1
    assert "RegisterTaskDefinition" not in shown
    assert "\x1b[32m" in shown


def test_no_color_means_none(cluster: Shell) -> None:
    assert "\x1b" not in seen(cluster, NO_COLOR="1")


def test_a_log_level_that_was_asked_for_is_kept(cluster: Shell) -> None:
    assert "RegisterTaskDefinition" in seen(cluster, RECONCILER_LOG_LEVEL="info")
