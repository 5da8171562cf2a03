"""`reconciler apply`: converges, says what it does, and its exit code says how that ended."""

import pytest

from reconciler.sandbox import AwsRefusal, Call, Sandbox
from tests.cli.aws import services, writes
from tests.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("aws")


def test_a_new_service_runs_at_the_end(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")

    done = cluster.run("apply")

    assert (done.exit_code, services(aws)) == (0, {"web": (2, 2)})
    assert "+ service web" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("1 of 1 services in sync")


def test_a_second_apply_writes_nothing(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0

    with writes(aws) as made:
        assert cluster.run("apply").exit_code == 0

    assert made == []


def test_what_is_printed_is_for_people_and_the_log_goes_to_stderr_as_json(cluster: Shell) -> None:
    cluster.write_service("1.0")

    done = cluster.run("apply")

    assert '"event"' not in done.stdout
    assert '"event": "change"' in done.stderr


def test_a_broken_file_ends_in_3_after_the_good_ones_have_converged(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")
    cluster.write_service("1.0", "api")
    cluster.write("desired/services/api/service.yml", "cpu: lots\n")

    done = cluster.run("apply")

    assert (done.exit_code, services(aws)) == (3, {"web": (2, 2)})
    assert "desired/services/api/service.yml:1:6: " in done.stderr


def test_a_rollout_that_fails_ends_in_4_with_why(cluster: Shell) -> None:
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    cluster.write_service("1.1-crash")

    done = cluster.run("apply")

    assert done.exit_code == 4
    assert "test/web: OutOfSync, Degraded, Failed: release 1.1-crash failed: " in done.stderr


def test_a_rollout_that_takes_too_long_ends_in_5_and_says_how_to_go_on(cluster: Shell) -> None:
    cluster.write_service("never")
    cluster.edit("desired/services/web/service.yml", "deadline: 5m", "deadline: 9999h")

    done = cluster.run("apply", "--timeout", "1s")

    assert done.exit_code == 5
    assert "test/web: OutOfSync, " in done.stderr
    assert done.stderr.splitlines()[-1].startswith("not in sync in time; ")


def test_a_service_that_is_refused_ends_in_1_and_the_others_converge(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("1.0")
    cluster.write_service("1.0", "api")
    cluster.edit("desired/services/api/service.yml", "http-internal", "http-public")
    cluster.edit("desired/clusters/test.yml", "rs:\n", "rs:\n  http-public: {name: gone, port: 80}\n")

    done = cluster.run("apply")

    assert (done.exit_code, services(aws)) == (1, {"web": (2, 2)})
    assert "there is no load balancer gone" in done.stderr


@pytest.fixture
def two_clusters(cluster: Shell, aws: Sandbox) -> Shell:
    """The shell, with a service that the clusters `test` and `prod` are to run."""
    cluster.write_service("1.0")
    cluster.write_cluster("prod")
    cluster.furnish(aws)
    cluster.edit("desired/services/web/service.yml", "{test: 2}", "{test: 2, prod: 2}")
    cluster.write("desired/services/web/release.yml", 'test: "1.0"\nprod: "1.0"\n')
    return cluster


def test_a_cluster_that_cannot_be_read_is_told_at_the_end_though_the_last_passes_were_over_others(
    two_clusters: Shell, aws: Sandbox
) -> None:
    two_clusters.edit("desired/clusters/prod.yml", "123456789012", "999999999999")

    done = two_clusters.run("apply")

    assert (done.exit_code, services(aws)) == (1, {"web": (2, 2)})
    assert done.stderr.splitlines()[-1].startswith("cluster prod can't be read: credentials are for account 123456")


def test_a_cluster_that_can_be_read_later_is_applied_and_not_complained_of(two_clusters: Shell, aws: Sandbox) -> None:
    refusals = [AwsRefusal("AccessDeniedException", "not yet")]

    def refuse_once(call: Call) -> None:
        if call.operation == "ListServices" and "prod" in str(call.parameters) and refusals:
            raise refusals.pop()

    aws.hooks.before.append(refuse_once)

    done = two_clusters.run("apply")

    assert (done.exit_code, refusals) == (0, [])
    assert done.stdout.splitlines()[-1].endswith("2 of 2 services in sync")
    assert "can't be read" not in done.stderr


def test_a_mass_removal_waits_until_a_person_agrees(cluster: Shell, aws: Sandbox) -> None:
    for name in ("web", "api"):
        cluster.write_service("1.0", name)
    assert cluster.run("apply").exit_code == 0
    for name in ("web", "api"):
        cluster.delete_service(name)
    cluster.write_service("1.0", "other")

    refused = cluster.run("apply")

    assert refused.exit_code == 1
    assert services(aws).keys() == {"web", "api", "other"}
    revision = refused.stderr.partition("reconciler confirm ")[2][: len("dir:1f2e3d4c5b6a")]

    assert cluster.run("apply", "--confirm", revision).exit_code == 0
    assert services(aws).keys() == {"other"}


def test_a_timeout_that_is_no_duration_is_refused(cluster: Shell) -> None:
    done = cluster.run("apply", "--timeout", "soon")

    assert done.exit_code == 2
    assert "write a duration as a whole number and a unit" in done.stderr


def test_no_time_at_all_is_told_like_too_little(cluster: Shell, aws: Sandbox) -> None:
    cluster.write_service("never")

    done = cluster.run("apply", "--timeout", "0s")

    assert done.exit_code == 5
    assert "not in sync in time" in done.stderr


def test_what_is_confirmed_must_be_a_revision(cluster: Shell) -> None:
    done = cluster.run("apply", "--confirm", "yes")

    assert done.exit_code == 2
    assert "write at least 7 digits of the commit" in done.stderr


def test_an_ecs_cluster_that_may_not_be_described_does_not_keep_those_beside_it(
    two_clusters: Shell, aws: Sandbox
) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "DescribeClusters" and "prod" in call.parameters["clusters"]:
            raise AwsRefusal("AccessDeniedException", "not this one")

    aws.hooks.before.append(refuse)

    done = two_clusters.run("apply")

    assert (done.exit_code, services(aws)) == (1, {"web": (2, 2)})
    assert "cluster prod can't be read: ecs:DescribeClusters answered AccessDeniedException" in done.stderr
