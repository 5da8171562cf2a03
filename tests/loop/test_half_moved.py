"""Rules that a move of the traffic has caught half way, behind colours that are both dead by then."""

from reconciler.model import Phase
from tests.loop.harness import Stage
from tests.loop.test_blue_green import until

BOTH = ("web", "adm")


def half_moved(stage: Stage) -> None:
    """One of two rules leads to the other colour: its way back is on record, and was refused."""
    elb, rule = stage.client("elbv2"), stage.rule("adm")
    groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    turned = [{**group, "Weight": 100 - group["Weight"]} for group in groups]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": turned}}
    elb.add_tags(ResourceArns=[rule["RuleArn"]], Tags=[{"Key": "reconciler:shifted-at", "Value": "pending"}])
    elb.modify_rule(RuleArn=rule["RuleArn"], Actions=[forward])


def test_a_good_release_gets_past_a_rule_that_should_lead_back_to_a_dead_colour(stage: Stage) -> None:
    stage.web("v1-sick", "blue-green", hosts=BOTH)
    until(stage, Phase.FAILED)
    half_moved(stage)
    stage.restart()  # with what it reads, not with what it remembers
    stage.web("v2", "blue-green", hosts=BOTH)
    stage.settle()
    assert [stage.weights(host) for host in BOTH] == [
        {"test-web-blue": 0, "test-web-green": 100},
        {"test-web-adm-blue": 0, "test-web-adm-green": 100},
    ]
