"""What is written: an operator that assumes how a write ended, or writes what need not be written."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "repeats a write that may have been done",
        "reconciler/aws/gateway.py",
        "return error.kind is ErrorClass.TRANSIENT or (read and error.kind is ErrorClass.AMBIGUOUS)",
        "return error.kind in (ErrorClass.TRANSIENT, ErrorClass.AMBIGUOUS)",
        ("tests/unit/test_gateway.py::test_a_write_whose_answer_is_lost_is_not_made_twice",),
    ),
    Mutant(
        "assumes that a write was done when its answer is lost",
        "reconciler/execute/executor.py",
        "    ErrorClass.AMBIGUOUS: Result.RETRY,\n",
        "    ErrorClass.AMBIGUOUS: Result.DONE,\n",
        ("tests/loop/test_between.py::test_no_weight_moves_before_its_record_is_known_to_be_made",),
    ),
    Mutant(
        "gives up a call at the first throttle",
        "reconciler/aws/gateway.py",
        "retry=retry_if_exception(lambda error: _may_repeat(error, read=read))",
        "retry=retry_if_exception(lambda _: False)",
        ("tests/unit/test_gateway.py::test_what_aws_throttles_is_tried_again",),
    ),
    Mutant(
        "calls on as fast as before when AWS throttles",
        "reconciler/aws/gateway.py",
        "                budget.throttled(started)\n",
        "                pass\n",
        ("tests/unit/test_gateway.py::test_after_an_answer_that_throttles_calls_are_made_more_slowly",),
    ),
    Mutant(
        "goes on with a service after a write that was not done",
        "reconciler/execute/executor.py",
        '            blocked = blocked or f"waits for {action.verb} {action.id}"\n',
        '            blocked = ""\n',
        (
            "tests/lease/test_writes.py::test_a_write_that_is_not_sent_is_to_be_tried_again_and_the_rest_of_its_service_waits",
        ),
    ),
    Mutant(
        "begins further writes after it was told to stop",
        "reconciler/execute/executor.py",
        "        if stop.is_set():\n",
        "        if stop is None:\n",
        ("tests/loop/test_between.py::test_once_it_is_told_to_stop_no_further_write_begins",),
    ),
    Mutant(
        "tries a refused service again and again at the same pace",
        "reconciler/loop.py",
        "min(_LONGEST_BACKOFF, _AFTER_A_WRITE * 2 ** self._tries[key])",
        "10 * _AFTER_A_WRITE",
        (
            "tests/loop/test_patience.py::test_a_shift_that_is_denied_is_tried_later_and_later_and_done_when_it_is_allowed",
        ),
    ),
    Mutant(
        "writes the time of a shift anew in each pass",
        "reconciler/rollout/weights.py",
        "    elif view.shifted_at is None and view.as_intended:\n",
        "    elif view.as_intended:\n",
        (
            "tests/loop/test_blue_green.py::test_a_first_release_comes_up_in_blue_and_then_nothing_is_written_for_100_passes",
        ),
    ),
    Mutant(
        "takes AWS's own defaults for drift",
        "reconciler/diff.py",
        "        for key, value in want.items():\n            yield from _walk(value,",
        "        for key, value in {**(dict.fromkeys(live) if path else {}), **want}.items():\n"
        "            yield from _walk(value,",
        (
            "tests/loop/test_rolling.py::test_a_new_service_comes_up_with_everything_it_needs_and_then_nothing_is_written_for_100_passes",
        ),
    ),
    Mutant(
        "sets the number of tasks that an autoscaler owns",
        "reconciler/plan/planner.py",
        "for name, value in wanted.fields.items() if name not in wanted.once}",
        "for name, value in wanted.fields.items()}",
        ("tests/loop/test_drift.py::test_a_count_that_an_autoscaler_owns_is_left_alone",),
    ),
    Mutant(
        "registers a release anew in every pass",
        "reconciler/observe.py",
        "        if match:\n            registered",
        "        if match and not services:\n            registered",
        (
            "tests/loop/test_rolling.py::test_an_operator_killed_between_registration_and_update_registers_nothing_twice",
        ),
    ),
)
