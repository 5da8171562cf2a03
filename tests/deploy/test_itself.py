"""The operator never changes what it runs on: neither by its own decision nor by its rights (S2)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reconciler.cli import main
from reconciler.permissions import documents
from reconciler.store.table import permissions
from tests.cli.shell import Shell
from tests.deploy.template import ACCOUNT, REGION, Stack, stack
from tests.loop.conftest import scenario, stage
from tests.loop.harness import Stage
from tests.permissions.asked import passing
from tests.permissions.iam import Asked, allows

__all__ = ["scenario", "stage"]

SERVICE = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/test/reconciler"
OWNED = {"aws:ResourceTag/reconciler:owner": ("reconciler",), "aws:ResourceTag/reconciler:cluster": ("test",)}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell, with the file of the cluster `test` under desired/."""
    built = Shell(tmp_path)
    built.write_cluster()
    return built


def rights(shell: Shell, made: Stack) -> list[Any]:
    """All policies of the task role: what the command prints, and what the template adds."""
    done = CliRunner().invoke(main, ["iam-policy"], env={"RECONCILER_SOURCE_PATH": str(shell.here / "desired")})
    assert done.exit_code == 0, done.output
    return [json.loads(done.stdout), made.properties("Itself")["PolicyDocument"]]


@pytest.mark.parametrize("action", ["UpdateService", "DeleteService", "TagResource"])
def test_it_may_not_touch_its_own_service_even_if_that_is_marked_as_owned(shell: Shell, action: str) -> None:
    own = Asked(f"ecs:{action}", SERVICE, OWNED)
    policies = rights(shell, stack())
    assert not allows(policies, own)
    assert allows(policies, replace(own, resource=SERVICE.replace("reconciler", "web")))


def test_it_may_not_hand_out_its_own_roles_even_if_a_service_names_them(shell: Shell) -> None:
    made = stack()
    shell.write_service("v1")
    allowed = "guardrails: {task_roles: ['*'], execution_roles: ['*']}\n"
    shell.edit("desired/clusters/test.yml", "defaults:", f"{allowed}defaults:")
    roles = "task_role: TaskRole\nexecution_role: ExecutionRole\n"
    shell.edit("desired/services/web/service.yml", "rollout:", f"{roles}rollout:")
    policies = rights(shell, made)
    for role in ("TaskRole", "ExecutionRole"):
        assert allows(policies[:1], passing(made.arn(role)))
        assert not allows(policies, passing(made.arn(role)))


def test_it_may_keep_its_own_lease_and_do_nothing_else_to_the_table(shell: Shell) -> None:
    made = stack()
    policies = rights(shell, made)
    table = made.arn("LeaseTable")
    own = {"dynamodb:LeadingKeys": ("reconciler",)}
    assert all(allows(policies, Asked(f"dynamodb:{action}", table, own)) for action in ("GetItem", "PutItem"))
    assert not allows(policies, Asked("dynamodb:PutItem", table, {"dynamodb:LeadingKeys": ("theirs",)}))
    assert not any(
        allows(policies, Asked(f"dynamodb:{action}", table, own))
        for action in ("DeleteItem", "UpdateItem", "DeleteTable", "UpdateTable")
    )


def test_its_rights_to_the_lease_are_those_that_the_command_prints() -> None:
    made = stack()
    (given,) = (item for item in made.properties("Itself")["PolicyDocument"]["Statement"] if item["Sid"] == "Lease")
    (printed,) = documents([permissions("LeaseTable", REGION, ACCOUNT, "reconciler")])[0]["Statement"]
    assert given == printed


def test_its_service_is_somebody_elses_to_it_and_stays_as_it_is(stage: Stage) -> None:
    ecs = stage.client("ecs")
    stage.web("v1")
    stage.settle()
    definition = stage.ecs_service("web")["taskDefinition"]
    ecs.create_service(cluster="test", serviceName="reconciler", taskDefinition=definition, desiredCount=2)
    before = stage.ecs_service("reconciler")
    stage.web("v1", service="reconciler")  # somebody declares it after all
    stage.passes(10)
    stage.delete("reconciler")
    stage.passes(10)
    after = stage.ecs_service("reconciler")
    assert (after["desiredCount"], after["taskDefinition"], after["tags"]) == (2, definition, before["tags"])
    assert after["status"] == "ACTIVE"
