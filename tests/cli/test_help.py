"""What every command has: help that comes at once, a version, and refusal of what it does not know."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from tests.cli.shell import Shell

COMMANDS = (
    "validate",
    "plan",
    "apply",
    "run",
    "status",
    "promote",
    "abort",
    "rollback",
    "confirm",
    "pause",
    "resume",
    "iam-policy",
    "sandbox",
    "schema",
)
HEAVY = ("boto3", "botocore", "moto", "pydantic", "structlog", "rich", "yaml", "prometheus_client", "watchfiles")


@pytest.mark.process
def test_help_imports_nothing_that_takes_its_time() -> None:
    script = (
        "import sys; from reconciler.cli import main; main(['--help'], standalone_mode=False); "
        f"print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
    )

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert told.startswith("Usage: ")
    assert told.splitlines()[-1] == "loaded:"


def test_help_lists_every_command_with_a_whole_sentence(shell: Shell) -> None:
    lines = shell.run("--help").stdout.partition("Commands:")[2].strip().splitlines()

    assert {line.split()[0] for line in lines} == set(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(shell: Shell, command: str) -> None:
    done = shell.run(command, "-h")

    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: main {command} ")


def test_the_version_is_that_of_the_package(shell: Shell) -> None:
    assert shell.run("--version").stdout.split()[-1] == version("reconciler")


def test_an_unknown_command_is_refused(shell: Shell) -> None:
    done = shell.run("deploy")

    assert done.exit_code == 2
    assert "No such command 'deploy'" in done.stderr
