"""What a cluster file refers to by name is found, or is refused with what to do."""

from typing import Any

from tests.loop.harness import CLUSTER, Stage

VPC = "vpc-0a1b2c3d4e5f60001"


def make_zone(stage: Stage, reference: str, **more: Any) -> str:
    dns = stage.client("route53")
    return str(dns.create_hosted_zone(Name="test.example", CallerReference=reference, **more)["HostedZone"]["Id"])


def names_in(stage: Stage, zone: str) -> set[str]:
    records = stage.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {record["Name"] for record in records}


def test_a_second_public_zone_of_the_same_name_is_refused_rather_than_guessed_at(stage: Stage) -> None:
    make_zone(stage, "another")
    stage.web("v1")
    with stage.observer.forbid_writes("two zones of one name"):
        stage.passes(3)
    assert "more than one public hosted zone test.example" in stage.status().reason


def test_of_several_private_zones_the_one_that_serves_the_clusters_vpc_is_meant(stage: Stage) -> None:
    private = {"PrivateZone": True, "Comment": ""}
    elsewhere = make_zone(
        stage, "1", HostedZoneConfig=private, VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-0a1b2c3d4e5f60009"}
    )
    here = make_zone(stage, "2", HostedZoneConfig=private, VPC={"VPCRegion": "us-east-1", "VPCId": VPC})
    stage.write("clusters/test.yml", CLUSTER + "private_zone: true\n")
    stage.web("v1")
    stage.settle()
    assert "web.test.example." in names_in(stage, here)
    assert "web.test.example." not in names_in(stage, elsewhere)


def test_no_private_zone_that_serves_the_clusters_vpc_is_told(stage: Stage) -> None:
    stage.write("clusters/test.yml", CLUSTER + "private_zone: true\n")
    stage.web("v1")
    stage.passes(1)
    assert f"there is no private hosted zone test.example for {VPC}" in stage.status().reason
