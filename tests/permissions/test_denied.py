"""What AWS does not allow is told with the action that is missing and where to find what is needed."""

import pytest

from reconciler.sandbox import AwsRefusal, Call
from tests.loop.conftest import scenario, stage
from tests.loop.harness import Stage

__all__ = ["scenario", "stage"]

WHO = "User: arn:aws:sts::123456789012:assumed-role/operator/i is not authorized to perform: "
ADVICE = " is not allowed here: compare the operator's policy with what `reconciler iam-policy` prints"


@pytest.mark.parametrize(
    ("operation", "code", "message", "missing"),
    [
        ("CreateService", "AccessDeniedException", f"{WHO}ecs:CreateService on resource: arn", "ecs:CreateService"),
        ("RegisterTaskDefinition", "ClientException", f"{WHO}iam:PassRole on resource: arn", "iam:PassRole"),
        ("CreateRule", "AccessDenied", "You may not.", "elasticloadbalancing:CreateRule"),
        ("DescribeRules", "AccessDenied", "You may not.", "elasticloadbalancing:DescribeRules"),
    ],
)
def test_a_denial_names_the_missing_action_and_is_over_when_it_is_granted(
    stage: Stage, operation: str, code: str, message: str, missing: str
) -> None:
    def deny(call: Call) -> None:
        if call.operation == operation:
            raise AwsRefusal(code, message, 403)

    stage.sandbox.hooks.before.append(deny)
    stage.web("v1")
    stage.passes(3)
    assert f"; {missing}{ADVICE}" in stage.status().reason
    stage.sandbox.hooks.before.remove(deny)
    stage.settle()


def test_another_refusal_is_not_taken_for_a_missing_permission(stage: Stage) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "CreateService":
            raise AwsRefusal("InvalidParameterException", "no such thing")

    stage.sandbox.hooks.before.append(refuse)
    stage.web("v1")
    stage.passes(3)
    assert "no such thing" in stage.status().reason
    assert ADVICE not in stage.status().reason
