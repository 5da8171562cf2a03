"""The watch over the rights of every loop test would notice a write beyond them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.cli.shell import Shell
from tests.permissions.watch import Rights
from tests.transport import in_process


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Rights, Any]]:
    """A sandbox under watch, and a client in it that calls itself the operator."""
    shell = Shell(tmp_path)
    shell.write_cluster()
    with Sandbox(SteppedClock(), seed=1) as sandbox, in_process(sandbox):
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        shell.furnish(sandbox)
        rights = Rights(sandbox, tmp_path / "desired")
        sandbox.hooks.before.append(rights.judge)
        yield rights, boto3.client("elbv2", config=Config(user_agent_extra="reconciler"))


def group(elb: Any, **more: Any) -> str:
    made = elb.create_target_group(Name="test-web", Protocol="HTTP", Port=80, VpcId="vpc-0a1b2c3d4e5f60001", **more)
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def test_a_creation_without_tags_and_a_deletion_of_it_are_noticed(watched: tuple[Rights, Any]) -> None:
    rights, elb = watched
    elb.delete_target_group(TargetGroupArn=group(elb))
    assert ["CreateTargetGroup on" in rights.exceeded[0], "DeleteTargetGroup on" in rights.exceeded[-1]] == [True, True]


def test_what_is_marked_as_the_installations_own_is_not(watched: tuple[Rights, Any]) -> None:
    rights, elb = watched
    marks = {"reconciler:owner": "reconciler", "reconciler:cluster": "test"}
    tags = [{"Key": key, "Value": value} for key, value in marks.items()]
    elb.delete_target_group(TargetGroupArn=group(elb, Tags=tags))
    assert rights.exceeded == []
