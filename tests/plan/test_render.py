"""What a plan looks like, word for word: to a person, to a program, and in the comment of a pull request."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import FieldChange, Plan
from reconciler.plan import render
from tests.plan.plans import (
    a_changed_release,
    a_drifted_service,
    a_held_removal,
    a_new_service,
    a_refusal,
    a_shift_of_traffic,
    a_wait,
    all_well,
)

UNREAD = {"stage": "ecs:ListServices answered AccessDenied", "prod": "ecs:ListServices answered AccessDenied"}


def shown(plan: Plan, unread: dict[str, str] | None = None) -> str:
    return f"\n{render.text(plan, unread or {})}\n"


def test_a_new_service_is_made_from_the_bottom_up() -> None:
    assert (
        shown(a_new_service())
        == """
prod/httpbin 67c9cbb  Create: it is declared and not there yet
  [1] + task-definition prod-httpbin  RegisterTaskDefinition
  [2] + target-group prod-httpbin  CreateTargetGroup
  [3] ~ target-group prod-httpbin  ModifyTargetGroupAttributes
        deregistration_delay.timeout_seconds: (none) -> 10
  [4] + listener-rule httpbin.prod.example  CreateRule, after [3]
  [5] + service httpbin  CreateService, after [1] [3]
  [6] + dns-record httpbin.prod.example  ChangeResourceRecordSets

Plan c06fdcfbcd8c: 5 to create, 1 to update, 0 to delete.
"""
    )


def test_a_changed_release_shows_each_field_where_it_differs_and_no_secret() -> None:
    assert (
        shown(a_changed_release())
        == """
test/worker 98f00b2  Rolling: a new release is rolled out
  [1] + task-definition test-worker  RegisterTaskDefinition
        containerDefinitions[worker].image: …/worker:d41d8cd -> …/worker:98f00b2
        containerDefinitions[worker].environment[LOG_LEVEL].value: info -> debug
        containerDefinitions[worker].environment[SMTP_PASSWORD].value: (sensitive) -> (sensitive)
        containerDefinitions[worker].command: ["worker"] -> ["worker", "--queue", "thumbnails"]
  [2] ~ service worker  UpdateService, after [1]
        taskDefinition: test-worker:1 -> test-worker (new)

Plan 8fb87cddeaca: 1 to create, 1 to update, 0 to delete.
"""
    )


def test_a_shift_of_traffic_shows_the_weights_by_target_group() -> None:
    assert (
        shown(a_shift_of_traffic())
        == """
prod/api_gateway 1.11  Shift: traffic goes from blue to green: 3 of 3 targets healthy
  [1] ~ listener-rule api.prod.example  ModifyRule
        Forward[prod-api-gateway-api-blue].weight: 100 -> 0
        Forward[prod-api-gateway-api-green].weight: 0 -> 100

Plan 2c1fd62e7671: 0 to create, 1 to update, 0 to delete.
"""
    )


def test_drift_of_a_service_at_rest_is_named_at_the_action() -> None:
    assert (
        shown(a_drifted_service())
        == """
test/worker 98f00b2
  [1] ~ service worker  UpdateService: drift
        desiredCount: 5 -> 2

Plan 57c40c86a4e4: 0 to create, 1 to update, 0 to delete.
"""
    )


def test_what_a_policy_holds_back_is_listed_under_its_reason() -> None:
    assert (
        shown(a_held_removal())
        == """
held back (prune brake): 2 of 2 services would be removed by one revision, the most is 1; if that is meant: \
reconciler confirm 1f2e3d4
  - dns-record httpbin.prod.example of prod/httpbin  ChangeResourceRecordSets
  ~ service httpbin of prod/httpbin  UpdateService
  ~ service worker of test/worker  UpdateService

Plan 4f53cda18c2b: 0 to create, 0 to update, 0 to delete, 3 held back.
"""
    )


def test_a_refused_service_is_told_with_what_to_do() -> None:
    assert (
        shown(a_refusal())
        == """
refused: prod/httpbin: conflict: target-group prod-httpbin exists without an owner tag; rename one of them, \
or remove it

Plan 4f53cda18c2b: 0 to create, 0 to update, 0 to delete, 1 refused.
"""
    )


def test_a_rollout_that_waits_is_not_taken_for_being_in_sync() -> None:
    assert (
        shown(a_wait())
        == """
prod/api_gateway 1.11  Verify: green: 2 of 3 targets healthy, 3 of 3 tasks run

Nothing to do but wait: 1 of 2 services in sync.
"""
    )


def test_nothing_to_do_is_one_line() -> None:
    assert render.text(all_well()) == "Nothing to do: 2 services in sync."


def test_a_cluster_that_could_not_be_read_is_never_taken_for_one_with_nothing_to_do() -> None:
    assert render.text(all_well(), UNREAD) == (
        "Plan 4f53cda18c2b: 0 to create, 0 to update, 0 to delete, nothing known of prod and stage."
    )


@pytest.mark.parametrize(
    ("live", "want", "told"),
    [
        ("1.10", "1.11", "1.10 -> 1.11"),
        (None, "", "(none) -> (none)"),
        (False, True, "false -> true"),
        ("a\nb", "\x1b[31mred", "a\\nb -> \\x1b[31mred"),
        ("x" * 70, "y" * 70, f"{'x' * 59}… -> {'y' * 59}…"),
        ("x" * 50 + "1", "x" * 50 + "2", f"…{'x' * 10}1 -> …{'x' * 10}2"),
        ("https://me:hunter2@db.example", None, "https://(sensitive)@db.example -> (none)"),
        (["serve", "--token", "hunter2"], [], '["serve", "--token", "(sensitive)"] -> (none)'),
        ("sk_live_hunter2hunter2", "x", "(sensitive) -> x"),
    ],
)
def test_a_value_fits_on_the_line_whatever_it_is(live: object, want: object, told: str) -> None:
    plan = a_drifted_service()
    [action] = plan.actions
    plan = replace(plan, actions=(replace(action, changes=(FieldChange("field", live, want),)),))

    assert f"        field: {told}\n" in render.text(plan)


def test_two_plans_have_one_digest_exactly_when_they_make_the_same_calls() -> None:
    plan = a_new_service()

    assert render.digest(replace(plan, revision="another", waypoints=())) == render.digest(plan)
    assert render.digest(replace(plan, actions=plan.actions[:-1])) != render.digest(plan)


def tagged(plan: Plan, tag: dict[str, str]) -> Plan:
    """The plan, each call of which sets a tag."""
    calls = (replace(action.call, parameters={"tags": [tag]}) for action in plan.actions)
    return replace(plan, actions=tuple(replace(a, call=call) for a, call in zip(plan.actions, calls, strict=True)))


@pytest.mark.parametrize(("key", "value"), [("Key", "Value"), ("key", "value")])
def test_a_digest_does_not_change_with_the_time_that_the_operators_tags_carry(key: str, value: str) -> None:
    def digest(name: str, said: str) -> str:
        return render.digest(tagged(a_drifted_service(), {key: name, value: said}))

    early, late = "2026-03-01T12:00:00+00:00", "2026-03-01T12:00:05+00:00"

    assert digest("reconciler:shifted-at", early) == digest("reconciler:shifted-at", late)
    assert digest("reconciler:shifted-at", early) != digest("reconciler:shifted-at", "pending")
    assert digest("reconciler:quarantine", f"1.12 {early} sick") == digest("reconciler:quarantine", f"1.12 {late} sick")
    assert digest("reconciler:quarantine", f"1.12 {early} sick") != digest(
        "reconciler:quarantine", f"1.13 {early} sick"
    )
    assert digest("released", early) != digest("released", late)


def parsed(plan: Plan, unread: dict[str, str] | None = None) -> Any:
    return json.loads(render.as_json(plan, unread or {}))


def test_a_program_gets_every_action_with_its_call_cause_changes_and_needs() -> None:
    document = parsed(a_changed_release())

    assert document["summary"] == "Plan 8fb87cddeaca: 1 to create, 1 to update, 0 to delete."
    assert document["actions"][1] == {
        "action": "update",
        "kind": "service",
        "name": "worker",
        "cluster": "test",
        "service": "worker",
        "call": "ecs:UpdateService",
        "cause": "Rolling: a new release is rolled out",
        "changes": [
            {
                "path": "taskDefinition",
                "live": "arn:aws:ecs:eu-west-1:123456789012:task-definition/test-worker:1",
                "want": "<arn of task-definition test-worker>",
            }
        ],
        "needs": ["task-definition test-worker"],
    }


def test_a_program_gets_what_is_held_refused_waited_for_and_unread() -> None:
    assert parsed(a_held_removal())["held"][0]["policy"] == "prune brake"
    assert parsed(a_refusal())["refused"][0]["service"] == "httpbin"
    assert parsed(a_wait())["services"][0] == {
        "cluster": "prod",
        "service": "api_gateway",
        "version": "1.11",
        "phase": "Verify",
        "reason": "green: 2 of 3 targets healthy, 3 of 3 tasks run",
    }
    assert parsed(all_well(), UNREAD)["unread"] == UNREAD


@pytest.mark.parametrize("form", [render.text, render.as_json, render.markdown])
def test_no_form_shows_a_secret(form: Callable[[Plan], str]) -> None:
    told = form(a_changed_release())

    assert "(sensitive)" in told
    assert "hunter2" not in told
    assert "correct horse" not in told


def test_a_comment_shows_the_plan_as_a_table() -> None:
    assert render.markdown(a_changed_release()) == (
        "**Plan 8fb87cddeaca: 1 to create, 1 to update, 0 to delete.**\n"
        "\n"
        "| service | | resource | changes | cause |\n"
        "|---|---|---|---|---|\n"
        "| test/worker | + create | task-definition `test-worker` "
        "| containerDefinitions[worker].image: …/worker:d41d8cd -> …/worker:98f00b2"
        "<br>containerDefinitions[worker].environment[LOG\\_LEVEL].value: info -> debug"
        "<br>containerDefinitions[worker].environment[SMTP\\_PASSWORD].value: (sensitive) -> (sensitive)"
        '<br>containerDefinitions[worker].command: ["worker"] -> ["worker", "--queue", "thumbnails"] '
        "| Rolling: a new release is rolled out |\n"
        "| test/worker | ~ update | service `worker` | taskDefinition: test-worker:1 -> test-worker (new) "
        "| Rolling: a new release is rolled out |"
    )


def test_a_comment_lists_what_is_held_refused_waited_for_and_unread() -> None:
    assert render.markdown(a_held_removal()) == (
        "**Plan 4f53cda18c2b: 0 to create, 0 to update, 0 to delete, 3 held back.**\n"
        "\n"
        "- held back (prune brake): 2 of 2 services would be removed by one revision, the most is 1; if that is meant: "
        "reconciler confirm 1f2e3d4: delete dns-record httpbin.prod.example of prod/httpbin; "
        "update service httpbin of prod/httpbin; update service worker of test/worker"
    )
    assert render.markdown(a_refusal()).splitlines()[2].startswith("- refused: prod/httpbin: conflict: ")
    assert render.markdown(a_wait()).splitlines()[2].startswith("- prod/api\\_gateway 1.11 Verify: green: ")
    assert render.markdown(all_well(), UNREAD).splitlines()[2:] == [
        "- cluster prod could not be read: ecs:ListServices answered AccessDenied",
        "- cluster stage could not be read: ecs:ListServices answered AccessDenied",
    ]


def test_errors_in_files_are_in_every_form_so_that_a_pull_request_shows_what_it_breaks() -> None:
    error = "desired/services/worker/service.yml:4:1: unknown field `listner`; did you mean `listeners`?"

    for form in (render.text, render.as_json, render.markdown):
        assert "1 error in files, whose services are left as they are" in form(all_well(), {}, [error])
    assert json.loads(render.as_json(all_well(), {}, [error]))["errors"] == [error]
    assert "- desired/services/worker/service.yml:4:1: unknown field \\`listner" in render.markdown(
        all_well(), {}, [error]
    )


def test_a_value_cannot_break_out_of_its_cell() -> None:
    plan = a_drifted_service()
    [action] = plan.actions
    plan = replace(plan, actions=(replace(action, changes=(FieldChange("field", "a|b", "<img src=x>\n`x`"),)),))

    assert "| field: a\\|b -> \\<img src=x>\\\\n\\`x\\` |" in render.markdown(plan)
