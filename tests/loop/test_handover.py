"""Host names that go from one service to another, and strangers who stand in the way of ours."""

import shutil
from collections.abc import Mapping

import pytest

from reconciler.model import SyncStatus
from tests.loop.harness import Stage
from tests.loop.test_drift import group, listener
from tests.loop.test_prune import everything
from tests.loop.test_traffic import address, release
from tests.sandbox.visitors import visiting


def answer_to(stage: Stage, service: str, host: str) -> None:
    """A service's file gives its one way in another name."""
    file = stage.root / f"services/{service}/service.yml"
    former = file.read_text().partition("subdomain: ")[2].partition(",")[0]
    file.write_text(file.read_text().replace(f"subdomain: {former},", f"subdomain: {host},"))


def strangers_rule(stage: Stage, host: str, action: Mapping[str, object]) -> str:
    """Somebody else's rule, ahead of all others; returns its ARN."""
    made = stage.client("elbv2").create_rule(
        ListenerArn=listener(stage),
        Priority=5,
        Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}],
        Actions=[action],
    )
    return str(made["Rules"][0]["RuleArn"])


def test_a_host_that_moves_to_another_service_never_goes_without_an_answer(stage: Stage) -> None:
    stage.web("v1", service="a")
    stage.web("v2", service="b")
    stage.settle()
    with visiting(address(stage), "a.test.example") as visitor:
        visitor.wait_for(5)
        answer_to(stage, "a", "old")
        answer_to(stage, "b", "a")
        release(stage, visitor, passes=60)
        visitor.wait_for(5)
    assert stage.settled(), stage.report()
    assert visitor.failures() == []
    assert visitor.versions() == {"v1", "v2"}
    assert visitor.versions(last=4) == {"v2"}
    assert everything(stage)["rules"] == ["a.test.example", "old.test.example"]


def test_two_services_exchange_their_hosts(stage: Stage) -> None:
    stage.web("v1", service="a")
    stage.web("v2", service="b")
    stage.settle()
    records = everything(stage)["records"]
    answer_to(stage, "a", "b")
    answer_to(stage, "b", "a")
    stage.settle(60, 10)
    with visiting(address(stage), "a.test.example") as visitor:
        visitor.wait_for(3)
    assert visitor.versions() == {"v2"}
    with visiting(address(stage), "b.test.example") as visitor:
        visitor.wait_for(3)
    assert visitor.versions() == {"v1"}
    assert everything(stage)["records"] == records
    assert everything(stage)["rules"] == ["a.test.example", "b.test.example"]


def test_a_directory_that_is_renamed_never_goes_without_an_answer(stage: Stage) -> None:
    for service in ("web", "other0", "other1", "other2"):
        stage.web("v1", service=service)
    stage.settle()
    records = everything(stage)["records"]
    with visiting(address(stage), "web.test.example") as visitor:
        visitor.wait_for(5)
        shutil.move(stage.root / "services/web", stage.root / "services/shop")
        stage.write("services/shop/release.yml", "test: v2\n")
        release(stage, visitor, passes=60)
        visitor.wait_for(5)
    assert stage.settled(), stage.report()
    assert visitor.failures() == []
    assert visitor.versions() == {"v1", "v2"}
    assert visitor.versions(last=4) == {"v2"}
    assert everything(stage)["services"] == ["other0", "other1", "other2", "shop"]
    assert everything(stage)["records"] == records


def test_a_group_that_a_strangers_rule_leads_to_stays_and_is_told_until_that_rule_is_gone(stage: Stage) -> None:
    stage.web("v1")
    stage.web("v1", service="other")
    stage.settle()
    rule = strangers_rule(stage, "www.test.example", {"Type": "forward", "TargetGroupArn": group(stage)})
    stage.delete("web")
    stage.passes(20)
    with stage.observer.forbid_writes("somebody else's rule leads to it"):
        stage.passes(10)
    assert everything(stage)["groups"] == ["test-other", "test-web"]
    assert "test-web stays while a rule forwards to it" in stage.status().reason
    stage.client("elbv2").delete_rule(RuleArn=rule)
    stage.passes(10)
    assert everything(stage)["groups"] == ["test-other"]


def test_a_strangers_rule_that_takes_our_traffic_is_told_until_it_is_gone(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    unavailable = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    rule = strangers_rule(stage, "web.test.example", unavailable)
    with stage.observer.forbid_writes("the rule is a stranger's"):
        stage.passes(5)
    assert stage.status().sync is SyncStatus.OUT_OF_SYNC
    assert "takes its traffic" in stage.status().reason
    stage.client("elbv2").delete_rule(RuleArn=rule)
    stage.settle()


def test_the_record_of_a_service_whose_file_is_broken_is_not_reached_for(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.write("services/web/service.yml", "cpu: [\n")
    stage.web("v1", service="taker", hosts=("web",))
    with stage.observer.forbid_writes("nobody knows whether the name is given up"):
        stage.passes(5)
        stage.scoped("taker")
    assert "web.test.example exists owned by 'test/web, whose file is not right'" in stage.status("taker").reason

    stage.web("v1", hosts=("other",))
    stage.settle()

    assert everything(stage)["rules"] == ["other.test.example", "web.test.example"]


def rename(stage: Stage, former: str, name: str) -> None:
    """A service's directory gets another name."""
    shutil.move(stage.root / f"services/{former}", stage.root / f"services/{name}")


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
def test_a_directory_that_is_renamed_twice_never_goes_without_an_answer(stage: Stage, strategy: str) -> None:
    for service in ("web", "other0", "other1", "other2"):
        stage.web("v1", strategy, service=service)
    stage.settle()
    with visiting(address(stage), "web.test.example") as visitor:
        visitor.wait_for(5)
        rename(stage, "web", "shop")
        release(stage, visitor, passes=60)
        rename(stage, "shop", "store")
        release(stage, visitor, passes=60)
    assert stage.settled(), stage.report()
    assert visitor.failures() == []


def test_a_renamed_service_whose_file_has_a_mistake_keeps_its_former_self(stage: Stage) -> None:
    for service in ("web", "other0", "other1", "other2"):
        stage.web("v1", service=service)
    stage.settle()
    rename(stage, "web", "shop")
    good = (stage.root / "services/shop/service.yml").read_text()
    stage.write("services/shop/service.yml", good + "typo: 1\n")
    with stage.observer.forbid_writes("it may be the same service"):
        stage.passes(10)
    assert "waits until shop can be read" in stage.status().reason
    stage.write("services/shop/service.yml", good)
    stage.settle(60)
    assert everything(stage)["services"] == ["other0", "other1", "other2", "shop"]


def test_a_renamed_service_that_asks_for_no_tasks_replaces_its_former_self(stage: Stage) -> None:
    for service in ("web", "other0", "other1", "other2"):
        stage.web("v1", service=service, instances=0)
    stage.settle()
    rename(stage, "web", "shop")
    stage.settle(60)
    assert everything(stage)["services"] == ["other0", "other1", "other2", "shop"]


def test_who_waits_for_a_taker_that_never_comes_up_keeps_its_tasks(stage: Stage) -> None:
    stage.web("v1", hosts=("web", "adm"))
    stage.settle()
    stage.web("v1")
    stage.web("v1-crash", service="b")
    answer_to(stage, "b", "adm")
    stage.passes(20, 10)
    assert "waits until test/b serves" in stage.status().reason
    stage.client("ecs").update_service(cluster="test", service="web", desiredCount=0)
    stage.passes(20, 10)
    assert stage.running("web") == ["v1", "v1"]
