"""S19, S20: an address and its ownership go together, and a name that is somebody's keeps answering."""

import pytest

from tests.invariants.estate import Estate
from tests.invariants.facts import Facts, Wanted

ELSEWHERE = Facts({"prod/web": Wanted()})
"""`web` is wanted, and no longer under that name."""


def look(web: Estate) -> None:
    web.operator.dns.list_resource_record_sets(HostedZoneId=web.zone, StartRecordName="web.prod.example")


def test_addresses_and_ownership_are_put_right_in_one_batch(web: Estate) -> None:
    web.record("UPSERT")
    assert web.violated() == []


@pytest.mark.parametrize("kinds", [("A", "AAAA"), ("TXT",)])
def test_s19_one_is_changed_without_the_other(web: Estate, kinds: tuple[str, ...]) -> None:
    web.change(*web.record_sets("UPSERT", kinds=kinds))
    assert web.violated() == ["S19"]


def test_s19_an_address_outlives_its_ownership(web: Estate) -> None:
    web.observer.pass_started(ELSEWHERE)
    look(web)
    web.change(*web.record_sets("DELETE", kinds=("A", "TXT")))
    assert web.violated() == ["S19"]


@pytest.mark.parametrize("kind", ["NS", "SOA"])
def test_s20_a_record_of_the_zones_own_is_touched(web: Estate, kind: str) -> None:
    record = next(
        each
        for each in web.people.dns.list_resource_record_sets(HostedZoneId=web.zone)["ResourceRecordSets"]
        if each["Type"] == kind
    )
    web.change({"Action": "UPSERT", "ResourceRecordSet": {**record, "TTL": 60}})
    assert "S20" in web.violated()


def test_s20_an_owned_name_is_left_without_an_address(web: Estate) -> None:
    web.observer.pass_started(ELSEWHERE)
    look(web)
    registry = web.record_sets("UPSERT", kinds=("TXT",))
    web.change(*web.record_sets("DELETE", kinds=("A", "AAAA")), *registry)
    assert web.violated() == ["S20"]


def test_s20_a_name_that_a_service_claims_is_removed(web: Estate) -> None:
    look(web)
    web.record("DELETE")
    assert web.violated() == ["S20"]


def test_a_name_that_no_service_claims_any_more_goes_with_its_ownership(web: Estate) -> None:
    web.observer.pass_started(ELSEWHERE)
    look(web)
    web.record("DELETE")
    assert web.violated() == []
