"""Two real operators on one AWS, with a lease: one leads, and the other takes over when it stops or is killed."""

import json
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler import spec
from reconciler.clock import SystemClock
from reconciler.sandbox import Sandbox
from reconciler.sandbox.furnish import furnish, furnish_lease
from tests.cli.process import Process
from tests.loop.harness import CLUSTER
from tests.process.test_kill import SPEED, write

pytestmark = pytest.mark.process

TABLE = "reconciler-lease"
SETTINGS = f"""
owner = "acme"
[loop]
sweep = "2s"
[http]
listen = "127.0.0.1:0"
[lease]
table = "{TABLE}"
ttl = "15s"
"""


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Sandbox]:
    """An AWS with a lease that was let go of at epoch 4."""
    (tmp_path / "reconciler.toml").write_text(SETTINGS)
    with Sandbox(SystemClock(SPEED)) as sandbox:
        furnish(sandbox, spec.load([("clusters/test.yml", CLUSTER.encode(), None)], "").clusters)
        furnish_lease(sandbox, TABLE, None)
        released = {"owner": {"S": "acme"}, "holder": {"S": ""}, "epoch": {"N": "4"}, "beat": {"N": "70"}}
        dynamodb(sandbox).put_item(TableName=TABLE, Item=released)
        yield sandbox


def dynamodb(aws: Sandbox) -> Any:
    environment = aws.environment()
    return boto3.client(
        "dynamodb",
        region_name=environment["AWS_DEFAULT_REGION"],
        endpoint_url=aws.endpoint,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def replica(here: Path, aws: Sandbox) -> Process:
    return Process(here, "run", env=dict(aws.environment()))


def page(process: Process, path: str) -> str:
    found = re.search(r"status and metrics: (\S+)/", process.stdout)
    assert found
    with urllib.request.urlopen(found[1] + path) as answer:
        return str(answer.read().decode())


def versions(aws: Sandbox) -> set[str]:
    return {task.images[0].rsplit(":", 1)[-1] for task in aws.world.tasks() if task.status == "RUNNING"}


def test_one_leads_another_follows_and_takes_over_from_one_that_stops_and_from_one_that_is_killed(
    tmp_path: Path, aws: Sandbox
) -> None:
    write(tmp_path / "desired", "v1")
    with replica(tmp_path, aws) as first:
        first.until("this replica leads, epoch 5")
        first.until("services in sync")
        with replica(tmp_path, aws) as second:
            second.until(r"this replica follows \S+, epoch 5")
            told = json.loads(page(second, "/api/status"))
            assert (told["leadership"]["leads"], told["services"]) == (False, [])
            metrics = page(second, "/metrics")
            assert "reconciler_leader 0.0" in metrics
            assert set(re.findall(r'reconciler_aws_requests_total\{.*service="(\w+)"', metrics)) == {"dynamodb"}
            assert "This replica follows" in page(second, "/")
            assert page(second, "/readyz") == "ok\n"

            assert first.end(signal.SIGTERM) == 0
            second.until("this replica leads, epoch 6")
            assert "reconciler_leader 1.0" in page(second, "/metrics")

            with replica(tmp_path, aws) as third:
                third.until(r"this replica follows \S+, epoch 6")
                write(tmp_path / "desired", "v2")
                second.until("Verify")
                second.end(signal.SIGKILL)
                third.until("this replica leads, epoch 7")
                third.until("services in sync")
                assert versions(aws) == {"v2"}
                assert third.end(signal.SIGTERM) == 0
    item = dynamodb(aws).get_item(TableName=TABLE, Key={"owner": {"S": "acme"}})["Item"]
    assert (item["holder"], item["epoch"]) == ({"S": ""}, {"N": "7"})
