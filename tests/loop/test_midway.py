"""The spec changes in the middle of a release: its ways in, its strategy, what it is. No good version may suffer."""

import pytest

from reconciler.model import Phase
from reconciler.sandbox import Behaviour, Scenario
from tests.loop.harness import Stage
from tests.loop.test_blue_green import BLUE, GREEN, on_blue, until
from tests.loop.test_prune import everything

BOTH = ("web", "adm")
WORKER = """
instances: {test: 2}
cpu: 128
mem: 128
"""


def on_both(stage: Stage, strategy: str = "blue-green") -> None:
    """Version v1 serves under two names."""
    stage.web("v1", strategy, hosts=BOTH)
    stage.settle()


def worker(stage: Stage, version: str) -> None:
    """The service at a version, without a way in."""
    stage.write("services/web/service.yml", WORKER)
    stage.write("services/web/release.yml", f"test: {version}\n")


def serving(stage: Stage, host: str) -> list[str]:
    """Versions of the tasks that get all the traffic of a host."""
    (group,) = (name for name, weight in stage.weights(host).items() if weight)
    return [
        version
        for service in everything(stage)["services"]
        if any(f"/{group}/" in way["targetGroupArn"] for way in stage.ecs_service(service)["loadBalancers"])
        for version in stage.running(service)
    ]


@pytest.mark.parametrize("version", ["v1", "v2"], ids=["alone", "with a new version"])
def test_a_listener_can_be_removed(stage: Stage, version: str) -> None:
    on_both(stage)
    stage.web(version, "blue-green")
    stage.settle(150)
    assert serving(stage, "web") == [version, version]
    assert everything(stage)["rules"] == ["web.test.example"]
    assert not [name for name in everything(stage)["records"] if "adm" in name]


def test_the_groups_of_a_removed_listener_go_as_soon_as_no_colour_is_attached_to_them(stage: Stage) -> None:
    on_both(stage)
    for version, attached in (("v2", ["test-web-adm-blue"]), ("v3", [])):
        stage.web(version, "blue-green")
        stage.settle(150)
        stage.passes(5)
        assert everything(stage)["groups"] == [*attached, "test-web-blue", "test-web-green"]


def test_a_listener_can_be_renamed_together_with_a_new_version(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green", hosts=("shop",))
    stage.settle(150)
    assert everything(stage)["rules"] == ["shop.test.example"]
    assert serving(stage, "shop") == ["v2", "v2"]
    assert (stage.running("web-green"), stage.running("web-blue")) == (["v2", "v2"], [])


def test_what_is_left_of_a_renamed_listener_does_not_hinder_the_release_after(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green", hosts=("shop",))
    until(stage, Phase.BAKE)
    stage.web("v3", "blue-green", hosts=("shop",))
    stage.settle(150)
    assert everything(stage)["rules"] == ["shop.test.example"]
    assert serving(stage, "shop") == ["v3", "v3"]


def test_a_listener_can_be_added_together_with_a_new_version(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green", hosts=BOTH)
    stage.settle(150)
    assert stage.weights() == GREEN
    assert serving(stage, "adm") == ["v2", "v2"]
    stage.web("v3", "blue-green", hosts=BOTH)
    stage.settle(150)
    assert stage.weights() == BLUE
    assert serving(stage, "adm") == ["v3", "v3"]
    assert stage.running("web-blue") == ["v3", "v3"]


@pytest.mark.parametrize("scenario", [Scenario(images={"web:v2": Behaviour(sick_after=30)})])
def test_a_sick_release_that_adds_a_listener_is_taken_back(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green", hosts=BOTH)
    until(stage, Phase.BAKE)
    assert stage.weights() == GREEN
    until(stage, Phase.FAILED)
    assert stage.weights() == BLUE
    assert stage.running("web-blue") == ["v1", "v1"]
    assert "v2 failed" in stage.status().reason
    with stage.observer.forbid_writes("in quarantine"):
        stage.passes(20)
    stage.web("v3", "blue-green", hosts=BOTH)
    stage.settle(150)
    for host in BOTH:
        assert serving(stage, host) == ["v3", "v3"]


def test_a_listener_that_was_added_can_be_taken_back_during_the_bake_of_its_release(stage: Stage) -> None:
    on_blue(stage)
    stage.passes(70, 10)  # what stands by is older than the deadline
    stage.web("v2", "blue-green", hosts=BOTH)
    until(stage, Phase.BAKE)
    stage.web("v1", "blue-green")
    stage.settle(150)
    assert (stage.running("web-blue"), stage.running("web-green")) == (["v1", "v1"], [])
    assert everything(stage)["rules"] == ["web.test.example"]


@pytest.mark.parametrize("phase", [Phase.BAKE, Phase.RETIRE])
def test_a_new_version_may_come_while_the_colours_of_the_former_strategy_leave(stage: Stage, phase: Phase) -> None:
    on_blue(stage)
    stage.web("v1", "rolling")
    until(stage, phase)
    stage.web("v2", "rolling")
    stage.settle(150)
    stage.passes(20)
    assert stage.settled(), stage.report()
    assert stage.running("web") == ["v2", "v2"]
    assert everything(stage)["services"] == ["web"]


def test_a_release_that_fails_while_it_takes_over_from_the_colours_is_told_as_failed(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2", "blue-green")
    until(stage, Phase.RETIRE)  # the rolling service is there still, and once worked
    stage.web("v3-crash")
    until(stage, Phase.FAILED, 10)
    assert "v3-crash failed" in stage.status().reason
    assert stage.running("web-blue") == ["v2", "v2"]


def test_a_release_that_interrupts_a_bake_takes_no_tasks_of_the_colour_that_stands_by(stage: Stage) -> None:
    stage.web("v1", "blue-green", instances=3)
    stage.settle()
    stage.web("v2", "blue-green", instances=3)
    until(stage, Phase.BAKE)
    stage.web("v3", "blue-green", instances=2)
    until(stage, Phase.VERIFY)
    assert stage.ecs_service("web-blue")["desiredCount"] == 3
    stage.settle()
    assert stage.running("web-blue") == ["v3", "v3"]


def test_what_takes_over_gets_the_traffic_though_the_colour_before_is_deleted_by_hand_meanwhile(stage: Stage) -> None:
    on_blue(stage)
    stage.web("v1", "rolling")
    until(stage, Phase.STAND_UP)
    stage.client("ecs").delete_service(cluster="test", service="web-blue", force=True)
    stage.passes(6, step=60)
    assert serving(stage, "web") == ["v1", "v1"]


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
def test_a_web_service_becomes_a_worker(stage: Stage, strategy: str) -> None:
    stage.web("v1", strategy)
    stage.web("v1", service="other")  # so that its last resources are not the last of all
    stage.settle()
    worker(stage, "v1")
    stage.settle(150)
    stage.passes(20)
    assert stage.settled(), stage.report()
    assert stage.running("web") == ["v1", "v1"]
    found = everything(stage)
    assert (found["services"], found["rules"]) == (["other", "web"], ["other.test.example"])
    assert not [name for kind in ("records", "groups") for name in found[kind] if "web" in name]


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_worker_becomes_a_web_service(stage: Stage, strategy: str, version: str) -> None:
    worker(stage, "v1")
    stage.settle()
    stage.web(version, strategy)
    stage.settle(150)
    assert serving(stage, "web") == [version, version]


@pytest.mark.parametrize(("before", "after"), [("rolling", "blue-green"), ("blue-green", "rolling")])
def test_a_listener_can_be_added_together_with_a_change_of_strategy(stage: Stage, before: str, after: str) -> None:
    stage.web("v1", before)
    stage.settle()
    stage.web("v1", after, hosts=BOTH)
    stage.settle(150)
    stage.passes(20)
    assert stage.settled(), stage.report()
    services = {"rolling": "web", "blue-green": "web-blue"}
    assert everything(stage)["services"] == [services[after]]
    assert stage.running(services[after]) == ["v1", "v1"]
    for host in BOTH:
        assert serving(stage, host) == ["v1", "v1"]


@pytest.mark.parametrize("before", ["worker", "rolling"])
def test_a_new_way_in_of_a_release_that_fails_with_its_strategy_ends_as_failed(stage: Stage, before: str) -> None:
    hosts = ("adm",) if before == "worker" else ("web", "adm")
    if before == "worker":
        worker(stage, "v1")
    else:
        stage.web("v1")
    stage.settle()
    stage.web("v2-crash", "blue-green", hosts=hosts)
    until(stage, Phase.FAILED, 10)
    assert stage.running("web") == ["v1", "v1"]
    stage.web("v3", hosts=hosts)
    stage.settle(120)
    assert stage.running("web") == ["v3", "v3"]
    assert set(stage.weights("adm").values()) == {100}
