"""What becomes of a request, as plain data: conditions, weights, turns, the load balancer's own answers."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from reconciler.sandbox import TargetRecord
from reconciler.sandbox.traffic.choice import Turns, group
from reconciler.sandbox.traffic.rules import LAST, Request, Rule, action, matches

ANYTHING = Request("GET", "web.example:80", "/", (), {}, "192.0.2.7")


def asking(**changes: Any) -> Request:
    return Request(**{**vars(ANYTHING), **changes})


def rule(*conditions: dict[str, Any], rank: int = 1, does: str = "forward") -> Rule:
    return Rule(rank, conditions, ({"Type": does},))


def condition(field: str, config: str, **values: Any) -> dict[str, Any]:
    return {"Field": field, config: values}


HOST = condition("host-header", "HostHeaderConfig", Values=["*.example"])
PATH = condition("path-pattern", "PathPatternConfig", Values=["/img/?/*"])
HEADER = condition("http-header", "HttpHeaderConfig", HttpHeaderName="X-Test", Values=["Yes*"])
METHOD = condition("http-request-method", "HttpRequestMethodConfig", Values=["PUT"])
QUERY = condition("query-string", "QueryStringConfig", Values=[{"Key": "version", "Value": "v?"}, {"Value": "any"}])
SOURCE = condition("source-ip", "SourceIpConfig", Values=["192.0.2.0/24"])
SHORT = {"Field": "host-header", "Values": ["web.example"]}


@pytest.mark.parametrize(
    ("one", "request_", "matched"),
    [
        (HOST, asking(host="WEB.example:8080"), True),
        (HOST, asking(host="web.example.org"), False),
        (HOST, asking(host="webxexample"), False),
        (SHORT, asking(host="web.example"), True),
        (PATH, asking(path="/img/1/a.png"), True),
        (PATH, asking(path="/img/12/a.png"), False),
        (PATH, asking(path="/IMG/1/a.png"), False),
        (HEADER, asking(headers={"x-test": "YES, please"}), True),
        (HEADER, asking(headers={"x-test": "no"}), False),
        (HEADER, asking(headers={}), False),
        (METHOD, asking(method="PUT"), True),
        (METHOD, asking(method="POST"), False),
        (QUERY, asking(query=(("VERSION", "v2"),)), True),
        (QUERY, asking(query=(("whatever", "any"),)), True),
        (QUERY, asking(query=(("whatever", "v2"),)), False),
        (SOURCE, asking(source="192.0.2.200"), True),
        (SOURCE, asking(source="198.51.100.1"), False),
    ],
)
def test_a_condition_matches(one: dict[str, Any], request_: Request, matched: bool) -> None:
    assert matches(rule(one), request_) is matched


def test_every_condition_of_a_rule_must_hold() -> None:
    both = rule(HOST, METHOD)

    assert matches(both, asking(method="PUT"))
    assert not matches(both, asking(method="GET"))


def test_the_matching_rule_of_the_lowest_priority_number_acts_whatever_the_order() -> None:
    rules = [rule(rank=LAST, does="default"), rule(HOST, rank=20, does="second"), rule(HOST, rank=3, does="first")]

    assert action(rules, ANYTHING)["Type"] == "first"
    assert action(rules, asking(host="elsewhere"))["Type"] == "default"


def test_weights_share_the_requests_out() -> None:
    weights = [{"TargetGroupArn": "blue", "Weight": 90}, {"TargetGroupArn": "green", "Weight": 10}]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}
    dice = Random(7)

    share = Counter(group(forward, dice) for _ in range(10_000))

    assert 850 < share["green"] < 1150


def test_a_weight_of_zero_gets_nothing() -> None:
    weights = [{"TargetGroupArn": "blue", "Weight": 0}, {"TargetGroupArn": "green", "Weight": 1}]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}
    dice = Random(7)

    assert {group(forward, dice) for _ in range(1000)} == {"green"}


def target(number: int, health: str) -> TargetRecord:
    return TargetRecord("group", f"i-{number}", 80, health, None)


def served(*healths: str) -> list[str]:
    """The targets that six requests go to."""
    targets, turns = [target(number, health) for number, health in enumerate(healths)], Turns()
    chosen = [turns.next(targets) for _ in range(6)]
    return [each.id for each in chosen if each is not None]


@pytest.mark.parametrize(
    ("healths", "ids"),
    [
        (["healthy", "healthy"], ["i-0", "i-1"] * 3),
        (["healthy", "unhealthy", "draining", "initial", "unused"], ["i-0"] * 6),
        (["unhealthy", "draining", "unhealthy"], ["i-0", "i-2"] * 3),
        (["initial"], []),
        (["draining"], []),
        (["unused"], []),
        ([], []),
    ],
)
def test_healthy_targets_serve_in_turn_and_all_unhealthy_ones_when_none_is_healthy(
    healths: list[str], ids: list[str]
) -> None:
    assert served(*healths) == ids
