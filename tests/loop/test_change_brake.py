"""The change brake: a revision that changes most of the services waits for a person, whole, whoever restarts."""

import pytest

from reconciler.model import Policy
from reconciler.sandbox import AwsRefusal, Call
from tests.loop.harness import CLUSTER, Stage, is_operators
from tests.loop.people import confirm

NAMES = [f"web{number:02}" for number in range(11)]
MANY = NAMES[:6]


@pytest.fixture
def fleet(stage: Stage) -> Stage:
    """Eleven services in sync, of which five may change at once."""
    release(stage, "v1", NAMES)
    stage.settle()
    return stage


def release(stage: Stage, version: str, names: list[str]) -> None:
    for name in names:
        stage.web(version, service=name, instances=1)


def test_a_mass_change_waits_whole_until_its_revision_is_confirmed_over_a_restart_in_the_middle(fleet: Stage) -> None:
    release(fleet, "v2", MANY)
    with fleet.observer.forbid_writes("change brake"):
        fleet.passes(3)
        fleet.restart()
        fleet.passes(2)
    status = fleet.status(MANY[0])
    assert status.held_by is Policy.CHANGE_BRAKE
    assert status.reason == (
        "6 of 11 services would be changed by one revision, the most is 5; "
        f"if that is meant: reconciler confirm {fleet.loop.status.revision}"
    )
    assert 'reconciler_held_services{cluster="test",policy="change brake"} 6.0' in fleet.metrics()

    confirm(fleet, fleet.loop.status.revision)
    fleet.passes(1)
    fleet.restart()
    fleet.settle()

    assert [name for name in NAMES if fleet.running(name) == ["v2"]] == MANY


def test_what_a_scoped_pass_sees_of_a_revision_that_was_held_is_held_too(fleet: Stage) -> None:
    release(fleet, "v2", MANY)
    with fleet.observer.forbid_writes("change brake"):
        fleet.passes(1)
        fleet.scoped(MANY[0])
    assert fleet.status(MANY[0]).reason.startswith("6 of 11 services would be changed by one revision, the most is 5; ")


def test_a_small_commit_on_top_does_not_let_parts_of_a_held_one_through(fleet: Stage) -> None:
    release(fleet, "v2", MANY)
    fleet.passes(1)
    release(fleet, "v3", MANY[:1])
    with fleet.observer.forbid_writes("change brake"):
        fleet.commit()
        fleet.scoped(NAMES[-1])
        fleet.passes(2)


def test_a_revision_that_takes_most_of_it_back_goes_ahead(fleet: Stage) -> None:
    release(fleet, "v2", MANY)
    fleet.passes(2)
    release(fleet, "v1", MANY[1:])
    fleet.settle()

    assert [name for name in NAMES if fleet.running(name) == ["v2"]] == MANY[:1]


def test_services_that_an_earlier_revision_can_not_write_to_do_not_hold_back_another_ones_release(fleet: Stage) -> None:
    def refuse(call: Call) -> None:
        if is_operators() and call.operation == "UpdateService" and str(call.parameters["service"]) in NAMES[:5]:
            raise AwsRefusal("AccessDeniedException", "not allowed")

    fleet.sandbox.hooks.before.append(refuse)
    release(fleet, "v2", NAMES[:5])
    fleet.passes(2)
    release(fleet, "v2", NAMES[-1:])
    fleet.passes(8)

    assert [name for name in NAMES if fleet.running(name) == ["v2"]] == NAMES[-1:]


def test_a_cluster_that_can_be_read_again_brings_in_no_second_half_of_a_mass_change(stage: Stage) -> None:
    stage.write("clusters/prod.yml", CLUSTER.replace("test", "prod"))
    stage.furnish()
    everywhere = [f"{cluster}{number}" for cluster in ("prod", "test") for number in range(5)]
    for name in everywhere:
        stage.write(f"services/{name}/service.yml", f"instances: {{{name[:-1]}: 1}}\ncpu: 128\nmem: 128\n")
        stage.write(f"services/{name}/release.yml", "default: v1\n")
    stage.settle()

    def refuse(call: Call) -> None:
        if is_operators() and call.operation == "ListServices" and "prod" in str(call.parameters):
            raise AwsRefusal("AccessDeniedException", "not allowed")

    stage.sandbox.hooks.before.append(refuse)
    for name in everywhere:
        stage.write(f"services/{name}/release.yml", "default: v2\n")
    stage.passes(3)
    stage.sandbox.hooks.before.remove(refuse)
    stage.passes(3)

    assert {name[:-1] for name in everywhere if stage.status(name, name[:-1]).held_by} == {"prod"}
    assert "10 of 10 services would be changed by one revision, the most is 5" in stage.status("prod0", "prod").reason
    assert {stage.running(f"test{number}")[0] for number in range(5)} == {"v2"}
