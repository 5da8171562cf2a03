"""A real Prometheus scrapes the operator's page and answers what the docs tell people to ask."""

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.aws import Traffic
from reconciler.clock import SystemClock
from reconciler.report.http import StatusServer
from reconciler.report.metrics import Metrics
from reconciler.settings import Address
from tests.report.told import operator, verifying, well

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed"),
]
PATIENCE_SECONDS = 60.0
CONFIG = """
global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - job_name: reconciler
    static_configs: [{targets: ["TARGET"]}]
"""


class Prometheus:
    """Asks one Prometheus server."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}/api/v1/"

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer of the API; None while the server does not answer yet."""
        try:
            with urllib.request.urlopen(
                f"{self._url}{path}?{urllib.parse.urlencode(parameters)}", timeout=10
            ) as answer:
                return json.load(answer)["data"]
        except (urllib.error.URLError, ConnectionError):
            return None

    def values(self, query: str) -> list[tuple[dict[str, str], str]]:
        """Labels and value of each series that a query finds."""
        found = self.ask("query", query=query)
        return [(item["metric"], item["value"][1]) for item in found["result"]] if found else []

    def wait_for(self, query: str) -> list[tuple[dict[str, str], str]]:
        """What a query finds, once it finds anything."""
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
        while time.monotonic() < deadline:
            if found := self.values(query):
                return found
            pause.wait(0.05)
        pytest.fail(f"{query} found nothing; the targets: {self.ask('targets')}")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(SystemClock(), "1.2.3", stale_after=10**9)


@pytest.fixture
def prometheus(metrics: Metrics, tmp_path: Path) -> Iterator[Prometheus]:
    server = StatusServer(Address("127.0.0.1", 0), metrics, operator, SystemClock(), ready_within=10**9)
    server.start()
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.replace("TARGET", server.url.removeprefix("http://")))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/data"]
    with (
        (tmp_path / "prometheus.log").open("w") as log,
        subprocess.Popen([*command, f"--web.listen-address={address}"], stderr=log) as process,
    ):
        yield Prometheus(address)
        process.terminate()
    server.stop()


def test_prometheus_scrapes_every_service_without_an_error(metrics: Metrics, prometheus: Prometheus) -> None:
    metrics.publish(operator(well('odd "name"\\'), verifying("httpbin", "green: 2 of 3 targets healthy")))
    metrics.record_call(Traffic("ecs", "DescribeServices", "ok", 0.1))

    rollout = prometheus.wait_for('reconciler_service_rollout_phase{phase!="Stable"}')
    info = prometheus.values("reconciler_service_info")
    p99 = prometheus.values("histogram_quantile(0.99, reconciler_aws_request_duration_seconds_bucket)")

    assert [(labels["service"], labels["phase"], value) for labels, value in rollout] == [("httpbin", "Verify", "1")]
    assert {labels["service"]: labels["sync_status"] for labels, _ in info} == {
        'odd "name"\\': "Synced",
        "httpbin": "OutOfSync",
    }
    assert [labels["operation"] for labels, _ in p99] == ["DescribeServices"]
    assert [target["lastError"] for target in prometheus.ask("targets")["activeTargets"]] == [""]


def test_a_service_that_is_gone_is_gone_from_prometheus(metrics: Metrics, prometheus: Prometheus) -> None:
    metrics.publish(operator(well("httpbin"), well("worker")))
    prometheus.wait_for('reconciler_service_info{service="httpbin"}')

    metrics.publish(operator(well("worker")))

    gone = prometheus.wait_for('reconciler_service_info unless on() reconciler_service_info{service="httpbin"}')
    assert [labels["service"] for labels, _ in gone] == ["worker"]
