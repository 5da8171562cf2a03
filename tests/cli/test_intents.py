"""`reconciler confirm`: what a person tells every operator, left as tags on AWS."""

import boto3
import pytest

from reconciler.sandbox import Sandbox
from tests.cli.aws import services
from tests.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("aws")


def cluster_tags(sandbox: Sandbox, name: str = "test") -> dict[str, str]:
    ecs = boto3.client("ecs", region_name="us-east-1", endpoint_url=sandbox.endpoint)
    (found,) = ecs.describe_clusters(clusters=[name], include=["TAGS"])["clusters"]
    return {tag["key"]: tag["value"] for tag in found.get("tags", [])}


def test_a_confirmation_is_left_on_the_ecs_cluster_with_who_and_when(cluster: Shell, aws: Sandbox) -> None:
    done = cluster.run("confirm", "1f2e3d4c5b6a")

    assert (done.exit_code, done.stdout) == (0, "cluster test: confirmed 1f2e3d4c5b6a\n")
    assert cluster_tags(aws)["reconciler:confirmed"] == "1f2e3d4c5b6a at=2026-01-01T00:00:00+00:00 by=user/moto"


def test_the_command_that_a_held_removal_prints_lets_it_go(cluster: Shell, aws: Sandbox) -> None:
    for name in ("web", "api"):
        cluster.write_service("1.0", name)
    assert cluster.run("apply").exit_code == 0
    for name in ("web", "api"):
        cluster.delete_service(name)
    cluster.write_service("1.0", "other")
    held = cluster.run("plan").stdout
    command = held.partition("if that is meant: reconciler ")[2].splitlines()[0].split()

    assert cluster.run(*command).exit_code == 0

    assert cluster.run("apply").exit_code == 0
    assert services(aws).keys() == {"other"}


def test_a_cluster_that_cannot_be_reached_does_not_keep_the_others(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_cluster("prod")
    cluster.edit("desired/clusters/prod.yml", "123456789012", "999999999999")

    done = cluster.run("confirm", "1f2e3d4")

    assert done.exit_code == 1
    assert "cluster prod: nothing was done: credentials are for account 123456789012" in done.stderr
    assert cluster_tags(aws)["reconciler:confirmed"].startswith("1f2e3d4 ")


def test_one_cluster_can_be_meant(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_cluster("prod")
    cluster.furnish(aws)

    assert cluster.run("confirm", "1f2e3d4", "--cluster", "prod").exit_code == 0

    assert "reconciler:confirmed" in cluster_tags(aws, "prod")
    assert "reconciler:confirmed" not in cluster_tags(aws, "test")


def test_a_cluster_that_there_is_not_is_told_with_what_is_wrong_in_its_file(cluster: Shell) -> None:
    cluster.write("desired/clusters/prod.yml", "region: nowhere\n")

    done = cluster.run("confirm", "1f2e3d4", "--cluster", "prod")

    assert done.exit_code == 1
    assert "there is no cluster prod in desired/clusters" in done.stderr
    assert "desired/clusters/prod.yml:1:9: " in done.stderr


@pytest.mark.parametrize("revision", ["1f2e3d", "main", "dir:", "1F2E3D4", "dir:abc"])
def test_what_is_no_revision_is_refused(cluster: Shell, revision: str) -> None:
    done = cluster.run("confirm", revision)

    assert done.exit_code == 2
    assert "write at least 7 digits of the commit" in done.stderr
