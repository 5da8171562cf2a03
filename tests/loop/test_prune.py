"""Removal: what leaves git leaves AWS, in reverse order, slowly, and never because something could not be read."""

import shutil

import pytest

from reconciler.kinds.base import lower_tags, tags_of
from reconciler.model import Phase, Policy, ServiceKey, SyncStatus
from reconciler.sandbox import AwsRefusal, Call
from tests.loop.harness import CLUSTER, Stage
from tests.loop.people import confirm


def everything(stage: Stage) -> dict[str, list[str]]:
    """Names of all that the operator can own."""
    elb = stage.client("elbv2")
    zones = stage.client("route53").list_hosted_zones()["HostedZones"]
    records = stage.client("route53").list_resource_record_sets(HostedZoneId=zones[0]["Id"])["ResourceRecordSets"]
    listeners = [
        listener["ListenerArn"]
        for balancer in elb.describe_load_balancers()["LoadBalancers"]
        for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    ]
    rules = [
        rule for arn in listeners for rule in elb.describe_rules(ListenerArn=arn)["Rules"] if not rule["IsDefault"]
    ]
    arns = stage.client("ecs").list_services(cluster="test")["serviceArns"]
    return {
        "services": sorted(arn.rsplit("/", 1)[-1] for arn in arns),
        "groups": sorted(group["TargetGroupName"] for group in elb.describe_target_groups()["TargetGroups"]),
        "rules": sorted(rule["Conditions"][0]["HostHeaderConfig"]["Values"][0] for rule in rules),
        "records": sorted(f"{r['Name'].rstrip('.')} {r['Type']}" for r in records if r["Type"] not in ("NS", "SOA")),
    }


ORDER = ["ChangeResourceRecordSets", "UpdateService", "DeleteService", "DeleteRule", "DeleteTargetGroup"]


def several(stage: Stage, count: int) -> None:
    """So many services in sync."""
    for number in range(count):
        stage.web("v1", service=f"web{number}")
    stage.settle()


def said(revision: str) -> str:
    """The command that confirms a revision."""
    return f"reconciler confirm {revision}"


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
def test_a_deleted_directory_takes_all_that_the_service_owned_in_reverse_order(stage: Stage, strategy: str) -> None:
    stage.web("v1", strategy)
    stage.web("v1", service="other")
    stage.settle()
    stage.web("v2", strategy)
    stage.settle()
    kept = {kind: [name for name in names if "other" in name] for kind, names in everything(stage).items()}
    before = len(stage.writes())
    stage.delete("web")
    stage.passes(30)
    assert everything(stage) == kept
    colours = 2 if strategy == "blue-green" else 1
    order = sorted(stage.writes()[before:], key=ORDER.index)
    assert order == [
        "ChangeResourceRecordSets",
        "UpdateService",
        *["DeleteService"] * colours,
        "DeleteRule",
        *["DeleteTargetGroup"] * colours,
    ]
    last = [len(stage.writes()) - stage.writes()[::-1].index(operation) for operation in ORDER]
    assert last == sorted(last)
    assert [str(key) for key in stage.loop.status.services] == ["test/other"]


def test_a_removal_is_first_planned_and_done_only_when_a_second_reading_agrees(stage: Stage) -> None:
    several(stage, 2)
    stage.delete("web0")
    with stage.observer.forbid_writes("only read once"):
        stage.passes(1)
    held = stage.recorder.plans[-1].held
    assert {item.policy for item in held} == {Policy.SECOND_READING}
    assert stage.status("web0").phase is Phase.PRUNE
    stage.passes(1)
    assert stage.writes()[-2:] == ["ChangeResourceRecordSets", "UpdateService"]


def test_a_pass_over_some_services_removes_none_of_them(stage: Stage) -> None:
    several(stage, 2)
    stage.delete("web0")
    stage.passes(1)
    with stage.observer.forbid_writes("the pass does not see all that the service has"):
        stage.scoped("web0")
    assert stage.running("web0") == ["v1", "v1"]


def test_a_directory_that_comes_back_before_the_second_reading_loses_nothing(stage: Stage) -> None:
    several(stage, 2)
    with stage.observer.forbid_writes("it came back"):
        stage.delete("web0")
        stage.passes(1)
        stage.web("v1", service="web0")
        stage.passes(5)
        stage.delete("web0")
        stage.passes(1)  # what was read before it came back counts no more
        stage.web("v1", service="web0")
        stage.passes(1)
    assert stage.settled()


def test_more_than_a_third_of_the_services_wait_for_a_person(stage: Stage) -> None:
    several(stage, 4)
    for service in ("web0", "web1"):
        stage.delete(service)
    with stage.observer.forbid_writes("prune brake"):
        stage.passes(20)
    (why,) = {item.why for item in stage.recorder.plans[-1].held}
    revision = stage.loop.status.revision
    assert f"2 of 4 services would be removed by one revision, the most is 1; if that is meant: {said(revision)}" in why
    confirm(stage, revision)
    stage.passes(30)
    assert everything(stage)["services"] == ["web2", "web3"]


def test_a_confirmation_is_good_for_the_revision_it_was_given_for_and_no_other(stage: Stage) -> None:
    several(stage, 4)
    for service in ("web0", "web1"):
        stage.delete(service)
    stage.passes(2)
    confirm(stage, stage.loop.status.revision)
    stage.facts["confirmed"] = False
    stage.delete("web2")
    with stage.observer.forbid_writes("confirmed for two, not for three"):
        stage.passes(10)


def test_a_confirmed_removal_goes_all_the_way_though_the_operator_is_restarted_in_the_middle(stage: Stage) -> None:
    several(stage, 6)
    for number in range(4):
        stage.delete(f"web{number}")
    stage.passes(2)
    confirm(stage, stage.loop.status.revision)
    stage.passes(3)
    stage.restart()
    stage.passes(30)
    assert everything(stage)["services"] == ["web4", "web5"]


def test_the_operators_own_service_is_left_alone_though_declared_and_marked_as_owned(stage: Stage) -> None:
    several(stage, 1)
    ecs, definition = stage.client("ecs"), stage.ecs_service("web0")["taskDefinition"]
    marks = lower_tags(tags_of("reconciler", ServiceKey("test", "reconciler")))
    ecs.create_service(cluster="test", serviceName="reconciler", taskDefinition=definition, desiredCount=2, tags=marks)
    with stage.observer.forbid_writes("its own service"):
        for instances in (1, 3):
            stage.web("v2", service="reconciler", instances=instances)
            stage.passes(3)
        assert stage.status("reconciler").held_by is Policy.OWN_SERVICE
        stage.delete("reconciler")
        stage.passes(5)
    assert "deploy it by itself" in stage.status("reconciler").reason


@pytest.mark.parametrize("missing", ["services", "."])
def test_an_empty_or_missing_desired_deletes_nothing(stage: Stage, missing: str) -> None:
    several(stage, 2)
    shutil.rmtree(stage.root / missing)
    with stage.observer.forbid_writes("nothing is desired"):
        stage.passes(10)
    assert everything(stage)["services"] == ["web0", "web1"]


def test_a_cluster_file_that_vanishes_deletes_nothing(stage: Stage) -> None:
    several(stage, 2)
    (stage.root / "clusters/test.yml").unlink()
    with stage.observer.forbid_writes("its cluster is unknown"):
        stage.passes(10)


def test_a_broken_file_leaves_its_own_service_untouched_and_every_other_one_working(stage: Stage) -> None:
    several(stage, 2)
    stage.write("services/web0/service.yml", "instances: {test: 9}\ncpu: [\n")
    stage.web("v2", service="web1")
    stage.passes(30)
    assert stage.running("web0") == ["v1", "v1"]
    assert stage.running("web1") == ["v2", "v2"]
    assert stage.status("web0").sync is SyncStatus.UNKNOWN
    assert "desired/services/web0/service.yml:3:1" in stage.status("web0").reason


@pytest.mark.parametrize(
    "operation", ["ListServices", "DescribeServices", "DescribeRules", "DescribeTargetGroups", "ListResourceRecordSets"]
)
def test_a_read_that_fails_yields_no_deletion_and_no_conclusion(stage: Stage, operation: str) -> None:
    several(stage, 2)
    stage.delete("web0")

    def fail(call: Call) -> None:
        if call.operation == operation:
            raise AwsRefusal("ServerException", "not now", 500)

    stage.sandbox.hooks.before.append(fail)
    with stage.observer.forbid_writes("a read failed"):
        stage.passes(4)
    assert stage.status("web1").sync is SyncStatus.UNKNOWN
    assert "not now" in stage.status("web1").reason
    stage.sandbox.hooks.before.remove(fail)
    stage.passes(30)
    assert everything(stage)["services"] == ["web1"]


def test_a_service_withdrawn_from_one_cluster_is_removed_there(stage: Stage) -> None:
    several(stage, 2)
    text = (stage.root / "services/web0/service.yml").read_text()
    stage.write(
        "clusters/other.yml", (stage.root / "clusters/test.yml").read_text().replace("zone: test", "zone: other")
    )
    stage.furnish()
    stage.write("services/web0/service.yml", text.replace("test: 2", "other: 2"))
    stage.write("services/web0/release.yml", "other: v1\n")
    stage.passes(40)
    assert everything(stage)["services"] == ["web1"]
    assert [str(key) for key in stage.loop.status.services] == ["other/web0", "test/web1"]


def test_a_renamed_subdomain_brings_the_new_name_up_before_the_old_one_goes(stage: Stage) -> None:
    several(stage, 2)
    text = (stage.root / "services/web0/service.yml").read_text()
    stage.write("services/web0/service.yml", text.replace("subdomain: web0", "subdomain: shop"))
    stage.passes(40)
    assert stage.settled(), stage.report()
    found = everything(stage)
    assert found["rules"] == ["shop.test.example", "web1.test.example"]
    assert not [name for name in found["records"] if "web0" in name]
    assert found["groups"] == ["test-web0-shop", "test-web1"]
    order = stage.writes()
    assert order.index("DeleteRule") > len(order) - 6


def test_a_confirmation_for_one_cluster_removes_nothing_in_another(stage: Stage) -> None:
    stage.write("clusters/prod.yml", CLUSTER.replace("test", "prod"))
    stage.furnish()
    for cluster in ("prod", "test"):
        for number in range(3):
            stage.write(f"services/{cluster}{number}/service.yml", f"instances: {{{cluster}: 1}}\ncpu: 128\nmem: 128\n")
            stage.write(f"services/{cluster}{number}/release.yml", "default: v1\n")
    stage.settle()
    for service in ("prod0", "prod1", "test0"):
        stage.delete(service)
    stage.passes(2)
    confirm(stage, stage.loop.status.revision)
    stage.passes(4)
    stage.restart()
    stage.passes(6)

    assert [str(key) for key in stage.loop.status.services] == [
        "prod/prod0",
        "prod/prod1",
        "prod/prod2",
        "test/test1",
        "test/test2",
    ]
    assert {stage.status(service, "prod").held_by for service in ("prod0", "prod1")} == {Policy.PRUNE_BRAKE}


@pytest.mark.parametrize("broken", ["", "clusters/other.yml"])
def test_the_last_service_is_not_removed_without_a_word(stage: Stage, broken: str) -> None:
    several(stage, 1)
    stage.delete("web0")
    if broken:
        stage.write(broken, "a: 1\n")
    with stage.observer.forbid_writes("nothing is desired"):
        stage.passes(10)
    assert {item.policy for item in stage.recorder.plans[-1].held} == {Policy.NOTHING_DESIRED}


def test_what_two_revisions_remove_goes_in_turn_unless_confirmed(stage: Stage) -> None:
    for service in ("web", "other", "third"):
        stage.web("v1", service=service)
    stage.settle()
    stage.delete("third")
    stage.passes(2)
    stage.delete("other")
    stage.passes(1)
    assert stage.running("other") == ["v1", "v1"]
    stage.passes(20)
    assert everything(stage)["services"] == ["web"]
