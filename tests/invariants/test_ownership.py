"""S1, S2, S13, S14, S15, S18: what a write must not concern."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.invariants.estate import FACTS, MARKS, Estate, lower, upper

ITSELF = {**MARKS, "reconciler:service": "reconciler"}


def test_everything_made_in_order_violates_nothing(web: Estate) -> None:
    assert web.observer.calls > 0
    assert web.violated() == []


def test_s1_a_group_without_tags_is_changed(web: Estate) -> None:
    foreign = web.group("foreign", web.people, tags={})
    web.operator.elb.modify_target_group(TargetGroupArn=foreign, HealthCheckPath="/x")
    assert web.violated() == ["S1"]


@pytest.mark.parametrize("tag", MARKS)
def test_s1_a_group_is_made_without_one_of_the_tags(web: Estate, tag: str) -> None:
    web.group("web-red", tags={name: value for name, value in MARKS.items() if name != tag})
    assert web.violated() == ["S1"]


def test_s1_another_installations_rule_is_changed(web: Estate) -> None:
    web.people.elb.add_tags(ResourceArns=[web.rule], Tags=upper({"reconciler:owner": "another"}))
    web.shift(blue=100, green=0)
    assert web.violated() == ["S1"]


def test_s1_a_strangers_service_is_scaled(web: Estate) -> None:
    web.create("strange", hand=web.people, tags=[])
    web.scale("strange", 3)
    assert web.violated() == ["S1"]


def test_s1_a_strangers_group_is_adopted_by_tagging_it(web: Estate) -> None:
    foreign = web.group("foreign", web.people, tags={})
    web.operator.elb.add_tags(ResourceArns=[foreign], Tags=upper(MARKS))
    assert web.violated() == ["S1"]


def test_s1_the_owner_tag_is_taken_off(web: Estate) -> None:
    web.operator.elb.remove_tags(ResourceArns=[web.green], TagKeys=["reconciler:owner"])
    assert web.violated() == ["S1"]


def test_s1_a_strangers_record_is_overwritten(web: Estate) -> None:
    web.change(*web.record_sets("CREATE", "other.prod.example", ("A",)), hand=web.people)
    web.record("UPSERT", "other.prod.example")
    assert web.violated() == ["S1"]


def test_s1_a_strangers_record_is_in_the_way_of_a_creation_which_aws_refuses(web: Estate) -> None:
    web.change(*web.record_sets("CREATE", "other.prod.example", ("A",)), hand=web.people)
    with pytest.raises(ClientError):
        web.record("CREATE", "other.prod.example")
    assert web.violated() == []


def test_s1_a_record_of_another_installation_is_changed(web: Estate) -> None:
    web.record("CREATE", "other.prod.example", web.people, owner="another")
    web.record("UPSERT", "other.prod.example")
    assert web.violated() == ["S1"]


def test_s1_a_record_is_given_away(web: Estate) -> None:
    web.record("UPSERT", owner="another")
    assert web.violated() == ["S1"]


def test_s1_a_write_that_the_rules_have_not_been_told_of(web: Estate) -> None:
    web.operator.ecs.create_cluster(clusterName="new")
    assert web.violated() == ["S1"]


def test_what_other_people_do_is_their_own_affair(web: Estate) -> None:
    web.people.elb.modify_rule(RuleArn=web.rule, Actions=[web.forward(blue=0, green=100)])
    web.scale("web-blue", 0, web.people)
    assert web.violated() == []


def test_s2_the_operator_makes_itself(web: Estate) -> None:
    web.create("reconciler", tags=lower(ITSELF))
    assert web.violated() == ["S2"]


def test_s2_the_operator_scales_itself_up(web: Estate) -> None:
    web.create("reconciler", tags=lower(ITSELF), hand=web.people)
    web.scale("reconciler", 3)
    assert web.violated() == ["S2"]


def test_s2_the_operators_target_group_is_deleted(web: Estate) -> None:
    spare = web.group("spare", web.people, ITSELF)
    web.operator.elb.describe_target_groups(TargetGroupArns=[spare])
    web.operator.elb.delete_target_group(TargetGroupArn=spare)
    assert "S2" in web.violated()


def test_s13_an_older_revision_is_applied_after_a_newer_one(web: Estate) -> None:
    web.observer.pass_started(replace(FACTS, edition=2))
    web.define("web:2")
    web.observer.pass_started(replace(FACTS, edition=1))
    web.define("web:1")
    assert web.violated() == ["S13"]


def test_s13_an_older_revision_goes_on_until_a_newer_one_has_been_applied(web: Estate) -> None:
    web.observer.pass_started(replace(FACTS, edition=2))
    web.observer.pass_started(replace(FACTS, edition=1))
    web.define("web:1")
    web.observer.pass_started(replace(FACTS, edition=2))
    web.define("web:2")
    assert web.violated() == []


def test_s14_a_service_with_a_broken_spec_is_changed(web: Estate) -> None:
    web.observer.pass_started(replace(FACTS, broken=frozenset({"web"})))
    web.define("web:2")
    assert web.violated() == ["S14"]


def test_s14_another_services_broken_spec_is_no_hindrance(web: Estate) -> None:
    web.observer.pass_started(replace(FACTS, broken=frozenset({"other"})))
    web.define("web:2")
    assert web.violated() == []


def test_s15_a_service_that_claims_anothers_name_is_changed(web: Estate) -> None:
    web.observer.pass_started(replace(FACTS, contested=frozenset({"web", "other"})))
    web.define("web:2")
    assert web.violated() == ["S15"]


def test_s18_something_is_written_while_nothing_may_be(web: Estate) -> None:
    with web.observer.forbid_writes("a dry run"):
        web.define("web:2")
    assert web.violated() == ["S18"]


def test_s18_reads_are_free_and_so_are_writes_afterwards(web: Estate) -> None:
    with web.observer.forbid_writes("a dry run"):
        web.read("web-blue")
    web.define("web:2")
    assert web.violated() == []
