"""A stage with a second cluster elsewhere, and nothing of this machine's own AWS configuration."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loop.conftest import scenario, stage
from tests.loop.harness import Stage

__all__ = ["scenario", "stage"]

HOME, AWAY = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{AWAY}:role/deploys"
CLUSTER = """
region: {region}
account: "{account}"
vpc: vpc-0a1b2c3d4e5f60002
load_balancers:
  http-internal: {{name: away-internal, port: 80}}
zone: away.example
defaults: {{registry: registry.example}}
"""
SERVICE = """
instances: {test: 1, away: 1}
cpu: 128
mem: 64
listeners:
  - {subdomain: web, port: 8080, protocol: http-internal, deregistration_delay: 10}
"""


@pytest.fixture(autouse=True)
def configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An AWS configuration of the test's own, empty at first; returns its directory."""
    directory = tmp_path_factory.mktemp("aws")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(directory / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(directory / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return directory


@pytest.fixture
def away(stage: Stage) -> Callable[..., None]:
    """Add the cluster `away`, and a service that runs in both: `away(account=…, region=…, role=…)`."""

    def add(*, account: str = HOME, region: str = "us-east-1", role: str = "") -> None:
        text = CLUSTER.format(region=region, account=account)
        stage.write("clusters/away.yml", text + (f"role: {role}\n" if role else ""))
        stage.write("services/web/service.yml", SERVICE)
        stage.write("services/web/release.yml", "default: v1\n")
        stage.furnish()

    return add
