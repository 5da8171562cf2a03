"""Credentials, accounts and roles as in any boto3 program, and never in an account that no cluster file names."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import AssumeRoleCredentialFetcher, RefreshableCredentials

from reconciler.aws import AwsError, Budgets, Gateway, Term, clients_in
from reconciler.aws.gateway import ATTEMPTS
from reconciler.clock import SteppedClock
from reconciler.model import HealthStatus, SyncStatus
from reconciler.sandbox import AwsRefusal, Call
from tests.accounts.conftest import AWAY, HOME, ROLE
from tests.loop.harness import Stage

Add = Callable[..., None]


def test_a_role_is_assumed_and_the_resources_end_up_in_its_account(stage: Stage, away: Add) -> None:
    away(account=AWAY, role=ROLE)
    stage.settle()
    assert names_in(stage, AWAY) == {
        "ecs service": ["web"],
        "task definition": ["away-web"],
        "target group": ["away-web"],
        "hosts": ["_reconciler.web.away.example.", "web.away.example."],
    }
    assert names_in(stage, HOME)["hosts"] == ["_reconciler.web.test.example.", "web.test.example."]
    assert {call.account for call in stage.observer.writes} == {HOME, AWAY}


def test_two_clusters_in_two_regions_and_two_accounts_converge_under_one_operator(stage: Stage, away: Add) -> None:
    away(account=AWAY, region="eu-west-1", role=ROLE)
    stage.settle()
    assert {(call.account, call.region) for call in stage.observer.writes if call.service == "ecs"} == {
        (HOME, "us-east-1"),
        (AWAY, "eu-west-1"),
    }
    assert names_in(stage, AWAY, "eu-west-1")["ecs service"] == ["web"]
    assert names_in(stage, AWAY, "us-east-1")["ecs service"] == []


def test_credentials_of_another_account_are_refused_before_the_first_write_and_other_clusters_converge(
    stage: Stage, away: Add
) -> None:
    away(account=AWAY)
    stage.passes(8)
    assert stage.status(cluster="away").reason == (
        f"credentials are for account {HOME}, but clusters/away.yml says {AWAY}; "
        "nothing is done there until the credentials, the `role:` or the `account:` is corrected"
    )
    assert (stage.status(cluster="away").sync, stage.status().sync) == (SyncStatus.UNKNOWN, SyncStatus.SYNCED)
    assert {call.account for call in stage.observer.writes} == {HOME}
    assert all("away" not in str(call.parameters) for call in stage.observer.writes)


def test_a_corrected_account_is_worked_on_without_a_restart(stage: Stage, away: Add) -> None:
    away(account=AWAY)
    stage.passes(2)
    assert stage.status(cluster="away").sync is SyncStatus.UNKNOWN
    away(account=HOME)
    stage.settle()
    assert {call.account for call in stage.observer.writes} == {HOME}


def test_a_role_that_may_not_be_assumed_stops_its_cluster_alone_and_is_named(stage: Stage, away: Add) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "AssumeRole":
            raise AwsRefusal("AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {ROLE}", 403)

    stage.sandbox.hooks.before.append(refuse)
    away(account=AWAY, role=ROLE)
    stage.passes(8)
    told = stage.status(cluster="away").reason
    assert "AccessDenied" in told
    assert ROLE in told
    assert stage.status().health is HealthStatus.HEALTHY
    stage.sandbox.hooks.before.remove(refuse)
    stage.settle()


def test_a_role_is_assumed_before_the_lease_is_looked_at_and_not_between_that_and_the_write(
    stage: Stage, away: Add
) -> None:
    happened: list[str] = []

    def not_now() -> str:
        happened.append("the lease is looked at")
        return "not now"

    away(account=AWAY, role=ROLE)
    stage.sandbox.hooks.before.append(lambda call: happened.append(call.operation))
    with pytest.raises(AwsError, match="not now"):
        reaching_away(Term(objection=not_now)).call("ecs", "DeleteService", cluster="away", service="web")
    assert happened == ["AssumeRole", "the lease is looked at"]


def test_a_renewal_that_fails_before_it_must_succeed_is_not_tried_again_between_the_lease_and_the_write(
    stage: Stage, away: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    def looked_at() -> str:
        happened.append("the lease is looked at")
        return ""

    def hear(call: Call) -> None:
        happened.append(call.operation)
        if call.operation == "DeleteService" or happened.count("AssumeRole") > 1:
            raise AwsRefusal("AccessDenied", "not now", 403)

    monkeypatch.setattr(RefreshableCredentials, "_advisory_refresh_timeout", 2 * 3600)  # they are good for one hour
    monkeypatch.setattr(AssumeRoleCredentialFetcher, "_is_expired", lambda _fetcher, _credentials: True)
    away(account=AWAY, role=ROLE)
    stage.sandbox.hooks.before.insert(0, hear)
    aws = reaching_away(Term(objection=looked_at))
    for _ in range(2):
        with pytest.raises(AwsError, match="not now"):
            aws.call("ecs", "DeleteService", cluster="away", service="web")
    assert happened == ["AssumeRole", "the lease is looked at", "DeleteService"] * 2


def test_the_role_of_a_profile_is_asked_for_as_often_as_the_gateway_tries_and_no_oftener(
    stage: Stage, away: Add, monkeypatch: pytest.MonkeyPatch, configuration: Path
) -> None:
    asked: list[str] = []

    def refuse(call: Call) -> None:
        asked.append(call.operation)
        raise AwsRefusal("ServiceUnavailable", "not now", 503)

    away(account=AWAY, role=ROLE)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    profiles = f"[profile home]\n{keys_of(stage)}[profile away]\nrole_arn = {ROLE}\nsource_profile = home\n"
    (configuration / "config").write_text(profiles)
    monkeypatch.setenv("AWS_PROFILE", "away")
    stage.sandbox.hooks.before.append(refuse)
    with pytest.raises(AwsError, match="ServiceUnavailable"):
        reaching_away(role=None).call("ecs", "DescribeClusters")
    assert asked == ["AssumeRole"] * ATTEMPTS


@pytest.mark.parametrize("role", ["", ROLE])
def test_missing_credentials_are_said_to_be_missing_and_taken_when_they_come(
    stage: Stage, away: Add, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    away(account=AWAY if role else HOME, role=role)
    with monkeypatch.context() as without:
        without.delenv("AWS_ACCESS_KEY_ID")
        without.delenv("AWS_SECRET_ACCESS_KEY")
        stage.passes(1)
    assert stage.status(cluster="away").sync is SyncStatus.UNKNOWN
    assert "Unable to locate credentials" in stage.status(cluster="away").reason
    stage.settle()


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("AWS_PROFILE", "nobody", "The config profile (nobody) could not be found"),
        ("AWS_ENDPOINT_URL", "somewhere", "Invalid endpoint: somewhere"),
    ],
)
def test_an_environment_that_makes_no_sense_is_told_and_breaks_no_pass(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    stage.web("v1")
    with monkeypatch.context() as wrong:
        wrong.setenv(variable, value)
        stage.passes(1)
    assert stage.status().sync is SyncStatus.UNKNOWN
    assert told in stage.status().reason
    stage.settle()


def test_a_profile_brings_credentials_and_endpoint(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, configuration: Path
) -> None:
    for name in stage.sandbox.environment():
        monkeypatch.delenv(name)
    endpoint = f"endpoint_url = {stage.sandbox.endpoint}\n"
    (configuration / "config").write_text("[profile deploys]\n" + keys_of(stage) + endpoint)
    monkeypatch.setenv("AWS_PROFILE", "deploys")
    stage.web("v1")
    stage.settle()
    assert stage.running("web") == ["v1", "v1"]


def test_a_profile_that_assumes_a_role_works_where_the_role_leads_and_nowhere_else(
    stage: Stage, away: Add, monkeypatch: pytest.MonkeyPatch, configuration: Path
) -> None:
    away(account=AWAY, role=ROLE)
    away(account=AWAY)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    profiles = f"[profile home]\n{keys_of(stage)}[profile away]\nrole_arn = {ROLE}\nsource_profile = home\n"
    (configuration / "config").write_text(profiles)
    monkeypatch.setenv("AWS_PROFILE", "away")
    stage.passes(8)
    assert stage.status(cluster="away").sync is SyncStatus.SYNCED
    assert stage.status().reason.startswith(f"credentials are for account {AWAY}, but clusters/test.yml says {HOME}")
    assert {call.account for call in stage.observer.writes} == {AWAY}


def reaching_away(term: Term | None = None, role: str | None = ROLE) -> Gateway:
    """A gateway of the test's own to the other account."""
    clock = SteppedClock()
    budget = partial(Budgets(clock).bucket, AWAY, "us-east-1")
    return Gateway(clients_in("us-east-1", role), clock, budget, lambda _: None, term)


def keys_of(stage: Stage) -> str:
    """The sandbox's credentials, as a profile has them."""
    environment = stage.sandbox.environment()
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return "".join(f"{name.lower()} = {environment[name]}\n" for name in names)


def names_in(stage: Stage, account: str, region: str = "us-east-1") -> dict[str, list[str]]:
    """What an account has in a region, by the names that AWS tells somebody who is in that account."""
    session = session_in(stage, account, region)
    ecs, elb, dns = session("ecs"), session("elbv2"), session("route53")
    clusters = [arn for arn in ecs.list_clusters()["clusterArns"] if arn.endswith(("/test", "/away"))]
    services = [arn for cluster in clusters for arn in ecs.list_services(cluster=cluster)["serviceArns"]]
    zones = [zone["Id"] for zone in dns.list_hosted_zones()["HostedZones"]]
    records = [
        record for zone in zones for record in dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    ]
    return {
        "ecs service": sorted(arn.rsplit("/", 1)[-1] for arn in services),
        "task definition": ecs.list_task_definition_families(status="ACTIVE")["families"],
        "target group": sorted(group["TargetGroupName"] for group in elb.describe_target_groups()["TargetGroups"]),
        "hosts": sorted({record["Name"] for record in records if record["Type"] not in ("NS", "SOA")}),
    }


def session_in(stage: Stage, account: str, region: str) -> Callable[[str], Any]:
    """Clients of somebody who is in an account."""
    keys: dict[str, str] = {}
    if account != HOME:
        assumed = stage.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="visitor")["Credentials"]
        keys = {
            "aws_access_key_id": assumed["AccessKeyId"],
            "aws_secret_access_key": assumed["SecretAccessKey"],
            "aws_session_token": assumed["SessionToken"],
        }
    return lambda service: boto3.client(service, region_name=region, endpoint_url=stage.sandbox.endpoint, **keys)  # type: ignore[call-overload]
