"""`reconciler sandbox`: an AWS to point a shell, a script or another operator to."""

import shutil
import signal
import subprocess

import pytest

from tests.cli.process import COMMAND, Process
from tests.cli.shell import Shell

pytestmark = pytest.mark.process


def exports(process: Process) -> dict[str, str]:
    process.until("export AWS_DEFAULT_REGION=")
    lines = [line.removeprefix("export ") for line in process.stdout.splitlines() if line.startswith("export ")]
    return dict(line.split("=", maxsplit=1) for line in lines)


def test_another_process_can_plan_against_it_with_what_it_prints(
    cluster: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.write_service("1.0")

    with Process(cluster.here, "sandbox", "--port", "0") as process:
        for name, value in exports(process).items():
            monkeypatch.setenv(name, value)
        planned = cluster.run("plan", "--detailed-exitcode")

        assert planned.exit_code == 2
        assert "+ service web" in planned.stdout
        assert "once applied: curl -H 'Host: web.test.example' http://127.0.0.1:" in process.stderr
        assert process.end(signal.SIGINT) == 0


def test_an_interrupted_apply_says_how_to_go_on(cluster: Shell) -> None:
    cluster.write_service("1.0-slow")

    with (
        Process(cluster.here, "sandbox", "--port", "0") as sandbox,
        Process(cluster.here, "apply", env=exports(sandbox)) as apply,
    ):
        apply.until("test/web +Rolling")

        assert apply.end(signal.SIGINT) == 130
        assert apply.stderr.splitlines()[-1].startswith("interrupted; what ECS has begun goes on: ")


def test_variables_that_would_lead_elsewhere_are_to_be_unset(cluster: Shell) -> None:
    own = {"AWS_PROFILE": "production", "AWS_ENDPOINT_URL_ECS": "https://ecs.eu-west-1.amazonaws.com"}

    with Process(cluster.here, "sandbox", "--port", "0", env=own) as process:
        unset = process.until("^unset (.+)")

    assert set(own) <= set(unset[1].split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_can_source_it_and_go_on_while_it_runs(cluster: Shell) -> None:
    script = f'source <({COMMAND} sandbox --port 0); {COMMAND} status; kill "$!"; wait "$!"'

    told = subprocess.run(["bash", "-c", script], cwd=cluster.here, capture_output=True, text=True, check=True)

    assert told.stdout.split()[:2] == ["CLUSTER", "SERVICE"]
    assert "can't be read" not in told.stderr


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_there_is_not_is_wrong_usage(cluster: Shell, port: str) -> None:
    done = cluster.run("sandbox", "--port", port)

    assert done.exit_code == 2
    assert "0<=x<=65535" in done.stderr
