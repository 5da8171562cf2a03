"""Whose a resource is: an operator that touches what is not its own, or loses what is."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "takes what another installation owns for its own",
        "reconciler/kinds/base.py",
        "if tags.get(OWNER) == scope.owner and tags.get(CLUSTER)",
        "if tags.get(OWNER) and tags.get(CLUSTER)",
        ("tests/loop/test_drift.py::test_what_another_installation_has_made_for_the_same_service_is_left_alone",),
    ),
    Mutant(
        "takes what it owns in another cluster of the region for this one's",
        "reconciler/kinds/base.py",
        "and tags.get(CLUSTER) == scope.cluster and tags.get(SERVICE)",
        "and tags.get(CLUSTER) and tags.get(SERVICE)",
        ("tests/loop/test_prune.py::test_a_service_withdrawn_from_one_cluster_is_removed_there",),
    ),
    Mutant(
        "goes on where somebody else's resource stands in the way",
        "reconciler/plan/planner.py",
        "for foreign in found if foreign]",
        "for foreign in () if foreign]",
        ("tests/loop/test_drift.py::test_a_foreign_resource_of_the_same_name_is_told_as_a_conflict_and_never_changed",),
    ),
    Mutant(
        "does not tell of a stranger's rule that takes its traffic",
        "reconciler/plan/planner.py",
        "if foreign and foreign.priority < rule",
        "if foreign and foreign.priority > rule",
        ("tests/loop/test_handover.py::test_a_strangers_rule_that_takes_our_traffic_is_told_until_it_is_gone",),
    ),
    Mutant(
        "reaches for a record that a broken file may want",
        "reconciler/plan/planner.py",
        "    snapshot = handover.withheld(snapshot, desired, claims)\n",
        "",
        ("tests/loop/test_handover.py::test_the_record_of_a_service_whose_file_is_broken_is_not_reached_for",),
    ),
    Mutant(
        "takes a record over without having read whether its owner is paused",
        "reconciler/plan/policy.py",
        "    plan = _wait_for_a_whole_pass(plan, brakes)\n",
        "",
        (
            "tests/loop/test_pause.py::test_a_pass_over_the_taker_alone_does_not_reach_for_the_record_of_a_paused_service",
        ),
    ),
    Mutant(
        "trusts remembered tags just before a write",
        "reconciler/kinds/base.py",
        "    aws.tags.forget([have.arn])\n",
        "",
        ("tests/loop/test_bad_readings.py::test_a_rule_that_was_let_go_just_before_a_shift_is_left_alone",),
    ),
    Mutant(
        "never reads again the tags that it remembers",
        "reconciler/observe.py",
        "            _refresh_tags(read)\n",
        "            pass\n",
        ("tests/loop/test_drift.py::test_a_tag_that_is_taken_off_a_target_group_by_hand_is_put_back",),
    ),
    Mutant(
        "remembers tags from before its own write",
        "reconciler/aws/gateway.py",
        "            self.tags.forget_after(operation, parameters)\n",
        "            pass\n",
        ("tests/loop/test_blue_green.py::test_the_next_release_goes_back_to_blue_in_six_writes",),
    ),
    Mutant(
        "believes a hash that was copied along with the tags",
        "reconciler/kinds/task_definition.py",
        "return not diff.changes(_verbatim(want.fields), _verbatim(have.fields))",
        "return True",
        (
            "tests/loop/test_drift.py::test_a_revision_that_was_made_from_ours_by_hand_is_not_taken_for_ours_though_it_has_its_tags",
        ),
    ),
    Mutant(
        "lets the ownership record follow in a batch of its own",
        "reconciler/kinds/dns_record.py",
        "for record in [*records, registry]]",
        "for record in records]",
        (
            "tests/loop/test_rolling.py::test_a_new_service_comes_up_with_everything_it_needs_and_then_nothing_is_written_for_100_passes",
        ),
    ),
    Mutant(
        "works in whatever account its credentials are for",
        "reconciler/aws/sessions.py",
        "    if account != cluster.account:\n",
        "    if not account:\n",
        (
            "tests/accounts/test_accounts.py::test_credentials_of_another_account_are_refused_before_the_first_write_and_other_clusters_converge",
        ),
    ),
)
