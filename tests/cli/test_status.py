"""`reconciler status`: how everything is, straight from AWS, with no operator running."""

import pytest

from reconciler.sandbox import Sandbox
from tests.cli.aws import writes
from tests.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("aws")


def rows(shell: Shell, *arguments: str) -> list[list[str]]:
    header, *lines = shell.run("status", *arguments).stdout.splitlines()
    assert header.split() == ["CLUSTER", "SERVICE", "VERSION", "SYNC", "HEALTH", "PHASE", "WHY"]
    return [line.split(maxsplit=6) for line in lines]


def test_a_service_that_is_not_there_is_missing(cluster: Shell) -> None:
    cluster.write_service("1.0")

    [[*columns, why]] = rows(cluster)

    assert columns == ["test", "web", "1.0", "OutOfSync", "Missing", "Create"]
    assert why


def test_a_service_that_is_as_git_says_is_synced_and_healthy(cluster: Shell) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0

    assert rows(cluster) == [["test", "web", "1.0", "Synced", "Healthy", "Stable"]]


def test_a_service_of_no_instances_is_suspended(cluster: Shell) -> None:
    cluster.write_service("1.0")
    cluster.edit("desired/services/web/service.yml", "{test: 2}", "{test: 0}")
    assert cluster.run("apply").exit_code == 0

    assert rows(cluster)[0][3:6] == ["Synced", "Suspended", "Stable"]


def test_a_new_version_is_a_rollout_to_come(cluster: Shell) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    cluster.write_service("1.1")

    assert rows(cluster)[0][2:6] == ["1.1", "OutOfSync", "Progressing", "Rolling"]


def test_a_failed_rollout_is_degraded_and_says_why(cluster: Shell) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    cluster.write_service("1.1-crash")
    assert cluster.run("apply").exit_code == 4

    [[*columns, why]] = rows(cluster)

    assert columns == ["test", "web", "1.0", "OutOfSync", "Degraded", "Failed"]
    assert why.startswith("release 1.1-crash failed: ")


def test_a_broken_file_is_told_of_and_ends_in_1(cluster: Shell) -> None:
    cluster.write_service("1.0")
    cluster.write("desired/services/web/service.yml", "cpu: lots\n")

    done = cluster.run("status")

    assert done.exit_code == 1
    assert "desired/services/web/service.yml:1:6: " in done.stderr


def test_one_service_or_one_cluster_can_be_asked_for(cluster: Shell) -> None:
    for name in ("web", "api"):
        cluster.write_service("1.0", name)

    assert [row[1] for row in rows(cluster)] == ["api", "web"]
    assert [row[1] for row in rows(cluster, "web")] == ["web"]
    assert [row[1] for row in rows(cluster, "--cluster", "test")] == ["api", "web"]


def test_a_service_that_nobody_knows_is_an_error(cluster: Shell) -> None:
    done = cluster.run("status", "wbe")

    assert (done.exit_code, done.stderr) == (1, "Error: there is no such service; `reconciler status` lists them all\n")


def test_a_program_gets_the_document_of_the_api(cluster: Shell) -> None:
    cluster.write_service("1.0")

    [service] = cluster.json("status")["services"]

    assert (service["cluster"], service["service"], service["sync"]) == ("test", "web", "OutOfSync")


def test_looking_changes_nothing(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")

    with writes(aws) as made:
        cluster.run("status")

    assert made == []


def test_of_one_service_the_traffic_and_the_tasks_of_each_colour_are_told(cluster: Shell) -> None:
    cluster.write_service("1.0")
    cluster.edit("desired/services/web/service.yml", "rollout: {", "rollout: {strategy: blue-green, bake: 10s, ")
    assert cluster.run("apply").exit_code == 0
    cluster.write("desired/services/web/release.yml", "test: 1.1\n")
    assert cluster.run("apply").exit_code == 0

    _, _, *colours = cluster.run("status", "web").stdout.splitlines()

    assert colours == [
        "test  web-blue   1.0  0 % of the traffic    0 of 0 run",
        "test  web-green  1.1  100 % of the traffic  2 of 2 run",
    ]
    [told] = cluster.json("status", "web")["services"]
    assert told["colours"][1] == {
        "name": "web-green",
        "version": "1.1",
        "weight": 100,
        "healthy": None,
        "running": 2,
        "desired": 2,
    }


def test_what_is_watched_is_told_again_when_it_has_changed(cluster: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    looks = iter((lambda: None, lambda: cluster.write("desired/services/web/release.yml", "test: 1.1\n"), _ctrl_c))
    monkeypatch.setattr("reconciler.cli.look.time.sleep", lambda _: next(looks)())

    done = cluster.run("status", "web", "--watch")

    assert [line.split()[2:6] for line in done.stdout.splitlines() if line.startswith("test     web")] == [
        ["1.0", "Synced", "Healthy", "Stable"],
        ["1.1", "OutOfSync", "Progressing", "Rolling"],
    ]


def _ctrl_c() -> None:
    raise KeyboardInterrupt
