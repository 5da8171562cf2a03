"""The printed policies are enough for all that the operator does, and hold nothing that it does not do."""

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from reconciler.sandbox import Call
from tests.permissions.asked import PREFIXES
from tests.permissions.life.conftest import Life, actions, grant_user

JUDGED_BY_NO_CALL_OF_ITS_OWN = {"iam:PassRole"}  # moto does not ask for it; test_scope does


def test_no_action_is_spare(life: Life) -> None:
    used = {role: {asked.action for whose, asked in life.asked if whose == role} for role in life.policies}
    assert used == {role: set(actions(documents)) for role, documents in life.policies.items()}


def test_with_any_one_action_taken_away_a_call_is_denied(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life.stage.sandbox.hooks, "before", [])  # rights are judged before what is asked for
    allowed = actions(life.policies[None])
    calls = {
        f"{PREFIXES.get(call.service, call.service)}:{call.operation}": call for role, call in life.calls if not role
    }
    for action in set(allowed) - JUDGED_BY_NO_CALL_OF_ITS_OWN:
        grant_user(life.stage, [other for other in allowed if other != action])
        assert repeated(life, calls[action]).startswith("AccessDenied"), action
    grant_user(life.stage, allowed)


def repeated(life: Life, call: Call) -> str:
    """The error code of a call that is made again."""
    client = boto3.client(call.service, region_name=call.region)  # type: ignore[call-overload]
    try:
        getattr(client, xform_name(call.operation))(**call.parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""
