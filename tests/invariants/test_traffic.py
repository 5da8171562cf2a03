"""S3, S4, S5, S6, S7, L8: who gets the traffic, and who must still be there to take it."""

from contextlib import suppress
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.invariants.estate import WEB, Estate, upper
from tests.invariants.facts import Facts

DELAY, BAKE = 10, int(WEB.bake)


def test_a_whole_switch_there_and_to_its_end_violates_nothing(web: Estate) -> None:
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.step(BAKE)
    web.scale("web-blue", 0)
    assert web.violated() == []


def test_s3_the_new_colour_gets_weight_with_fewer_healthy_targets_than_serve(web: Estate) -> None:
    web.create("web-green", web.green, desiredCount=1)
    web.step(30)
    web.shift(blue=40, green=60)
    assert web.violated() == ["S3"]


def test_s3_a_part_of_the_traffic_asks_for_that_part_of_the_targets(web: Estate) -> None:
    web.create("web-green", web.green, desiredCount=1)
    web.step(30)
    web.shift(blue=50, green=50)
    assert web.violated() == []


def test_s3_the_new_colour_gets_all_weight_with_no_healthy_target(web: Estate) -> None:
    web.create("web-green", web.green)
    web.shift(blue=0, green=100)
    assert web.violated() == ["S3", "S5"]


def test_s3_the_way_back_asks_as_much_as_the_way_there(web: Estate) -> None:
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.scale("web-blue", 1, web.people)
    web.step(30)
    web.shift(blue=100, green=0)
    assert web.violated() == ["S3"]


@pytest.mark.parametrize("weights", [{"blue": 0, "green": 0}, {"blue": 1000}])
def test_s4_a_rule_is_made_with_weights_that_are_none(web: Estate, weights: dict[str, int]) -> None:
    with suppress(ClientError):
        web.create_rule(host="other.prod.example", priority=11, **weights)
    assert web.violated() == ["S4"]


def test_s5_the_only_healthy_group_loses_its_share(web: Estate) -> None:
    web.shift(web.people, blue=50, green=50)
    web.shift(blue=10, green=90)
    assert web.violated() == ["S5"]


def test_s5_the_only_healthy_group_may_gain(web: Estate) -> None:
    web.shift(web.people, blue=50, green=50)
    web.shift(blue=100, green=0)
    assert web.violated() == []


def test_s6_a_colour_with_the_traffic_is_scaled_down(web: Estate) -> None:
    web.scale("web-blue", 0)
    assert web.violated() == ["S6"]


def test_s6_a_colour_with_the_traffic_is_deleted(web: Estate) -> None:
    web.read("web-blue")
    with suppress(ClientError):
        web.delete("web-blue")
    assert web.violated() == ["S6"]


def test_s6_a_service_that_people_want_with_no_instance_goes_to_0(web: Estate) -> None:
    web.observer.pass_started(Facts({"prod/web": replace(WEB, instances=0)}))
    web.scale("web-blue", 0)
    assert web.violated() == []


def test_s6_a_colour_with_the_traffic_may_get_smaller(web: Estate) -> None:
    web.scale("web-blue", 1)
    assert web.violated() == []


@pytest.mark.parametrize("count", [0, 1])
def test_s6_the_old_colour_is_scaled_down_before_the_bake_is_over(web: Estate, count: int) -> None:
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.step(BAKE - 5)
    web.scale("web-blue", count)
    assert web.violated() == ["S6"]


def test_s6_the_old_colour_is_scaled_down_before_its_targets_have_drained(web: Estate) -> None:
    web.observer.pass_started(Facts({"prod/web": replace(WEB, bake=0)}))
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.step(DELAY - 5)
    web.scale("web-blue", 0)
    assert web.violated() == ["S6"]


def test_s6_the_weights_were_never_read_back(web: Estate) -> None:
    web.stand_up_green()
    web.operator.elb.modify_rule(RuleArn=web.rule, Actions=[web.forward(blue=0, green=100)])
    web.operator.elb.add_tags(ResourceArns=[web.rule], Tags=upper({"reconciler:shifted-at": web.now}))
    web.step(BAKE)
    web.scale("web-blue", 0)
    assert web.violated() == ["S6"]


@pytest.mark.parametrize("recorded", ["pending", "2026-01-01T00:10:00+00:00"])
def test_s6_the_time_on_record_does_not_agree(web: Estate, recorded: str) -> None:
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.operator.elb.add_tags(ResourceArns=[web.rule], Tags=upper({"reconciler:shifted-at": recorded}))
    web.step(BAKE)
    web.scale("web-blue", 0)
    assert web.violated() == ["S6"]


def test_s6_a_time_on_record_from_before_the_shift_shortens_no_bake(web: Estate) -> None:
    before = web.now
    web.step(BAKE)
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.operator.elb.add_tags(ResourceArns=[web.rule], Tags=upper({"reconciler:shifted-at": before}))
    web.scale("web-blue", 0)
    assert web.violated() == ["S6"]


def test_s6_a_new_colour_that_never_had_the_traffic_may_go_at_once(web: Estate) -> None:
    web.stand_up_green()
    web.scale("web-green", 0)
    assert web.violated() == []


def test_s6_a_new_colour_that_failed_with_the_traffic_goes_when_it_has_drained(web: Estate) -> None:
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.shift(blue=100, green=0)
    web.step(DELAY)
    web.scale("web-green", 0)
    assert web.violated() == []


def test_s6_a_new_colour_that_failed_with_the_traffic_goes_before_it_has_drained(web: Estate) -> None:
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.shift(blue=100, green=0)
    web.step(DELAY - 5)
    web.scale("web-green", 0)
    assert web.violated() == ["S6"]


def test_s6_the_colour_that_comes_back_next_time_is_the_younger_one(web: Estate) -> None:
    web.stand_up_green()
    web.shift(blue=0, green=100)
    web.step(BAKE)
    web.scale("web-blue", 0)
    web.scale("web-blue", 2)
    web.step(30)
    web.shift(blue=100, green=0)
    web.step(DELAY)
    web.scale("web-green", 0)
    assert web.violated() == ["S6"]


def test_s7_a_group_that_a_rule_lists_at_weight_0_is_deleted(web: Estate) -> None:
    web.operator.elb.describe_target_groups(TargetGroupArns=[web.green])
    with suppress(ClientError):
        web.operator.elb.delete_target_group(TargetGroupArn=web.green)
    assert web.violated() == ["S7"]


def test_s7_a_group_that_nothing_refers_to_may_go(web: Estate) -> None:
    spare = web.group("web-spare")
    web.operator.elb.describe_target_groups(TargetGroupArns=[spare])
    web.operator.elb.delete_target_group(TargetGroupArn=spare)
    assert web.violated() == []


def test_l8_tasks_start_in_a_group_that_no_rule_lists(web: Estate) -> None:
    with suppress(ClientError):
        web.create("web-red", web.group("web-red"))
    assert web.violated() == ["L8"]


def test_l8_an_idle_colour_comes_back_after_its_group_left_the_rule(web: Estate) -> None:
    web.create("web-green", web.green, desiredCount=0)
    web.shift(web.people, blue=100)
    web.scale("web-green", 2)
    assert web.violated() == ["L8"]
