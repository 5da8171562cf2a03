"""deploy/reconciler.yml: what CloudFormation accepts, and what makes an operator that is safe to run."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file
from cfnlint.decode import decode

from reconciler.settings import load
from reconciler.store.table import KEY
from tests.deploy.template import ACCOUNT, FILE, REGION, Stack, stack
from tests.docs.documents import read


def container(made: Stack) -> dict[str, Any]:
    (only,) = made.properties("TaskDefinition")["ContainerDefinitions"]
    return dict(only)


def test_cloudformation_accepts_it() -> None:
    assert [str(found) for found in lint_file(FILE)] == []


@pytest.mark.parametrize(("replicas", "kept"), [(1, 0), (2, 50)])
def test_a_deployment_never_starts_more_operators_than_there_are_to_be(replicas: int, kept: int) -> None:
    service = stack(Replicas=replicas).properties("Service")
    assert service["DesiredCount"] == replicas
    assert service["DeploymentConfiguration"]["MaximumPercent"] == 100
    assert service["DeploymentConfiguration"]["MinimumHealthyPercent"] == kept


def test_every_variable_of_the_container_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for item in container(stack())["Environment"]:
        monkeypatch.setenv(item["Name"], item["Value"])
    settings = load(None)
    assert settings.service == stack().properties("Service")["ServiceName"]
    assert settings.role == stack().resolved({"Ref": "TaskRole"})
    assert (settings.lease.table, settings.lease.region) == ("LeaseTable", REGION)


def test_its_container_is_asked_and_ended_as_the_image_wants_it() -> None:
    made = container(stack())
    asked = re.search(r"HEALTHCHECK .*CMD (\[.*\])", read("Dockerfile"))
    assert asked
    assert made["HealthCheck"]["Command"] == ["CMD", *json.loads(asked[1])]
    assert made["StopTimeout"] == 30
    assert made["ReadonlyRootFilesystem"] is True
    assert [mount["ContainerPath"] for mount in made["MountPoints"]] == re.findall(
        r"^VOLUME (\S+)$", read("Dockerfile"), re.MULTILINE
    )


def test_a_remote_that_wants_a_header_gets_it_from_a_secret() -> None:
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:git-a1B2c3"
    without, with_header = stack(), stack(GitHeaderSecret=secret)
    assert container(without)["Secrets"] == []
    assert not without.made("ReadGitHeader")
    assert container(with_header)["Secrets"] == [{"Name": "GIT_CONFIG_VALUE_0", "ValueFrom": secret}]
    (read_it,) = with_header.properties("ReadGitHeader")["PolicyDocument"]["Statement"]
    assert (read_it["Action"], read_it["Resource"]) == ("secretsmanager:GetSecretValue", secret)


def test_the_table_is_what_the_lease_is_kept_in_and_is_not_lost_by_accident() -> None:
    table = stack().properties("LeaseTable")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"] is True
    assert [key["AttributeName"] for key in table["KeySchema"]] == [KEY]


@pytest.mark.parametrize(
    ("cluster", "taken"), [("ops-1", True), (f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/ops-1", False)]
)
def test_a_cluster_by_its_arn_is_refused_because_the_ban_on_its_own_service_would_miss(
    cluster: str, taken: bool
) -> None:
    template, _ = decode(str(FILE))
    assert template
    pattern = template["Parameters"]["EcsCluster"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, cluster)) is taken


def test_its_log_ends_some_day() -> None:
    assert stack().properties("LogGroup")["RetentionInDays"] == 90
