"""Where moto's own answers are wrong, the sandbox gives AWS's."""

from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

import pytest

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.sandbox.aws import Aws, refusal, running
from tests.sandbox.house import House


@pytest.fixture
def house() -> Iterator[House]:
    with running() as aws:
        yield House(aws)


def priorities(house: House) -> list[str]:
    return [rule["Priority"] for rule in house.elb.describe_rules(ListenerArn=house.listener)["Rules"]]


def test_rules_come_in_the_order_of_their_priority_with_the_default_last(house: House) -> None:
    for priority in (300, 20, 1000):
        house.rule(priority=priority)

    assert priorities(house) == ["20", "300", "1000", "default"]


def test_rules_come_in_pages(house: House) -> None:
    for priority in range(1, 5):
        house.rule(priority=priority)

    first = house.elb.describe_rules(ListenerArn=house.listener, PageSize=3)
    second = house.elb.describe_rules(ListenerArn=house.listener, PageSize=3, Marker=first["NextMarker"])

    assert [rule["Priority"] for rule in first["Rules"]] == ["1", "2", "3"]
    assert [rule["Priority"] for rule in second["Rules"]] == ["4", "default"]
    assert "NextMarker" not in second


def test_two_rules_swap_their_priorities_at_once(house: House) -> None:
    first, second = house.rule(priority=1), house.rule(priority=2)

    house.elb.set_rule_priorities(
        RulePriorities=[{"RuleArn": first, "Priority": 2}, {"RuleArn": second, "Priority": 1}]
    )

    rules = house.elb.describe_rules(ListenerArn=house.listener)["Rules"]
    assert [rule["RuleArn"] for rule in rules[:2]] == [second, first]


def test_a_swap_into_a_priority_of_a_third_rule_changes_nothing(house: House) -> None:
    first, second = house.rule(priority=1), house.rule(priority=2)
    house.rule(priority=3)

    said = refusal(
        lambda: house.elb.set_rule_priorities(
            RulePriorities=[{"RuleArn": first, "Priority": 2}, {"RuleArn": second, "Priority": 3}]
        )
    )

    assert said == "PriorityInUse: The specified priority is in use."
    assert house.elb.describe_rules(RuleArns=[first])["Rules"][0]["Priority"] == "1"


def test_a_rule_is_read_back_in_both_forms_whichever_it_was_written_in(house: House) -> None:
    new = house.rule(priority=1)
    old = house.elb.create_rule(
        ListenerArn=house.listener,
        Priority=2,
        Conditions=[{"Field": "host-header", "Values": ["a.example"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": house.main}],
    )["Rules"][0]["RuleArn"]

    for rule in house.elb.describe_rules(RuleArns=[new, old])["Rules"]:
        assert rule["Conditions"] == [
            {"Field": "host-header", "Values": ["a.example"], "HostHeaderConfig": {"Values": ["a.example"]}}
        ]
        assert rule["Actions"] == [
            {
                "Type": "forward",
                "TargetGroupArn": house.main,
                "ForwardConfig": {
                    "TargetGroups": [{"TargetGroupArn": house.main, "Weight": 1}],
                    "TargetGroupStickinessConfig": {"Enabled": False},
                },
            }
        ]


def test_target_groups_come_in_pages(house: House) -> None:
    for number in range(3):
        house.group(f"more-{number}")

    pages = house.elb.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 2})
    names = [[group["TargetGroupName"] for group in page["TargetGroups"]] for page in pages]

    assert names == [["main", "more-0"], ["more-1", "more-2"], ["other"]]


def test_a_marker_that_aws_did_not_give_is_refused(house: House) -> None:
    said = refusal(lambda: house.elb.describe_target_groups(Marker="from elsewhere"))

    assert said == "ValidationError: The marker 'from elsewhere' is invalid"


def balancers_of(house: House, group: str) -> list[str]:
    found = house.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    return list(found[0]["LoadBalancerArns"])


def test_a_target_group_names_its_load_balancer_for_as_long_as_something_forwards_to_it(house: House) -> None:
    assert balancers_of(house, house.other) == []

    rule = house.rule(group=house.main)
    weighted = [{"TargetGroupArn": house.main, "Weight": 1}, {"TargetGroupArn": house.other, "Weight": 0}]
    house.elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}])
    assert balancers_of(house, house.other) == [house.balancer]

    house.elb.delete_rule(RuleArn=rule)
    assert balancers_of(house, house.other) == []


def test_creating_a_target_group_again_with_the_same_settings_gives_the_same_group(house: House) -> None:
    group = house.group("again", HealthCheckPath="/health", HealthCheckIntervalSeconds=10)

    assert house.group("again", HealthCheckPath="/health", HealthCheckIntervalSeconds=10) == group


def test_leaving_out_a_setting_that_is_not_the_default_is_another_setting(house: House) -> None:
    house.group("again", HealthCheckPath="/health")

    assert refusal(lambda: house.group("again")).startswith("DuplicateTargetGroupName")
    assert house.elb.describe_target_groups(Names=["again"])["TargetGroups"][0]["HealthCheckPath"] == "/health"


def test_creating_a_listener_again_with_the_same_settings_gives_the_same_listener(house: House) -> None:
    assert house.listen(house.balancer, 80, house.main) == house.listener


def test_a_target_group_takes_more_than_ten_tags(house: House) -> None:
    tags = [{"Key": f"key-{number:02}", "Value": str(number)} for number in range(50)]
    group = house.group("tagged", Tags=tags[:10])
    house.elb.add_tags(ResourceArns=[group], Tags=tags[10:])

    assert house.elb.describe_tags(ResourceArns=[group])["TagDescriptions"][0]["Tags"] == tags


def test_every_load_balancer_asked_for_by_name_must_exist(house: House) -> None:
    said = refusal(lambda: house.elb.describe_load_balancers(Names=["front", "gone"]))

    assert said == "LoadBalancerNotFound: Load balancers '[gone]' not found"


def test_a_dns_change_is_pending_until_the_name_servers_have_it(house: House) -> None:
    change = house.change("CREATE", name="b.prod.example", kind="A", values=["192.0.2.1"])
    assert change["Status"] == "PENDING"

    house.aws.step(29)
    assert house.dns.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "PENDING"
    house.aws.step(1)
    assert house.dns.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC"


def test_a_change_that_was_never_submitted_is_unknown(house: House) -> None:
    assert refusal(lambda: house.dns.get_change(Id="C1")).startswith("NoSuchChange: ")


def records(house: House, **more: Any) -> list[tuple[str, str, str | None]]:
    found = house.dns.list_resource_record_sets(HostedZoneId=house.zone, **more)["ResourceRecordSets"]
    return [(each["Name"], each["Type"], each.get("SetIdentifier")) for each in found]


def test_deleting_one_weighted_record_leaves_the_others_of_its_name_and_of_its_identifier(house: House) -> None:
    for name in ("w.prod.example", "x.prod.example"):
        for colour in ("blue", "green"):
            weighted(house, "CREATE", name, colour)

    weighted(house, "DELETE", "w.prod.example", "blue")

    assert records(house, StartRecordName="w.prod.example") == [
        ("w.prod.example.", "A", "green"),
        ("x.prod.example.", "A", "blue"),
        ("x.prod.example.", "A", "green"),
    ]


def weighted(house: House, action: str, name: str, colour: str) -> None:
    house.change(action, name=name, kind="A", values=["192.0.2.1"], SetIdentifier=colour, Weight=1)


def test_records_go_on_from_a_name_type_and_identifier(house: House) -> None:
    for colour in ("blue", "green", "red"):
        weighted(house, "CREATE", "w.prod.example", colour)

    first = house.dns.list_resource_record_sets(HostedZoneId=house.zone, StartRecordName="w.prod.example", MaxItems="2")

    following = ("NextRecordName", "NextRecordType", "NextRecordIdentifier")
    assert [first[key] for key in following] == ["w.prod.example.", "A", "red"]
    again = records(
        house,
        StartRecordName="w.prod.example",
        StartRecordType="A",
        StartRecordIdentifier=first["NextRecordIdentifier"],
    )
    assert again == [("w.prod.example.", "A", "red")]


def test_a_refused_batch_changes_nothing(house: House) -> None:
    before = records(house)

    good = {"Name": "b.prod.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": each} for each in (good, good | {"Name": "a.prod.example"})]
    said = refusal(
        lambda: house.dns.change_resource_record_sets(HostedZoneId=house.zone, ChangeBatch={"Changes": changes})
    )

    assert said.startswith("InvalidChangeBatch")
    assert records(house) == before


def test_a_record_can_be_replaced_by_one_of_another_type_in_one_batch(house: House) -> None:
    old = {"Name": "a.prod.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    new = {"Name": "a.prod.example", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "b.example."}]}
    changes = [{"Action": "DELETE", "ResourceRecordSet": old}, {"Action": "CREATE", "ResourceRecordSet": new}]

    house.dns.change_resource_record_sets(HostedZoneId=house.zone, ChangeBatch={"Changes": changes})

    assert ("a.prod.example.", "CNAME", None) in records(house)
    assert ("a.prod.example.", "A", None) not in records(house)


def test_an_alias_reads_back_as_it_was_written(house: House) -> None:
    balancer = house.elb.describe_load_balancers(Names=["front"])["LoadBalancers"][0]
    target = {
        "HostedZoneId": balancer["CanonicalHostedZoneId"],
        "DNSName": f"dualstack.{balancer['DNSName']}.",
        "EvaluateTargetHealth": True,
    }

    house.change("UPSERT", name="www.prod.example", kind="AAAA", AliasTarget=target)

    found = house.dns.list_resource_record_sets(HostedZoneId=house.zone, StartRecordName="www.prod.example")
    assert found["ResourceRecordSets"] == [{"Name": "www.prod.example.", "Type": "AAAA", "AliasTarget": target}]


def test_a_zone_begins_with_its_name_servers_and_its_start_of_authority(house: House) -> None:
    found = house.dns.list_resource_record_sets(HostedZoneId=house.zone, MaxItems="2")["ResourceRecordSets"]

    assert [each["Type"] for each in found] == ["NS", "SOA"]
    assert found[1]["ResourceRecords"][0]["Value"].endswith(" 1 7200 900 1209600 86400")


def test_zones_by_name_begin_at_the_name_and_go_on_with_others(house: House) -> None:
    for name in ("stage.example", "test.example", "aaa.example"):
        house.dns.create_hosted_zone(Name=name, CallerReference=name)

    found = house.dns.list_hosted_zones_by_name(DNSName="q.example", MaxItems="1")

    assert [zone["Name"] for zone in found["HostedZones"]] == ["stage.example."]
    assert (found["IsTruncated"], found["NextDNSName"]) == (True, "test.example.")


def test_zones_of_one_name_are_all_listed_under_it(house: House) -> None:
    within = {"VPC": {"VPCRegion": "us-east-1", "VPCId": house.vpc}, "HostedZoneConfig": {"PrivateZone": True}}
    public = house.dns.create_hosted_zone(Name="prod.example", CallerReference="2")["HostedZone"]["Id"]
    private = house.dns.create_hosted_zone(Name="prod.example", CallerReference="3", **within)["HostedZone"]["Id"]

    found = house.dns.list_hosted_zones_by_name(DNSName="prod.example")

    assert [zone["Name"] for zone in found["HostedZones"]] == ["prod.example."] * 3
    assert {zone["Id"]: zone["Config"]["PrivateZone"] for zone in found["HostedZones"]} == {
        house.zone: False,
        public: False,
        private: True,
    }


def test_the_tagging_api_finds_target_groups_listeners_and_rules_by_their_tags(house: House) -> None:
    tags = [{"Key": "owner", "Value": "operator"}]
    group, rule = house.group("owned", Tags=tags), house.rule(Tags=tags)
    house.group("foreign", Tags=[{"Key": "owner", "Value": "someone"}])

    assert tagged(house, ["elasticloadbalancing"]) == sorted([group, rule])
    assert tagged(house, ["elasticloadbalancing:listener-rule"]) == [rule]


def test_the_tagging_api_fills_its_pages_however_many_tags_there_are(house: House) -> None:
    tags = [{"Key": "owner", "Value": "operator"}, *({"Key": f"k{n}", "Value": ""} for n in range(40))]
    groups = sorted(house.group(f"g-{number}", Tags=tags) for number in range(5))

    assert tagged(house, ["elasticloadbalancing:targetgroup"]) == groups


def tagged(house: House, kinds: list[str]) -> list[str]:
    """What one call finds of the operator's."""
    found = house.aws.client("resourcegroupstaggingapi").get_resources(
        ResourceTypeFilters=kinds, TagFilters=[{"Key": "owner", "Values": ["operator"]}]
    )
    return [each["ResourceARN"] for each in found["ResourceTagMappingList"]]


def test_fargates_capacity_providers_are_always_there(house: House) -> None:
    described = house.ecs.describe_capacity_providers(capacityProviders=["FARGATE", "gone", "FARGATE_SPOT"])

    assert [(each["name"], each["status"]) for each in described["capacityProviders"]] == [
        ("FARGATE", "ACTIVE"),
        ("FARGATE_SPOT", "ACTIVE"),
    ]
    assert [each["reason"] for each in described["failures"]] == ["MISSING"]


def test_all_capacity_providers_are_described_when_none_is_named(house: House) -> None:
    house.scale("nodes")
    (group,) = house.asg.describe_auto_scaling_groups()["AutoScalingGroups"]
    house.ecs.create_capacity_provider(
        name="nodes", autoScalingGroupProvider={"autoScalingGroupArn": group["AutoScalingGroupARN"]}
    )

    described = house.ecs.describe_capacity_providers()["capacityProviders"]

    assert [each["name"] for each in described] == ["FARGATE", "FARGATE_SPOT", "nodes"]
    assert described[2]["autoScalingGroupProvider"]["autoScalingGroupArn"] == group["AutoScalingGroupARN"]


def test_a_target_may_drain_for_an_hour_and_no_longer(house: House) -> None:
    def drain_for(seconds: str) -> str:
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": seconds}
        return refusal(lambda: house.elb.modify_target_group_attributes(TargetGroupArn=house.main, Attributes=[delay]))

    assert drain_for("3600") == "accepted"
    assert drain_for("3601").startswith("ValidationError")
    attributes = house.elb.describe_target_group_attributes(TargetGroupArn=house.main)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "3600"} in attributes


def test_over_http_an_answer_tells_awss_time_and_no_other() -> None:
    clock = SteppedClock()
    with Sandbox(clock) as sandbox:
        answer = Aws(sandbox, clock).client("sts").get_caller_identity()

    assert answer["ResponseMetadata"]["HTTPHeaders"]["date"] == format_datetime(clock.now(), usegmt=True)
