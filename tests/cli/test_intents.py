"""`reconciler confirm`, `pause` and `resume`: what a person tells every operator, left as tags on AWS."""

from datetime import datetime, timedelta
from pathlib import Path

import boto3
import pytest

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.cli.aws import services, writes
from tests.cli.remote import Remote
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


def ecs_service(sandbox: Sandbox, name: str = "web") -> dict[str, str]:
    """Its tags."""
    ecs = boto3.client("ecs", region_name="us-east-1", endpoint_url=sandbox.endpoint)
    (found,) = ecs.describe_services(cluster="test", services=[name], include=["TAGS"])["services"]
    return {tag["key"]: tag["value"] for tag in found["tags"]}


@pytest.fixture
def running(cluster: Shell) -> Shell:
    """The shell, with a service that runs."""
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    return cluster


def test_a_paused_service_is_not_touched_until_it_is_resumed(running: Shell, aws: Sandbox) -> None:
    done = running.run("pause", "web", "--why", "incident #4711")
    assert (done.exit_code, done.stdout) == (0, "test/web (service web): paused until it is resumed\n")
    running.write_service("1.1")

    with writes(aws) as made:
        stuck = running.run("apply")
    assert (stuck.exit_code, made) == (1, [])
    assert "Rolling: paused by user/moto until it is resumed: incident 4711" in stuck.stderr
    assert "held back (paused): paused by user/moto until it is resumed: incident 4711" in running.run("plan").stdout

    assert running.run("resume", "web").stdout == "test/web (service web): resumed\n"
    assert "reconciler:paused" not in ecs_service(aws)
    assert running.run("apply").exit_code == 0


def test_a_paused_cluster_shows_in_status_with_who_why_and_until_when(running: Shell, clock: SteppedClock) -> None:
    now = clock.now()
    assert running.run("pause", "--cluster", "test", "--why", "audit", "--until", "2h").exit_code == 0

    until = f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    shown = running.run("status")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1] == f"cluster test is paused by user/moto until {until}: audit"
    (told,) = running.json("status")["pauses"]
    assert (told["cluster"], told["service"], told["by"], told["why"]) == ("test", "", "user/moto", "audit")

    clock.step(7200)
    assert "paused" not in running.run("status").stdout


def test_both_colours_carry_the_pause_and_both_are_freed(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")
    cluster.edit("desired/services/web/service.yml", "{deadline: 5m}", "{strategy: blue-green, bake: 30s}")
    for version in ("1.0", "1.1"):
        cluster.write("desired/services/web/release.yml", f"test: {version}\n")
        assert cluster.run("apply").exit_code == 0

    assert cluster.run("pause", "web", "--why", "x").exit_code == 0
    assert ["reconciler:paused" in ecs_service(aws, f"web-{colour}") for colour in ("blue", "green")] == [True, True]

    assert cluster.run("resume", "web").exit_code == 0
    assert ["reconciler:paused" in ecs_service(aws, f"web-{colour}") for colour in ("blue", "green")] == [False, False]


def test_a_service_that_does_not_run_yet_cannot_be_paused_and_what_can_is_told(cluster: Shell) -> None:
    cluster.write_service("1.0")

    done = cluster.run("pause", "web", "--why", "x")

    assert done.exit_code == 1
    assert done.stderr == (
        "cluster test: nothing was done: web has no ECS service there yet that could carry a tag; "
        "what can be paused is the whole cluster\n"
    )


def test_a_service_of_somebody_else_is_not_tagged(cluster: Shell, aws: Sandbox) -> None:
    ecs = boto3.client("ecs", region_name="us-east-1", endpoint_url=aws.endpoint)
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web:1", "memory": 64}])
    ecs.create_service(cluster="test", serviceName="web", taskDefinition="web", desiredCount=0)

    with writes(aws) as made:
        done = cluster.run("pause", "web", "--why", "x")

    assert (done.exit_code, made) == (1, [])
    assert "no cluster runs a service web" in done.stderr


def test_what_was_not_paused_is_told_so(running: Shell) -> None:
    assert running.run("resume").stdout == "cluster test: was not paused\n"


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("soon", "write 30m, 2h, or a timestamp with its offset"),
        ("2026-12-24T18:00", "2026-12-24T18:00 has no offset: write 2026-12-24T18:00Z or 2026-12-24T18:00+01:00"),
        ("2026-12-24", "2026-12-24 has no offset: write 2026-12-24T00:00Z or 2026-12-24T00:00+01:00"),
        ("2025-12-24T18:00Z", "2025-12-24T18:00Z is over"),
        ("0s", "0s is over"),
    ],
)
def test_an_end_that_is_none_is_refused(cluster: Shell, until: str, told: str) -> None:
    done = cluster.run("pause", "--why", "x", "--until", until)

    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("pause", "", "--why", "x"),
        ("pause", "web", "--cluster", "", "--why", "x"),
        ("pause", "--why", " "),
        ("resume", ""),
        ("resume", "web", "--cluster", ""),
        ("confirm", "1f2e3d4", "--cluster", ""),
    ],
)
def test_what_is_empty_as_from_a_variable_that_is_not_set_is_refused_and_not_taken_for_everything(
    running: Shell, aws: Sandbox, arguments: tuple[str, ...]
) -> None:
    with writes(aws) as made:
        done = running.run(*arguments)

    assert (done.exit_code, made) == (2, [])
    assert "is empty" in done.stderr


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_pause_and_a_confirmation_go_by_the_time_of_aws_and_not_of_the_persons_machine(
    cluster: Shell, aws: Sandbox, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    monkeypatch.setattr(
        "reconciler.cli.marking.SystemClock", lambda: SteppedClock(clock.now() + timedelta(minutes=minutes))
    )

    assert cluster.run("confirm", "1f2e3d4").exit_code == 0
    assert cluster.run("pause", "--why", "x", "--until", "2h").exit_code == 0

    confirmed = datetime.fromisoformat(cluster_tags(aws)["reconciler:confirmed"].split("at=")[1].split()[0])
    until = datetime.fromisoformat(cluster_tags(aws)["reconciler:paused"].split("until=")[1].split()[0])
    assert abs(confirmed - clock.now()) <= timedelta(seconds=1)
    assert abs(until - clock.now() - timedelta(hours=2)) <= timedelta(seconds=1)


def test_a_revision_that_is_not_the_current_one_is_confirmed_and_told_so(cluster: Shell) -> None:
    current = cluster.json("validate")["revision"]

    assert "0000000 is not the current revision, which is dir:" in cluster.run("confirm", "0000000").stderr
    assert cluster.run("confirm", current).stderr == ""


def test_a_pause_of_everything_says_which_file_kept_it_from_a_cluster(cluster: Shell, aws: Sandbox) -> None:
    cluster.write("desired/clusters/prod.yml", "region: nowhere\n")

    done = cluster.run("pause", "--why", "x")

    assert (done.exit_code, done.stdout) == (1, "cluster test: paused until it is resumed\n")
    assert "not done in the cluster of a file that is wrong: desired/clusters/prod.yml:1:9: " in done.stderr
    assert cluster.run("resume", "--cluster", "test").exit_code == 0
    assert "reconciler:paused" not in cluster_tags(aws)


def test_a_pause_needs_no_remote_where_one_was_read_before(
    cluster: Shell, aws: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = Remote(tmp_path / "remote.git", cluster.here)
    commit = remote.push()
    monkeypatch.setenv("RECONCILER_SOURCE_GIT", remote.path.as_uri())
    monkeypatch.setenv("RECONCILER_SOURCE_CACHE", str(tmp_path / "cache"))
    assert cluster.run("validate").exit_code == 0
    remote.path.rename(tmp_path / "gone.git")

    done = cluster.run("pause", "--why", "git is wrong")

    assert (done.exit_code, done.stdout) == (0, "cluster test: paused until it is resumed\n")
    assert f"what counts are the cluster files of {commit[:12]}, which was read last" in done.stderr
    assert "reconciler:paused" in cluster_tags(aws)


def test_a_remote_that_was_never_read_says_how_to_pause_by_hand(
    cluster: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_SOURCE_GIT", (tmp_path / "none.git").as_uri())
    monkeypatch.setenv("RECONCILER_SOURCE_CACHE", str(tmp_path / "cache"))

    done = cluster.run("pause", "--why", "git is wrong")

    assert done.exit_code == 1
    assert "cannot reach file://" in done.stderr
    assert "the tag can be left by hand" in done.stderr
