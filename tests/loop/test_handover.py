"""Host names that go from one service to another, and strangers who stand in the way of ours."""

import shutil
from collections.abc import Mapping

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
