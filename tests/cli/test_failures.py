"""What goes wrong around the operator: one line that says what and what to do, never a traceback."""

import socket
import subprocess

import pytest

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.cli.aws import services
from tests.cli.process import COMMAND
from tests.cli.shell import Shell


@pytest.fixture
def unreachable(cluster: Shell, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell with one service, whose AWS_ENDPOINT_URL leads to a port where nobody listens."""
    cluster.write_service("1.0")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0000000000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
    return cluster


@pytest.mark.parametrize("command", ["plan", "status", "apply"])
def test_when_aws_cannot_be_reached_one_cluster_is_told_with_what_to_do_and_the_others_name_it(
    unreachable: Shell, command: str
) -> None:
    unreachable.write_cluster("prod")

    done = unreachable.run(command)

    assert done.exit_code == 1
    [asked, beside] = [line for line in done.stderr.splitlines() if line.startswith("cluster ")]
    assert asked.startswith("cluster prod can't be read: ")
    assert asked.endswith("; check the network, and AWS_ENDPOINT_URL if it is set")
    assert beside.startswith("cluster test can't be read: not asked: AWS has just given cluster prod no answer")


def test_a_plan_of_what_could_not_be_read_does_not_claim_that_nothing_is_to_do(unreachable: Shell) -> None:
    done = unreachable.run("plan")

    assert done.stdout.endswith(" 0 to create, 0 to update, 0 to delete, nothing known of test.\n")


def test_what_could_not_be_read_is_unknown(unreachable: Shell) -> None:
    [service] = unreachable.json("status")["services"]

    assert (service["sync"], service["health"]) == ("Unknown", "Unknown")


@pytest.mark.parametrize("command", ["plan", "status", "apply"])
def test_without_credentials_it_says_which_to_set(cluster: Shell, command: str) -> None:
    cluster.write_service("1.0")

    done = cluster.run(command)

    assert done.exit_code == 1
    assert "cluster test can't be read: " in done.stderr
    assert "set AWS_PROFILE or AWS_ACCESS_KEY_ID; `reconciler run --sandbox` needs neither" in done.stderr


def test_a_profile_that_there_is_not_is_told_by_name(cluster: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.write_service("1.0")
    monkeypatch.setenv("AWS_PROFILE", "production")

    done = cluster.run("plan")

    assert done.exit_code == 1
    [told] = done.stderr.splitlines()
    assert told.startswith("cluster test can't be read: ")
    assert "(production)" in told
    assert told.endswith("; correct AWS_PROFILE, or add the profile to ~/.aws/config")


def test_credentials_of_another_account_are_refused_before_the_first_write(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")
    cluster.edit("desired/clusters/test.yml", "123456789012", "999999999999")

    done = cluster.run("apply")

    assert done.exit_code == 1
    assert "credentials are for account 123456789012, but clusters/test.yml says 999999999999" in done.stderr
    assert services(aws) == {}


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "status", "run", "sandbox"])
def test_a_missing_desired_directory_is_told_with_what_to_do(shell: Shell, command: str) -> None:
    done = shell.run(command)

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: {shell.here}/desired is not a directory: create it, or correct the setting"
    )


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "status"])
def test_a_git_remote_that_is_not_there_is_told_with_what_to_do(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("RECONCILER_SOURCE_GIT", str(shell.here / "gone.git"))
    monkeypatch.setenv("RECONCILER_SOURCE_CACHE", str(shell.here / "cache"))

    done = shell.run(command)

    assert done.exit_code == 1
    [told] = done.stderr.splitlines()
    assert told.startswith(f"Error: cannot reach {shell.here}/gone.git main:desired: ")
    assert told.endswith("check the address, the network and the credentials")


@pytest.mark.parametrize("arguments", [("run",), ("run", "--sandbox")], ids=" ".join)
def test_a_port_that_is_taken_is_told_with_where_to_choose_another(
    cluster: Shell, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("RECONCILER_HTTP_LISTEN", f"127.0.0.1:{port}")

        done = cluster.run(*arguments)

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: can't listen on 127.0.0.1:{port}: Address already in use; choose another address: "
        "[http] listen, or RECONCILER_HTTP_LISTEN"
    )


def test_the_embedded_aws_says_when_its_port_is_taken(cluster: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = cluster.run("sandbox", "--port", str(port))

    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: can't listen on port {port}: Address already in use; --port takes another\n",
    )


def test_a_scenario_that_cannot_be_used_is_told_by_place(cluster: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.write("storm.yml", "capacity: {test: lots}\n")
    monkeypatch.setenv("RECONCILER_SANDBOX_SCENARIO", "storm.yml")

    done = cluster.run("run", "--sandbox")

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: storm.yml: capacity.test: ")


def test_a_home_that_there_is_not_is_told_with_what_to_set(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_SOURCE_GIT", "https://git.example/desired.git")
    monkeypatch.setenv("RECONCILER_SOURCE_CACHE", "~nobody-of-this-name/cache")

    done = shell.run("validate")

    assert done.exit_code == 1
    assert done.stderr == (
        "Error: source.cache ~nobody-of-this-name/cache: Could not determine home directory.; "
        "set RECONCILER_SOURCE_CACHE\n"
    )


@pytest.mark.process
@pytest.mark.parametrize("command", ["validate", "schema service"])
def test_a_full_disk_is_told_in_one_line(cluster: Shell, command: str) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            (COMMAND, *command.split()), cwd=cluster.here, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (done.returncode, done.stderr) == (1, "Error: [Errno 28] No space left on device\n")


@pytest.mark.process
def test_a_reader_that_has_had_enough_ends_a_command_quietly(cluster: Shell) -> None:
    with subprocess.Popen(
        (COMMAND, "schema", "service"), cwd=cluster.here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()

        assert process.stderr.read() == ""
    assert process.returncode == 1
