"""`reconciler iam-policy`: what it prints, for which clusters, and what it says when it can't."""

import json
from typing import Any

import boto3

from reconciler.sandbox import Sandbox
from tests.cli.shell import CLUSTER, Shell

ROLE = "arn:aws:iam::210987654321:role/deploys"


def statements(shell: Shell, *options: str) -> dict[str, Any]:
    """The statements of the printed document, by their ids."""
    done = shell.run("iam-policy", *options)
    assert done.exit_code == 0, done.output
    return {statement["Sid"]: statement for statement in json.loads(done.stdout)["Statement"]}


def test_it_prints_one_document_for_all_clusters_without_asking_aws(cluster: Shell) -> None:
    cluster.write_cluster("stage")
    assert statements(cluster)["ReadCluster"]["Resource"] == [
        "arn:aws:ecs:us-east-1:123456789012:cluster/stage",
        "arn:aws:ecs:us-east-1:123456789012:cluster/test",
    ]


def test_it_can_be_narrowed_to_clusters(cluster: Shell) -> None:
    cluster.write_cluster("stage")
    printed = statements(cluster, "--cluster", "stage")
    assert printed["ReadCluster"]["Resource"] == "arn:aws:ecs:us-east-1:123456789012:cluster/stage"
    assert "test" not in json.dumps(printed)


def test_it_names_the_installation_that_the_settings_name(cluster: Shell) -> None:
    cluster.write("reconciler.toml", 'owner = "platform"\n')
    conditions = statements(cluster)["Change"]["Condition"]["StringEquals"]
    assert conditions["aws:ResourceTag/reconciler:owner"] == "platform"


def test_a_cluster_in_another_part_of_aws_has_its_arns(cluster: Shell) -> None:
    cluster.edit("desired/clusters/test.yml", "us-east-1", "cn-north-1")
    assert statements(cluster)["ReadCluster"]["Resource"] == "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/test"


def test_zones_are_bound_by_name_and_with_a_lookup_by_id_too(cluster: Shell, aws: Sandbox) -> None:
    unknown, known = statements(cluster)["ChangeRecords"], statements(cluster, "--lookup")["ChangeRecords"]
    assert unknown["Resource"] == "arn:aws:route53:::hostedzone/*"
    (zone,) = boto3.client("route53").list_hosted_zones()["HostedZones"]
    assert known["Resource"] == f"arn:aws:route53:::hostedzone/{zone['Id'].removeprefix('/hostedzone/')}"
    assert unknown["Condition"] == known["Condition"]


def test_a_zone_that_is_not_there_ends_a_lookup_with_what_else_to_do(cluster: Shell, aws: Sandbox) -> None:
    cluster.edit("desired/clusters/test.yml", "test.example", "gone.example")
    done = cluster.run("iam-policy", "--lookup")
    assert done.exit_code == 1
    assert "there is no public hosted zone gone.example; without --lookup, zones are bound by" in done.stderr


def test_a_clusters_own_role_is_assumed_and_has_a_policy_of_its_own(cluster: Shell) -> None:
    away = CLUSTER.replace("NAME", "away").replace("123456789012", "210987654321")
    cluster.write("desired/clusters/away.yml", away + f"role: {ROLE}\n")
    own, roles = statements(cluster), statements(cluster, "--role", ROLE)
    assert own["AssumeClusterRole"]["Resource"] == ROLE
    assert own["ReadCluster"]["Resource"] == "arn:aws:ecs:us-east-1:123456789012:cluster/test"
    assert roles["ReadCluster"]["Resource"] == "arn:aws:ecs:us-east-1:210987654321:cluster/away"
    assert "AssumeClusterRole" not in roles
    assert f"reconciler iam-policy --role {ROLE}" in cluster.run("iam-policy").stderr


def test_more_than_aws_takes_in_one_policy_comes_as_a_list_and_is_said(cluster: Shell) -> None:
    cluster.edit("desired/clusters/test.yml", "defaults:", "guardrails: {execution_roles: ['*-execution']}\ndefaults:")
    for number in range(200):
        cluster.write_service("v1", f"service-{number}")
        role = 'execution_role: "{cluster}-{service}-execution"\n'
        cluster.edit(f"desired/services/service-{number}/service.yml", "rollout:", f"{role}rollout:")
    done = cluster.run("iam-policy")
    assert len(json.loads(done.stdout)) > 1
    assert "one policy would be larger than AWS allows" in done.stderr


def test_a_role_that_ecs_takes_for_a_volume_is_passed_to_ecs(cluster: Shell) -> None:
    volume = "arn:aws:iam::123456789012:role/volumes"
    cluster.write_service("v1")
    disk = f"{{name: data, managedEBSVolume: {{roleArn: '{volume}', sizeInGiB: 9}}}}"
    volumes = "task_definition: {volumes: [{name: data, configuredAtLaunch: true}]}\n"
    configured = f"{volumes}service: {{volumeConfigurations: [{disk}]}}\n"
    cluster.edit("desired/services/web/service.yml", "rollout:", f"{configured}rollout:")
    cluster.edit("desired/clusters/test.yml", "zone:", "guardrails: {infrastructure_roles: [volumes]}\nzone:")
    passed = statements(cluster)["PassRoleToEcs"]
    assert (passed["Resource"], passed["Condition"]["StringEquals"]) == (
        volume,
        {"iam:PassedToService": "ecs.amazonaws.com"},
    )


def test_without_a_cluster_there_is_nothing_to_allow(shell: Shell) -> None:
    shell.write("desired/clusters/README.md", "none yet\n")
    done = shell.run("iam-policy")
    assert done.exit_code == 1
    assert "there is no cluster in desired/clusters" in done.stderr


def test_a_cluster_or_role_that_no_file_has_is_refused(cluster: Shell) -> None:
    assert (
        "there is no cluster prod in desired/clusters; there is: test"
        in cluster.run("iam-policy", "--cluster", "prod").stderr
    )
    assert f"no cluster has `role: {ROLE}`" in cluster.run("iam-policy", "--role", ROLE).stderr


def test_a_wrong_file_prints_no_policy(cluster: Shell) -> None:
    cluster.edit("desired/clusters/test.yml", "region: us-east-1", "region: nowhere")
    done = cluster.run("iam-policy")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "desired/clusters/test.yml:2" in done.stderr
