"""What is there: an operator that takes an error, or half of an answer, for the truth."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "takes what could not be read for absent",
        "reconciler/observe.py",
        "    found = [kind.observe(reading, scope) for kind in KINDS]\n",
        "    found = []\n"
        "    for kind in KINDS:\n"
        "        with suppress(AwsError):\n"
        "            found.append(kind.observe(reading, scope))\n",
        ("tests/loop/test_prune.py::test_a_read_that_fails_yields_no_deletion_and_no_conclusion",),
    ),
    Mutant(
        "does not tell that a cluster could not be read",
        "reconciler/observe.py",
        "failed={name: str(error)}))",
        "failed={}))",
        ("tests/loop/test_prune.py::test_a_read_that_fails_yields_no_deletion_and_no_conclusion",),
    ),
    Mutant(
        "takes a listed service that DescribeServices does not know for absent",
        "reconciler/kinds/service.py",
        '            if failure["arn"] in names:  # it was listed',
        '            if failure["arn"] is None:  # it was listed',
        ("tests/loop/test_bad_readings.py::test_a_listed_service_that_ecs_does_not_describe_makes_its_cluster_unread",),
    ),
    Mutant(
        "takes a listing that comes back to an earlier page for whole",
        "reconciler/aws/gateway.py",
        "                raise repeated_page(service, operation, repr(mark))\n",
        "                return\n",
        ("tests/unit/test_gateway.py::test_a_listing_that_comes_back_to_a_page_is_an_error_and_not_a_shorter_list",),
    ),
    Mutant(
        "takes a zone's listing that does not move on for whole",
        "reconciler/kinds/dns_record.py",
        '            raise repeated_page("route53", "ListResourceRecordSets", str(following))\n',
        "            return\n",
        ("tests/unit/test_gateway.py::test_a_zones_listing_that_does_not_move_on_is_an_error_and_not_a_shorter_list",),
    ),
    Mutant(
        "reads the first page of a listing alone",
        "reconciler/aws/gateway.py",
        "            if not mark:\n",
        "            if answer:\n",
        ("tests/unit/test_gateway.py::test_a_listing_is_read_to_its_last_page",),
    ),
    Mutant(
        "moves traffic when what serves is not there for one reading",
        "reconciler/rollout/view.py",
        "        if (slot := self.intended) is not None and slot not in self.slots:\n            return None\n",
        "",
        ("tests/loop/test_bad_readings.py::test_a_partial_reading_of_the_services_moves_no_traffic",),
    ),
    Mutant(
        "never looks again whether an unknown resource is its own",
        "reconciler/observe.py",
        "    _doubt(aws, blueprints.values(), foreign)\n",
        "",
        ("tests/loop/test_drift.py::test_tags_that_come_late_after_a_creation_are_found_without_a_sweep",),
    ),
    Mutant(
        "trusts its machine's clock rather than AWS's time",
        "reconciler/clock.py",
        "return self.machine.now() + self._error",
        "return self.machine.now()",
        ("tests/loop/test_clock.py::test_a_bake_is_as_long_as_ever_when_it_goes_on_where_the_clock_is_wrong",),
    ),
    Mutant(
        "lets all services of a cluster wait for one",
        "reconciler/execute/executor.py",
        "groupby(plan.actions, key=lambda action: action.id.key)",
        'groupby(plan.actions, key=lambda action: ServiceKey(action.id.key.cluster, ""))',
        (
            "tests/loop/test_patience.py::test_a_refused_write_does_not_end_the_turn_of_another_service_in_the_same_pass",
        ),
    ),
)
