"""What goes: an operator that removes too much, too soon, or by force."""

from tests.mutants.mutant import Mutant

DELETED = "tests/loop/test_prune.py::test_a_deleted_directory_takes_all_that_the_service_owned_in_reverse_order"
OWN_SERVICE = (
    "tests/loop/test_prune.py::test_the_operators_own_service_is_left_alone_though_declared_and_marked_as_owned"
)
MUTANTS = (
    Mutant(
        "deletes without a live read just before",
        "reconciler/execute/executor.py",
        "if action.guard and (objection :=",
        "if action.guard and action.guard.unchanged and (objection :=",
        (DELETED,),
    ),
    Mutant(
        "removes by one reading alone",
        "reconciler/plan/policy.py",
        "    return _wait_for_a_second_reading(plan, brakes)\n",
        "    return plan\n",
        ("tests/loop/test_prune.py::test_a_removal_is_first_planned_and_done_only_when_a_second_reading_agrees",),
    ),
    Mutant(
        "remembers a removal that was wanted once as still wanted",
        "reconciler/loop.py",
        "            self._seen = frozenset(",
        "            self._seen |= frozenset(",
        ("tests/loop/test_prune.py::test_a_directory_that_comes_back_before_the_second_reading_loses_nothing",),
    ),
    Mutant(
        "removes any number of services at once",
        "reconciler/plan/policy.py",
        "    plan = _brake_on_prunes(plan, brakes)\n",
        "",
        ("tests/loop/test_prune.py::test_more_than_a_third_of_the_services_wait_for_a_person",),
    ),
    Mutant(
        "takes a confirmation for good for every later revision",
        "reconciler/plan/policy.py",
        "return confirmation is not None and intents.names(confirmation.revision, revision)",
        "return confirmation is not None and bool(revision)",
        ("tests/loop/test_prune.py::test_a_confirmation_is_good_for_the_revision_it_was_given_for_and_no_other",),
    ),
    Mutant(
        "takes a confirmation for one cluster for one of all",
        "reconciler/plan/policy.py",
        "for key in keys if not self.confirms(key.cluster, revision)",
        "for key in keys if not any(self.confirms(name, revision) for name in self.confirmed)",
        ("tests/loop/test_prune.py::test_a_confirmation_for_one_cluster_removes_nothing_in_another",),
    ),
    Mutant(
        "deletes everything when desired/ is empty",
        "reconciler/plan/policy.py",
        "    plan = _keep_all_when_nothing_is_desired(plan, brakes)\n",
        "",
        ("tests/loop/test_prune.py::test_the_last_service_is_not_removed_without_a_word",),
    ),
    Mutant(
        "removes its own service",
        "reconciler/plan/policy.py",
        "    plan = _spare_the_operator(plan, brakes)\n",
        "",
        (OWN_SERVICE,),
    ),
    Mutant(
        "changes its own service, and only does not remove it",
        "reconciler/plan/policy.py",
        "return _leave_alone(plan, Policy.OWN_SERVICE, why, lambda key: key.service == brakes.operator)",
        "return _hold(plan, Policy.OWN_SERVICE, why, lambda it: it.prunes and it.id.key.service == brakes.operator)",
        (OWN_SERVICE,),
    ),
    Mutant(
        "takes a service in a submodule for one that was deleted",
        "reconciler/source/mirror.py",
        "unreadable=elsewhere\n            | {",
        "unreadable={",
        ("tests/source/test_git_reading.py::test_a_service_in_a_submodule_is_told_and_not_taken_for_deleted",),
    ),
    Mutant(
        "removes a service whose file is broken",
        "reconciler/plan/planner.py",
        "if key.cluster in desired.clusters and not desired.protects(key))",
        "if key.cluster in desired.clusters)",
        ("tests/loop/test_prune.py::test_a_broken_file_leaves_its_own_service_untouched_and_every_other_one_working",),
    ),
    Mutant(
        "removes a service that may be called otherwise now in a file that is broken",
        "reconciler/plan/planner.py",
        "        doubt = _doubt(desired, snapshot)\n",
        '        doubt = ""\n',
        ("tests/loop/test_handover.py::test_a_renamed_service_whose_file_has_a_mistake_keeps_its_former_self",),
    ),
    Mutant(
        "looks for leftovers in a reading of some services alone",
        "reconciler/plan/planner.py",
        "    if whole:\n        doubt",
        "    if snapshot:\n        doubt",
        ("tests/loop/test_prune.py::test_a_pass_over_some_services_removes_none_of_them",),
    ),
    Mutant(
        "deletes by force",
        "reconciler/kinds/service.py",
        'Call("ecs", "DeleteService", where)',
        'Call("ecs", "DeleteService", {**where, "force": True})',
        (DELETED,),
    ),
    Mutant(
        "deletes a target group that a rule still leads to",
        "reconciler/plan/planner.py",
        'if _drains(live) or live.status.get("load_balancers"):',
        "if _drains(live):",
        (
            "tests/loop/test_handover.py::test_a_group_that_a_strangers_rule_leads_to_stays_and_is_told_until_that_rule_is_gone",
        ),
    ),
    Mutant(
        "deletes what the service's own rule still refers to",
        "reconciler/plan/planner.py",
        "return [live for live in rest if not _refers(kept, live.arn)]",
        "return rest",
        (
            "tests/loop/test_midway.py::test_the_groups_of_a_removed_listener_go_as_soon_as_no_colour_is_attached_to_them",
        ),
    ),
    Mutant(
        "takes things down in the order in which they were made",
        "reconciler/plan/planner.py",
        "(-_POSITION[live.id.kind], live.id)",
        "(_POSITION[live.id.kind], live.id)",
        (DELETED,),
    ),
    Mutant(
        "deletes and makes anew what cannot be changed in place",
        "reconciler/kinds/listener_rule.py",
        "        raise NeedsReplacementError(want.id, moved)\n",
        "        return (remove(have, cause),)\n",
        (
            "tests/loop/test_drift.py::test_a_listener_that_would_move_to_another_load_balancer_is_refused_with_what_to_do",
        ),
    ),
    Mutant(
        "deregisters the task definition before when it registers the next",
        "reconciler/plan/planner.py",
        "changes=_content_changes(wanted, snapshot)) for action in actions)\n",
        "changes=_content_changes(wanted, snapshot)) for action in actions)\n"
        "        actions += tuple(\n"
        '            replace(actions[0], call=replace(actions[0].call, operation="DeregisterTaskDefinition",\n'
        '            parameters={"taskDefinition": arn})) for arn in snapshot.definitions\n'
        "        )\n",
        ("tests/loop/test_blue_green.py::test_a_release_stands_up_verifies_shifts_bakes_and_retires",),
    ),
)
