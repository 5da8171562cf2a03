import io
from dataclasses import replace

import pytest

from reconciler.model import (
    Action,
    Call,
    FieldChange,
    HealthStatus,
    Outcome,
    Phase,
    Ref,
    ResourceId,
    Result,
    ServiceKey,
    SyncStatus,
    Verb,
)
from reconciler.report.console import Console
from reconciler.report.status import OperatorStatus
from tests.report.told import clock_at_noon, operator, verifying, well

API = ServiceKey("prod", "api_gateway")
RULE = ResourceId("listener-rule", API, "api.prod.example")
GREEN = ResourceId("target-group", API, "prod-api-gateway-green")
BLUE_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/prod-api-gateway-blue/73e2d6bc24d8a067"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    def write(self, text: str, /) -> int:
        raise BrokenPipeError


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(stream: io.StringIO) -> Console:
    return Console(stream, clock_at_noon())


def turn(console: Console, before: OperatorStatus, after: OperatorStatus) -> None:
    """One pass that had nothing to say at its beginning."""
    console.planned(before, before)
    console.passed(after)


def told(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def outcome(
    *changes: FieldChange,
    result: Result = Result.DONE,
    message: str = "",
    verb: Verb = Verb.UPDATE,
    cause: str = "it does not exist",
) -> Outcome:
    action = Action(verb, RULE, Call("elbv2", "ModifyRule", {}), cause, changes)
    return Outcome(action, result, message)


def test_a_switch_of_traffic_shows_the_weights_by_colour(console: Console, stream: io.StringIO) -> None:
    console.changed(
        outcome(
            FieldChange(f"Forward[{BLUE_ARN}].weight", 100, 0), FieldChange(f"Forward[{Ref(GREEN)}].weight", 0, 100)
        )
    )

    assert told(stream) == [
        (
            "12:00:00  prod/api_gateway        ~ listener-rule api.prod.example  "
            "weights blue=100 green=0 -> blue=0 green=100"
        )
    ]


def test_a_colour_that_joins_a_rule_shows_the_weights_before_and_after(console: Console, stream: io.StringIO) -> None:
    live = [{"targetGroup": BLUE_ARN, "weight": 100}]
    want = [{"targetGroup": BLUE_ARN, "weight": 100}, {"targetGroup": Ref(GREEN), "weight": 0}]

    console.changed(outcome(FieldChange("Forward", live, want)))

    assert told(stream)[0].endswith("weights blue=100 -> blue=100 green=0")


def test_a_change_names_each_field_with_what_was_and_what_is(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(FieldChange("desiredCount", 2, 3), FieldChange("platformVersion", None, "LATEST")))

    assert told(stream)[0].endswith("desiredCount 2 -> 3; platformVersion (none) -> LATEST")


def test_a_creation_tells_its_cause(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(verb=Verb.CREATE))

    assert told(stream) == ["12:00:00  prod/api_gateway        + listener-rule api.prod.example  it does not exist"]


def test_a_change_of_many_fields_stays_on_one_line(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(*(FieldChange(f"field{number}", "a" * 500, "b" * 500) for number in range(20))))

    assert len(told(stream)) == 1
    assert "field5" in told(stream)[0]
    assert "field6" not in told(stream)[0]
    assert told(stream)[0].endswith("; and 14 more")


def test_values_of_fields_that_name_a_secret_are_masked(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(FieldChange("environment[DB_PASSWORD].value", "canary-old", "canary-new")))

    assert "canary" not in stream.getvalue()
    assert "environment[DB_PASSWORD].value (sensitive) -> (sensitive)" in stream.getvalue()


def test_secrets_are_masked_inside_a_list_that_changed_as_a_whole(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(FieldChange("environment", [], [{"name": "DB_PASSWORD", "value": "canary"}])))

    assert told(stream)[0].endswith('environment (none) -> [{"name": "DB_PASSWORD", "value": "(sensitive)"}]')


def test_a_refused_change_tells_aws_words(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(FieldChange("desiredCount", 2, 3), result=Result.REFUSED, message="TooManyTargetGroups"))

    assert told(stream)[0].endswith("desiredCount 2 -> 3: refused: TooManyTargetGroups")


def test_the_same_trouble_is_told_once_until_it_is_over(console: Console, stream: io.StringIO) -> None:
    trouble, success = outcome(result=Result.RETRY, message="PriorityInUse"), outcome()

    for each in (trouble, trouble, success, trouble):
        console.changed(each)

    assert len(told(stream)) == 3


def test_a_change_that_only_waited_for_another_is_not_told(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(result=Result.SKIPPED, message="waits for create"))

    assert told(stream) == []


def test_a_rollout_is_told_phase_by_phase_with_what_it_waits_for(console: Console, stream: io.StringIO) -> None:
    waiting = verifying("api_gateway", "green: 2 of 3 targets healthy; deadline 12:16:20Z")

    turn(console, operator(well("api_gateway")), operator(waiting))

    assert told(stream) == [
        "12:00:00  prod/api_gateway        Verify      green: 2 of 3 targets healthy; deadline 12:16:20Z"
    ]


def test_revision_and_phase_are_told_before_the_changes_they_ask_for_and_once(
    console: Console, stream: io.StringIO
) -> None:
    before = replace(operator(well("api_gateway")), revision="0a1b2c3")
    after = operator(replace(verifying("api_gateway", "green is stood up"), phase=Phase.STAND_UP, version="1.11"))

    console.planned(before, after)
    console.changed(outcome(verb=Verb.CREATE, cause="StandUp: green is stood up"))
    console.passed(after)

    assert told(stream) == [
        "12:00:00  desired                 revision 1f2e3d4",
        "12:00:00  prod/api_gateway        StandUp     green is stood up",
        "12:00:00  prod/api_gateway        + listener-rule api.prod.example",
    ]


def test_what_goes_wrong_in_a_pass_is_told_at_its_end_and_not_again_by_the_next_plan(
    console: Console, stream: io.StringIO
) -> None:
    expected = operator(replace(verifying("api", "declared, and not there yet"), phase=Phase.CREATE))
    stuck = operator(replace(verifying("api", "AccessDenied"), phase=Phase.CREATE))

    console.planned(operator(), expected)
    console.passed(stuck)
    for _ in range(2):
        console.planned(stuck, expected)
        console.passed(stuck)

    assert told(stream) == [
        "12:00:00  prod/api                Create      declared, and not there yet",
        "12:00:00  prod/api                Create      AccessDenied",
    ]


def test_what_changes_of_a_container_is_told_by_its_name(console: Console, stream: io.StringIO) -> None:
    registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    path = "containerDefinitions[api_gateway].image"

    console.changed(outcome(FieldChange(path, f"{registry}/api_gateway:1.10", f"{registry}/api_gateway:1.11")))

    assert told(stream)[0].endswith("api_gateway.image …/api_gateway:1.10 -> …/api_gateway:1.11")


def test_progress_in_numbers_alone_is_not_a_turn(console: Console, stream: io.StringIO) -> None:
    turn(console, operator(verifying("api", "1 of 3 healthy")), operator(verifying("api", "2 of 3 healthy")))

    assert told(stream) == []


def test_a_reason_of_another_kind_is_a_turn(console: Console, stream: io.StringIO) -> None:
    turn(console, operator(verifying("api", "1 of 3 healthy")), operator(verifying("api", "no capacity")))

    assert told(stream) == ["12:00:00  prod/api                Verify      no capacity"]


def test_drift_in_a_stable_service_is_a_turn(console: Console, stream: io.StringIO) -> None:
    drifted = replace(well("api"), sync=SyncStatus.OUT_OF_SYNC, reason="2 fields differ")

    turn(console, operator(well("api")), operator(drifted))

    assert told(stream) == ["12:00:00  prod/api                Stable      OutOfSync, Healthy: 2 fields differ"]


def test_when_the_last_service_comes_into_sync_the_sum_is_told_once(console: Console, stream: io.StringIO) -> None:
    before, after = operator(well("api"), verifying("web", "1 of 3 healthy")), operator(well("api"), well("web"))

    turn(console, before, after)
    turn(console, after, after)

    assert told(stream) == [
        "12:00:00  prod/web                Stable      Synced, Healthy",
        "12:00:00                          2 of 2 services in sync",
    ]


def test_at_a_start_services_that_are_well_are_only_summed_up(console: Console, stream: io.StringIO) -> None:
    turn(console, OperatorStatus(), operator(well("api"), well("web")))

    assert told(stream) == [
        "12:00:00  desired                 revision 1f2e3d4",
        "12:00:00                          2 of 2 services in sync",
    ]


def test_a_service_that_is_gone_is_told(console: Console, stream: io.StringIO) -> None:
    turn(console, operator(well("api"), verifying("web", "no capacity")), operator(verifying("web", "no capacity")))

    assert told(stream) == ["12:00:00  prod/api                is gone"]


def test_errors_in_specs_are_told_when_they_come_and_when_they_go(console: Console, stream: io.StringIO) -> None:
    broken = replace(operator(), spec_errors=("desired/services/api/service.yml:7:5: unknown field 'prot'",))

    turn(console, operator(), broken)
    turn(console, broken, broken)
    turn(console, broken, operator())

    assert told(stream) == [
        "12:00:00  desired                 desired/services/api/service.yml:7:5: unknown field 'prot'",
        "12:00:00  desired                 every file is valid again",
    ]


def test_a_source_that_is_away_is_told_without_its_credentials(console: Console, stream: io.StringIO) -> None:
    away = replace(operator(), source_error="https://bot:canary@git.example/desired.git: connection refused")

    turn(console, operator(), away)
    turn(console, away, operator())

    assert told(stream) == [
        (
            "12:00:00  desired                 can't be read: https://(sensitive)@git.example/desired.git: "
            "connection refused"
        ),
        "12:00:00  desired                 can be read again",
    ]


def test_what_others_wrote_cannot_steer_the_terminal(console: Console, stream: io.StringIO) -> None:
    console.changed(outcome(result=Result.FAILED, message="\x1b[2Jcleared\nand a line"))

    assert "\x1b" not in stream.getvalue()
    assert len(told(stream)) == 1


def test_a_failed_rollout_is_red_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    failed = replace(well("api"), phase=Phase.FAILED, health=HealthStatus.DEGRADED, reason="release 2 failed")

    turn(Console(terminal, clock_at_noon()), operator(well("api")), operator(failed))

    assert "\x1b[31mFailed      release 2 failed\x1b[0m" in terminal.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()

    turn(Console(terminal, clock_at_noon()), OperatorStatus(), operator(well("api")))

    assert "\x1b" not in terminal.getvalue()


def test_a_terminal_that_is_gone_keeps_nobody_from_working() -> None:
    console = Console(Gone(), clock_at_noon())

    console.changed(outcome(FieldChange("desiredCount", 2, 3)))
    turn(console, OperatorStatus(), operator(well("api")))
    console.say("all is well")
