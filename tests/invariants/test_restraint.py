"""S21, S22: counts belong to the autoscaler, secrets to nobody's eyes."""

import base64
from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.invariants.estate import MARKS, WEB, Estate, estate, upper
from tests.invariants.facts import Facts

SECRET = "hunter2/&?ä"


def test_s21_a_count_that_the_autoscaler_has_set_is_put_back(web: Estate) -> None:
    web.observer.pass_started(Facts({"prod/web": replace(WEB, autoscaled=True)}))
    web.scale("web-blue", 4, web.people)
    web.scale("web-blue", 2)
    assert web.violated() == ["S21"]


def test_s21_another_change_leaves_the_count_alone(web: Estate) -> None:
    web.observer.pass_started(Facts({"prod/web": replace(WEB, autoscaled=True)}))
    web.operator.ecs.update_service(cluster="prod", service="web-blue", healthCheckGracePeriodSeconds=30)
    assert web.violated() == []


def test_s21_a_rollout_may_stand_a_colour_up_and_retire_it(web: Estate) -> None:
    web.observer.pass_started(Facts({"prod/web": replace(WEB, autoscaled=True)}))
    web.create("web-green", web.green, desiredCount=0)
    web.scale("web-green", 2)
    web.step(30)
    web.shift(blue=0, green=100)
    web.step(WEB.bake)
    web.scale("web-blue", 0)
    assert web.violated() == []


def test_s22_a_secret_is_in_a_tag() -> None:
    with estate(canary="hunter2") as web:
        web.operator.elb.add_tags(ResourceArns=[web.green], Tags=upper({"note": "it is hunter2"}))
        assert web.violated() == ["S22"]


def test_s22_a_secret_is_in_the_environment_it_belongs_to() -> None:
    with estate(canary=SECRET) as web:
        web.define(environment={"PASSWORD": SECRET})
        assert web.violated() == []


@pytest.mark.parametrize(
    "told",
    [f"password={SECRET}", quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode(), r"hunter2/&?\u00e4"],
)
def test_s22_a_text_tells_the_secret_in_some_form(told: str) -> None:
    with estate(canary=SECRET) as web, pytest.raises(AssertionError, match="S22"):
        web.observer.assert_no_secret(f"log line: {told}, and more")


def test_s22_a_text_that_tells_no_secret_passes() -> None:
    with estate(canary=SECRET) as web:
        web.observer.assert_no_secret(f"log line: password=***, {MARKS}")
