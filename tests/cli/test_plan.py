"""`reconciler plan`: says what would be done, does none of it, and ends as a pipeline needs it to."""

import json

import pytest

from reconciler.sandbox import Sandbox
from tests.cli.aws import services, writes
from tests.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("aws")


def test_a_new_service_is_planned_from_the_bottom_up_and_not_made(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")

    with writes(aws) as made:
        done = cluster.run("plan")

    assert done.exit_code == 0
    title, *lines, _, last = done.stdout.splitlines()
    assert title.startswith("test/web 1.0  Create: ")
    assert [line.split()[1:4] for line in lines if line.startswith("  [")] == [
        ["+", "task-definition", "test-web"],
        ["+", "target-group", "test-web"],
        ["~", "target-group", "test-web"],
        ["+", "listener-rule", "web.test.example"],
        ["+", "service", "web"],
        ["+", "dns-record", "web.test.example"],
    ]
    assert last.endswith(": 5 to create, 1 to update, 0 to delete.")
    assert made == []
    assert services(aws) == {}


def test_the_same_plan_for_a_program_and_for_a_pull_request(cluster: Shell) -> None:
    cluster.write_service("1.0")

    text, document, comment = (cluster.run("plan", "-o", form).stdout for form in ("text", "json", "markdown"))

    summary = text.splitlines()[-1]
    assert json.loads(document)["summary"] == summary
    assert comment.startswith(f"**{summary}**")


def test_a_change_is_shown_by_field(cluster: Shell) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    cluster.write_service("1.1")

    told = cluster.run("plan").stdout

    assert "containerDefinitions[web].image: registry.example/web:1.0 -> registry.example/web:1.1" in told
    assert "taskDefinition: test-web:1 -> test-web (new)" in told


def test_with_detailed_exitcode_2_means_that_there_is_something_to_do_and_0_that_there_is_not(cluster: Shell) -> None:
    cluster.write_service("1.0")
    assert cluster.run("plan", "--detailed-exitcode").exit_code == 2

    assert cluster.run("apply").exit_code == 0

    done = cluster.run("plan", "--detailed-exitcode")
    assert (done.exit_code, done.stdout) == (0, "Nothing to do: 1 service in sync.\n")


def test_a_pause_is_told_though_there_is_nothing_that_it_holds_back(cluster: Shell) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    assert cluster.run("pause", "--why", "audit").exit_code == 0

    done = cluster.run("plan")

    assert done.stdout == "Nothing to do: 1 service in sync.\n"
    assert done.stderr == "cluster test is paused by user/moto until it is resumed: audit\n"


@pytest.mark.parametrize("arguments", [("plan",), ("plan", "--detailed-exitcode")], ids=" ".join)
def test_a_broken_file_ends_in_3_after_the_plan_for_the_good_ones(cluster: Shell, arguments: tuple[str, ...]) -> None:
    cluster.write_service("1.0")
    cluster.write("desired/services/api/service.yml", "cpu: lots\n")

    done = cluster.run(*arguments)

    assert done.exit_code == 3
    assert "+ service web" in done.stdout
    assert "desired/services/api/service.yml:1:6: " in done.stderr


@pytest.mark.parametrize("arguments", [("plan",), ("plan", "--detailed-exitcode")], ids=" ".join)
def test_a_refused_service_ends_in_1_with_what_to_do(cluster: Shell, arguments: tuple[str, ...]) -> None:
    cluster.write_service("1.0")
    cluster.edit("desired/clusters/test.yml", "test-internal", "gone")

    done = cluster.run(*arguments)

    assert done.exit_code == 1
    assert "refused: test/web: clusters/test.yml: load_balancers.http-internal: there is no load balancer gone" in (
        done.stdout
    )


def test_a_removal_that_the_brake_would_hold_back_says_how_to_agree(cluster: Shell) -> None:
    for name in ("web", "api"):
        cluster.write_service("1.0", name)
    assert cluster.run("apply").exit_code == 0
    for name in ("web", "api"):
        cluster.delete_service(name)
    cluster.write_service("1.0", "other")

    done = cluster.run("plan")

    assert "held back (prune brake): 2 of 2 services would be removed by one revision, the most is 1" in done.stdout
    assert "if that is meant: reconciler confirm dir:" in done.stdout
