"""With an embedded AWS beneath it, the operator can reach no other, whatever the user's own settings say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from reconciler.cli.embedded import Furnished, embedded
from reconciler.cli.isolation import isolated
from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from reconciler.settings import Settings
from reconciler.source import DirectorySource
from tests.cli.shell import Shell

SERVICES = ("sts", "ecs", "elbv2", "route53")


@contextmanager
def an_embedded_aws() -> Iterator[Sandbox]:
    """As commands start it."""
    with isolated(), embedded(Settings(), SteppedClock()) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    "own",
    [
        {"AWS_PROFILE": "production"},
        {"AWS_SESSION_TOKEN": "of-a-person"},
        {"AWS_ENDPOINT_URL_ECS": "https://ecs.eu-west-1.amazonaws.com"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/admin", "AWS_WEB_IDENTITY_TOKEN_FILE": "/dev/null"},
    ],
    ids=lambda own: next(iter(own)),
)
def test_no_variable_of_the_user_leads_elsewhere(monkeypatch: pytest.MonkeyPatch, own: dict[str, str]) -> None:
    for name, value in own.items():
        monkeypatch.setenv(name, value)

    with an_embedded_aws() as sandbox:
        session = boto3.Session(region_name="eu-west-1")
        clients = [session.client(name) for name in SERVICES]  # type: ignore[call-overload]
        credentials = session.get_credentials()

    assert {client.meta.endpoint_url for client in clients} == {sandbox.endpoint}
    assert credentials is not None
    assert (credentials.access_key, credentials.token) == ("AKIASANDBOX000000000", None)


def test_no_profile_in_a_file_leads_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nservices = mine\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\n"
        "[services mine]\necs =\n  endpoint_url = https://ecs.eu-west-1.amazonaws.com\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))

    with an_embedded_aws() as sandbox:
        client = boto3.client("ecs", region_name="eu-west-1")

    assert client.meta.endpoint_url == sandbox.endpoint


def test_no_proxy_stands_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "git.example")

    with an_embedded_aws():
        assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
        assert os.environ["no_proxy"] == "git.example,127.0.0.1"


def test_the_environment_is_the_users_own_again_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    before = dict(os.environ)

    with an_embedded_aws():
        pass

    assert dict(os.environ) == before


def test_what_a_new_cluster_file_refers_to_is_there_once_it_has_been_read(cluster: Shell) -> None:
    with an_embedded_aws() as sandbox:
        source = Furnished(DirectorySource(cluster.here / "desired"), sandbox, "desired")
        source.read()
        cluster.write_cluster("dev")
        cluster.write_service("1.0")
        cluster.edit("desired/services/web/service.yml", "{test: 2}", "{test: 2, dev: 1}")
        cluster.edit("desired/services/web/release.yml", "test: 1.0", "default: 1.0")
        source.read()

        ecs, elb = boto3.client("ecs", region_name="us-east-1"), boto3.client("elbv2", region_name="us-east-1")
        clusters = {arn.rsplit("/", 1)[-1] for arn in ecs.list_clusters()["clusterArns"]}
        balancers = {item["LoadBalancerName"] for item in elb.describe_load_balancers()["LoadBalancers"]}
        instances = ecs.list_container_instances(cluster="dev")["containerInstanceArns"]
        ways_in = source.ways_in()

    assert clusters == {"test", "dev"}
    assert balancers == {"test-internal", "dev-internal"}
    assert instances
    assert [way.rpartition(" ")[0] for way in ways_in] == [
        "curl -H 'Host: web.dev.example'",
        "curl -H 'Host: web.test.example'",
    ]


def test_a_role_of_a_cluster_is_assumed_in_the_embedded_aws(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")
    cluster.edit("desired/clusters/test.yml", "123456789012", "999999999999")
    cluster.edit("desired/clusters/test.yml", "zone:", "role: arn:aws:iam::999999999999:role/deploy\nzone:")
    cluster.furnish(aws)

    done = cluster.run("apply")

    assert done.exit_code == 0
    assert "1 of 1 services in sync" in done.stdout
