"""When a release has failed, and who may hold one up: an operator without deadlines, a memory, or brakes."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "waits for ever for a colour that never becomes healthy",
        "reconciler/rollout/blue_green.py",
        "    if scene.now >= deadline:\n",
        "    if scene.now < began:\n",
        ("tests/loop/test_blue_green.py::test_a_release_that_never_starts_is_taken_back_at_the_operators_deadline",),
    ),
    Mutant(
        "waits for ever for a rolling release that never starts",
        "reconciler/rollout/rolling.py",
        "    if scene.now >= _deadline(scene, deployment):\n",
        "    if scene.now < deployment.since:\n",
        ("tests/loop/test_rolling.py::test_a_release_that_never_starts_is_taken_back_at_the_operators_deadline",),
    ),
    Mutant(
        "tries a failed release again and again",
        "reconciler/rollout/quarantine.py",
        "        return self.release == release\n",
        "        return False\n",
        ("tests/loop/test_rolling.py::test_a_failed_release_is_not_tried_again_until_the_spec_changes",),
    ),
    Mutant(
        "never tries a release again that failed once",
        "reconciler/rollout/assembly.py",
        "        return Quarantine.lifted(self.now).tag()\n",
        "        return {}\n",
        ("tests/loop/test_rolling.py::test_the_same_release_may_be_tried_again_after_the_spec_went_back",),
    ),
    Mutant(
        "takes a release that ECS has rolled back for one that succeeded",
        "reconciler/rollout/view.py",
        "        return _GOES_BACK in self.reason\n",
        "        return False\n",
        (
            "tests/loop/test_rolling.py::test_a_release_that_crashes_is_rolled_back_by_ecs_and_told_as_failed",
            "tests/loop/test_rolling.py::test_a_release_taken_back_while_ecs_rolls_it_back_is_no_failure_of_the_release_before",
        ),
    ),
    Mutant(
        "does not ask ECS why a release was rolled back while nobody watched",
        "reconciler/rollout/rolling.py",
        "    if gave_up := _gave_up(scene, slot):\n        return fail(scene, slot, gave_up)\n",
        "",
        ("tests/loop/test_rolling.py::test_a_rollback_that_happened_while_no_operator_ran_is_told_as_failed_too",),
    ),
    Mutant(
        "changes a service that is paused",
        "reconciler/plan/policy.py",
        "    plan = _heed_pauses(plan, brakes)\n",
        "",
        ("tests/loop/test_pause.py::test_a_paused_service_is_left_alone_and_its_neighbours_are_not",),
    ),
    Mutant(
        "takes over the record of a service that is paused",
        "reconciler/plan/policy.py",
        "if action.giver and covers(action.giver)",
        "if action.giver and covers(action.id.key)",
        ("tests/loop/test_pause.py::test_the_record_of_a_paused_service_stays_when_another_one_asks_for_its_host",),
    ),
    Mutant(
        "pauses for ever what was paused until a time",
        "reconciler/observe.py",
        "pause for pause in told if pause and pause.holds(now)",
        "pause for pause in told if pause",
        ("tests/loop/test_pause.py::test_a_pause_ends_by_itself_and_its_tag_is_left_where_it_is",),
    ),
    Mutant(
        "takes a pause that it cannot read for none",
        "reconciler/intents.py",
        "        return Pause(cluster, service, why=said)\n",
        "        return None\n",
        ("tests/loop/test_pause.py::test_a_tag_written_by_hand_in_a_hurry_is_a_pause_without_an_end",),
    ),
    Mutant(
        "begins releases in a freeze",
        "reconciler/plan/policy.py",
        "    plan = _heed_freezes(plan, brakes)\n",
        "",
        ("tests/loop/test_freeze.py::test_in_a_freeze_no_release_no_repair_no_removal_and_no_creation_begins",),
    ),
    Mutant(
        "stops a rollout in the middle when a freeze begins",
        "reconciler/plan/policy.py",
        "action.id.key.cluster == freeze.cluster and action.id.key not in under_way",
        "action.id.key.cluster == freeze.cluster",
        ("tests/loop/test_freeze.py::test_a_rollout_that_is_under_way_when_the_freeze_begins_goes_to_its_end",),
    ),
    Mutant(
        "leaves a release in the middle when another one comes in a freeze",
        "reconciler/plan/policy.py",
        "if item.phase in _UNDER_WAY or item.interrupts",
        "if item.phase in _UNDER_WAY",
        (
            "tests/loop/test_freeze.py::test_a_release_that_comes_while_another_one_bakes_takes_its_place_in_a_freeze_as_well",
        ),
    ),
    Mutant(
        "lets a confirmation of long ago vouch for a way back",
        "reconciler/plan/lineage.py",
        "return confirmation.at if any(",
        "return datetime.max.replace(tzinfo=UTC) if any(",
        (
            "tests/loop/test_history.py::test_a_revision_that_was_confirmed_once_takes_back_nothing_that_was_applied_since",
        ),
    ),
    Mutant(
        "makes new services by a history that was rewritten",
        "reconciler/plan/lineage.py",
        "applied.get(key) or last.get(key.cluster)",
        "applied.get(key)",
        ("tests/loop/test_history.py::test_a_service_that_comes_with_a_rewritten_history_is_not_made_after_a_restart",),
    ),
    Mutant(
        "follows a branch whose history was rewritten",
        "reconciler/plan/policy.py",
        "    plan = _keep_to_history(plan, brakes)\n",
        "",
        ("tests/loop/test_history.py::test_a_history_without_what_was_applied_changes_nothing_and_says_how_to_agree",),
    ),
    Mutant(
        "forgets which commit was applied when it is restarted",
        "reconciler/loop.py",
        "            applied=last_applied(seen.snapshot),\n",
        "            applied={},\n",
        (
            "tests/loop/test_history.py::test_a_history_without_what_was_applied_changes_nothing_and_says_how_to_agree",
            "tests/loop/test_history.py::test_a_service_that_left_with_a_rewritten_history_is_not_removed",
        ),
    ),
    Mutant(
        "changes any number of services by one commit",
        "reconciler/plan/policy.py",
        "    plan = _brake_on_changes(plan, brakes)\n",
        "",
        (
            "tests/loop/test_change_brake.py::test_a_mass_change_waits_whole_until_its_revision_is_confirmed_over_a_restart_in_the_middle",
        ),
    ),
    Mutant(
        "lets a mass change through in parts",
        "reconciler/plan/policy.py",
        "    counted = tally.changed | changed - tally.former\n",
        "    counted = changed\n",
        ("tests/loop/test_change_brake.py::test_what_a_scoped_pass_sees_of_a_revision_that_was_held_is_held_too",),
    ),
)
