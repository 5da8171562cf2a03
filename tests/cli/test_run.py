"""`reconciler run --sandbox`, as a new user meets it: a real process on a copy of the sample desired/."""

import json
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.process import Process
from tests.cli.shell import Shell

pytestmark = pytest.mark.process

SAMPLE = Path(__file__).parents[2] / "desired"
SETTINGS = """
[http]
listen = "127.0.0.1:0"
[sandbox]
speed = 10
"""
FAST = SETTINGS.replace("10", "60")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a copy of the sample desired/."""
    here = tmp_path_factory.mktemp("first-look")
    shutil.copytree(SAMPLE, here / "desired")
    (here / "reconciler.toml").write_text(SETTINGS)
    return here


@pytest.fixture(scope="module")
def operator(here: Path) -> Iterator[Process]:
    """The operator, once it has said that everything is in sync and where to look."""
    with Process(here, "run", "--sandbox") as process:
        process.until(r"Ctrl-C ends")
        yield process


def get(url: str, host: str = "") -> str:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def way_in(operator: Process, host: str) -> str:
    """The address that the operator printed for a host name."""
    [line] = [line for line in operator.stdout.splitlines() if f"'Host: {host}'" in line]
    return line.split()[-1]


def status(operator: Process) -> dict[str, Any]:
    [line] = [line for line in operator.stdout.splitlines() if line.endswith("/api/status")]
    services = json.loads(get(line.split()[-1]))["services"]
    return {f"{item['cluster']}/{item['service']}": item for item in services}


def test_it_tells_what_was_created_and_why_and_that_every_service_is_in_sync(operator: Process) -> None:
    told = [line.split(maxsplit=2)[2] for line in operator.stdout.splitlines() if " prod/deploy-internal " in line]
    assert told[:6] == [
        "Create      declared, and not there yet",
        "+ task-definition prod-deploy-internal",
        "+ target-group prod-deploy-internal",
        "+ listener-rule deploy-internal.prod.example",
        "+ service deploy-internal",
        "+ dns-record deploy-internal.prod.example",
    ]
    assert "11 of 11 services in sync" in operator.stdout
    assert operator.stderr.count('"level": "error"') == 0


def test_the_addresses_that_it_prints_answer(operator: Process) -> None:
    assert "67c9cbb" in get(way_in(operator, "httpbin.prod.example"), "httpbin.prod.example")
    assert "858a802" in get(way_in(operator, "httpbin.test.example"), "httpbin.test.example")
    assert {item["sync"] for item in status(operator).values()} == {"Synced"}
    [metrics] = [line for line in operator.stdout.splitlines() if line.endswith("/metrics")]
    assert 'reconciler_service_info{cluster="test",health_status="Healthy",service="worker"' in get(metrics.split()[-1])


def test_a_saved_release_is_rolled_out_phase_by_phase(operator: Process, here: Path) -> None:
    service = here / "desired/services/api_gateway/service.yml"
    service.write_text(service.read_text().replace("bake: 30s", "bake: 60s"))
    (here / "desired/services/api_gateway/release.yml").write_text("default: 1.10\ntest: 1.11\n")

    for phase in ("StandUp", "Verify", "Shift", "Bake", "Retire", "Stable"):
        operator.until(rf"test/api_gateway +{phase} ")

    operator.until("11 of 11 services in sync")
    assert "1.11" in get(way_in(operator, "api.test.example"), "api.test.example")
    assert status(operator)["test/api_gateway"]["version"] == "1.11"


def test_a_broken_file_is_told_of_and_leaves_its_service_running(operator: Process, here: Path) -> None:
    file = here / "desired/services/worker/service.yml"
    good = file.read_text()

    file.write_text("cpu: lots\n")
    operator.until(r"desired/services/worker/service.yml:1:6: ")
    operator.until(r"test/worker .*Unknown")

    file.write_text(good)
    operator.until("every file is valid again")
    operator.until("11 of 11 services in sync")


def test_a_copy_of_a_cluster_file_is_a_new_cluster(operator: Process, here: Path) -> None:
    clusters = here / "desired/clusters"
    copied = (clusters / "test.yml").read_text().replace("test", "dev")
    (here / "desired/services/worker/service.yml").write_text(
        (SAMPLE / "services/worker/service.yml").read_text().replace("test: 1", "test: 1\n  dev: 1")
    )
    (clusters / "dev.yml").write_text(copied)

    operator.until(r"dev/worker +\+ service worker")
    operator.until("12 of 12 services in sync")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_it_in_order(cluster: Shell, number: signal.Signals) -> None:
    cluster.write("reconciler.toml", FAST)
    cluster.write_service("1.0")

    with Process(cluster.here, "run", "--sandbox") as process:
        process.until("1 of 1 services in sync")

        assert process.end(number) == 0
        assert process.stdout.splitlines()[-1] == "stopped; the embedded AWS is gone"
        assert "Traceback" not in process.stderr


def test_a_signal_ends_it_in_order_in_the_middle_of_a_rollout(cluster: Shell) -> None:
    cluster.write("reconciler.toml", FAST)
    cluster.write_service("1.0-slow")

    with Process(cluster.here, "run", "--sandbox") as process:
        process.until("test/web +Rolling")

        assert process.end(signal.SIGINT) == 0
        assert "Traceback" not in process.stderr
