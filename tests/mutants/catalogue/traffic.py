"""Who gets the traffic: an operator that moves it too soon, too late, or to nobody."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "shifts traffic before as many targets are healthy as serve",
        "reconciler/rollout/blue_green.py",
        "if not new.deployed or new.healthy < walk.needed:",
        "if not new.deployed:",
        ("tests/loop/test_between.py::test_a_target_that_is_lost_once_all_are_deployed_is_waited_for",),
    ),
    Mutant(
        "shifts traffic before the new colour is deployed or healthy",
        "reconciler/rollout/blue_green.py",
        "if not new.deployed or new.healthy < walk.needed:",
        "if False:",
        ("tests/loop/test_blue_green.py::test_a_release_stands_up_verifies_shifts_bakes_and_retires",),
    ),
    Mutant(
        "does not look at the destination's health just before a shift",
        "reconciler/execute/executor.py",
        "        if health.healthy < least:\n",
        "        if health.healthy < 0:\n",
        ("tests/loop/test_between.py::test_targets_that_are_lost_just_before_a_shift_stop_it",),
    ),
    Mutant(
        "asks for no healthy target behind a weight that rises",
        "reconciler/rollout/assembly.py",
        "arns[groups[slot].resource]: part_of(max(serving), split[slot])",
        "arns[groups[slot].resource]: 0",
        ("tests/loop/test_between.py::test_targets_that_are_lost_just_before_a_shift_stop_it",),
    ),
    Mutant(
        "goes back to a colour that cannot carry the traffic when the new one falls sick",
        "reconciler/rollout/blue_green.py",
        "    fit = [view for view in old if view.healthy >= max(1, serving.healthy)]\n",
        "    fit = old\n",
        ("tests/loop/test_between.py::test_a_sick_release_is_not_held_back_while_nothing_else_could_serve",),
    ),
    Mutant(
        "goes back to a colour that cannot carry the traffic once a release is held back",
        "reconciler/rollout/blue_green.py",
        "(view for view in others if view.healthy >= max(1, serving.healthy))",
        "iter(others)",
        ("tests/loop/test_between.py::test_a_release_that_failed_keeps_the_traffic_until_another_colour_can_carry_it",),
    ),
    Mutant(
        "counts a shift as done before it has read the weights back",
        "reconciler/rollout/weights.py",
        "        tags[SHIFTED_AT] = PENDING\n",
        "        tags[SHIFTED_AT] = stamp(now)\n",
        ("tests/loop/test_blue_green.py::test_an_operator_killed_between_the_record_of_a_shift_and_the_shift_goes_on",),
    ),
    Mutant(
        "retires the old colour though the weights were not read back",
        "reconciler/rollout/blue_green.py",
        "times = [rule.shifted_at if rule.as_intended else None for rule in ruling]",
        "times = [rule.shifted_at or serving.primary.since for rule in ruling if serving.primary]",
        (
            "tests/loop/test_blue_green.py::test_an_operator_killed_between_the_record_of_a_shift_and_the_shift_goes_on",
            "tests/loop/test_blue_green.py::test_a_release_stands_up_verifies_shifts_bakes_and_retires",
        ),
    ),
    Mutant(
        "retires the old colour without a bake",
        "reconciler/rollout/blue_green.py",
        "    ends = shifted + _bake_time(scene)\n",
        "    ends = shifted\n",
        ("tests/loop/test_blue_green.py::test_a_release_stands_up_verifies_shifts_bakes_and_retires",),
    ),
    Mutant(
        "retires the old colour before its targets have drained",
        "reconciler/rollout/blue_green.py",
        "seconds=max(rollout.bake + rollout.scaleDownDelay, rolling.drain(scene))",
        "seconds=rollout.bake",
        ("tests/loop/test_between.py::test_the_old_colour_stands_by_for_its_bake_and_until_its_targets_have_drained",),
    ),
    Mutant(
        "scales a failed colour down while requests still drain",
        "reconciler/rollout/blue_green.py",
        "if scene.now < shifted + _standby(scene, serving, failed):",
        "if scene.now < shifted:",
        ("tests/loop/test_blue_green.py::test_a_release_that_falls_sick_during_the_bake_is_taken_back",),
    ),
    Mutant(
        "retires the old colour though the new one is not whole",
        "reconciler/rollout/blue_green.py",
        "    if serving.healthy < max(1, wanted):\n",
        "    if serving.healthy < 0:\n",
        ("tests/loop/test_between.py::test_the_old_colour_stays_while_the_new_one_has_lost_a_target",),
    ),
    Mutant(
        "does not watch the new colour during the bake",
        "reconciler/rollout/blue_green.py",
        "if serving.healthy < part_of(proven, scene.blueprint.workload.spec.rollout.minHealthy):",
        "if serving.healthy < 0:",
        ("tests/loop/test_blue_green.py::test_a_release_that_falls_sick_during_the_bake_is_taken_back",),
    ),
    Mutant(
        "puts no weight on anything",
        "reconciler/rollout/weights.py",
        "slot: split.get(slot, 0) for slot in groups",
        "slot: 0 for slot in groups",
        (
            "tests/loop/test_blue_green.py::test_a_first_release_comes_up_in_blue_and_then_nothing_is_written_for_100_passes",
        ),
    ),
    Mutant(
        "starts tasks in a target group before a rule leads to it",
        "reconciler/kinds/__init__.py",
        "(task_definition, target_group, listener_rule, service, dns_record)",
        "(task_definition, target_group, service, listener_rule, dns_record)",
        (
            "tests/loop/test_blue_green.py::test_a_first_release_comes_up_in_blue_and_then_nothing_is_written_for_100_passes",
        ),
    ),
    Mutant(
        "does not notice that somebody else has moved the weights",
        "reconciler/rollout/weights.py",
        "return self.shifted_at is not None and not self.as_intended",
        "return False",
        (
            "tests/loop/test_blue_green.py::test_weights_that_somebody_else_moved_are_put_back_twice_and_then_left_alone",
        ),
    ),
    Mutant(
        "fights for ever with whoever moves the weights",
        "reconciler/rollout/__init__.py",
        "    if flips < MOST_FLIPS:\n",
        "    if flips:\n",
        (
            "tests/loop/test_blue_green.py::test_weights_that_somebody_else_moved_are_put_back_twice_and_then_left_alone",
        ),
    ),
    Mutant(
        "shifts by a reading that somebody has outdated",
        "reconciler/execute/executor.py",
        "    if guard.unchanged and now.fields != live.fields:\n",
        "    if guard.unchanged and now.id != live.id:\n",
        ("tests/loop/test_between.py::test_weights_that_somebody_moves_just_before_a_shift_stop_it",),
    ),
    Mutant(
        "gives two rules one priority",
        "reconciler/kinds/listener_rule.py",
        "for priority in behind if priority not in taken)",
        "for priority in behind)",
        (
            "tests/loop/test_handover.py::test_a_host_that_moves_to_another_service_never_goes_without_an_answer",
            "tests/loop/test_between.py::test_two_rules_that_would_have_the_same_priority_are_made_in_one_pass",
        ),
    ),
    Mutant(
        "gives two rules of one plan one priority",
        "reconciler/plan/planner.py",
        'if "Priority" in action.call.parameters:',
        'if "priority" in action.call.parameters:',
        ("tests/loop/test_between.py::test_two_rules_that_would_have_the_same_priority_are_made_in_one_pass",),
    ),
    Mutant(
        "lets a host name go before its next service answers",
        "reconciler/plan/planner.py",
        "_in_order(_in_turn(turns, given, whole=whole), ",
        "_in_order(turns, ",
        ("tests/loop/test_handover.py::test_a_host_that_moves_to_another_service_never_goes_without_an_answer",),
    ),
    Mutant(
        "takes a record away and makes it anew when a host name changes hands",
        "reconciler/plan/planner.py",
        "    snapshot = handover.taken_over(snapshot, changing)\n",
        "",
        ("tests/loop/test_handover.py::test_a_host_that_moves_to_another_service_never_goes_without_an_answer",),
    ),
)
