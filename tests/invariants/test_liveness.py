"""L1 to L4, L7, L9, L10: the assertions hold where they should, and fail where they should."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.invariants.estate import Estate, estate
from tests.invariants.liveness import (
    assert_converged,
    assert_converges,
    assert_ends_on_sigterm,
    assert_not_held_up,
    assert_rolled_back,
    assert_same_end,
    assert_tells_its_age,
)
from tests.invariants.portrait import portrait


def test_l1_it_settles_at_the_third_pass() -> None:
    passes: list[int] = []
    assert assert_converges(lambda: passes.append(1), lambda: len(passes) == 3, within=3) == 3


def test_l1_it_does_not_settle_in_time() -> None:
    with pytest.raises(AssertionError, match="L1: not settled after 3 passes"):
        assert_converges(lambda: None, lambda: False, within=3)


def test_l2_passes_that_only_read(web: Estate) -> None:
    assert_converged(lambda: web.read("web-blue"), web.observer, passes=3)


def test_l2_a_pass_that_writes_what_is_already_so(web: Estate) -> None:
    with pytest.raises(AssertionError, match="L2: pass 1 over converged state wrote ecs UpdateService"):
        assert_converged(lambda: web.scale("web-blue", 2), web.observer)


def test_l3_the_same_end_has_the_same_portrait(web: Estate) -> None:
    reference = portrait(web.sandbox)
    web.define("web:never-run")
    web.read_back()
    web.step(30)
    assert_same_end(web.sandbox, reference)


def test_l3_another_sandbox_with_other_ids_has_the_same_portrait() -> None:
    with estate() as one:
        reference = portrait(one.sandbox)
    with estate() as other:
        assert_same_end(other.sandbox, reference)


def leave_a_group(web: Estate) -> None:
    web.group("web-orphan")


def leave_a_second_rule(web: Estate) -> None:
    web.create_rule(priority=11)


def leave_the_weights_elsewhere(web: Estate) -> None:
    web.shift(blue=50, green=50)


def leave_another_release(web: Estate) -> None:
    web.operator.ecs.update_service(cluster="prod", service="web-blue", taskDefinition=web.define("web:2"))


def leave_a_record(web: Estate) -> None:
    web.record("CREATE", "other.prod.example")


@pytest.mark.parametrize(
    "leave", [leave_a_group, leave_a_second_rule, leave_the_weights_elsewhere, leave_another_release, leave_a_record]
)
def test_l3_what_is_left_behind_shows_in_the_portrait(web: Estate, leave: Callable[[Estate], None]) -> None:
    reference = portrait(web.sandbox)
    leave(web)
    with pytest.raises(AssertionError, match="L3"):
        assert_same_end(web.sandbox, reference)


def test_l4_one_pass_later_is_no_hold_up_and_two_are() -> None:
    assert_not_held_up(alone=5, beside_a_failing_one=6)
    with pytest.raises(AssertionError, match="L4"):
        assert_not_held_up(alone=5, beside_a_failing_one=7)


def test_l7_the_survivor_serves_and_the_failed_colour_is_idle(web: Estate) -> None:
    web.create("web-green", web.green, desiredCount=0)
    assert_rolled_back(web.sandbox, "prod/web", "web-blue", told="Failed")


def test_l7_the_failed_colour_still_runs(web: Estate) -> None:
    web.stand_up_green()
    with pytest.raises(AssertionError, match="web-blue should alone run and serve"):
        assert_rolled_back(web.sandbox, "prod/web", "web-blue", told="Failed")


def test_l7_the_failed_colour_has_some_of_the_traffic(web: Estate) -> None:
    web.create("web-green", web.green, desiredCount=0)
    web.shift(web.people, blue=90, green=10)
    with pytest.raises(AssertionError, match="web-blue should alone run and serve"):
        assert_rolled_back(web.sandbox, "prod/web", "web-blue", told="Failed")


def test_l7_it_is_told_as_a_success(web: Estate) -> None:
    with pytest.raises(AssertionError, match="told as Stable"):
        assert_rolled_back(web.sandbox, "prod/web", "web-blue", told="Stable")


METRICS = """
# TYPE reconciler_observe_age_seconds gauge
reconciler_observe_age_seconds{cluster="prod"} 30
# TYPE reconciler_service info
reconciler_service_info{cluster="prod",service="web",sync_status="Synced",health_status="Healthy"} 1
# TYPE reconciler_service_last_in_sync_timestamp_seconds gauge
reconciler_service_last_in_sync_timestamp_seconds{cluster="prod",service="web"} 1767225600
"""


def test_l9_what_is_fresh_may_read_as_in_sync() -> None:
    assert_tells_its_age(METRICS, fresh_for=60)


def test_l9_what_is_stale_may_read_as_unknown() -> None:
    assert_tells_its_age(METRICS.replace("Synced", "Unknown").replace(" 30", " 3000"), fresh_for=60)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('{cluster="prod"} 30', '{cluster="prod"} 3000', "reads as in sync, from 3000"),
        ('{cluster="prod"} 30', '{cluster="test"} 30', "nothing tells how old"),
        (
            'timestamp_seconds{cluster="prod",service="web"}',
            'timestamp_seconds{cluster="prod",service="x"}',
            "was last",
        ),
    ],
)
def test_l9_what_is_stale_or_without_an_age_must_not_read_as_in_sync(line: str, instead: str, said: str) -> None:
    assert line in METRICS
    with pytest.raises(AssertionError, match=said):
        assert_tells_its_age(METRICS.replace(line, instead), fresh_for=60)


WAITING = "print('ready', flush=True); signal.pause()"
ENDING_WELL = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); {WAITING}"
DYING = f"import signal; {WAITING}"


@pytest.mark.process
def test_l10_a_process_that_ends_well() -> None:
    with started(ENDING_WELL) as process:
        assert_ends_on_sigterm(process)


@pytest.mark.process
def test_l10_a_process_that_dies_of_the_signal() -> None:
    with started(DYING) as process, pytest.raises(AssertionError, match="L10: the process ended with -15"):
        assert_ends_on_sigterm(process)


def started(program: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process
