"""Who leads: an operator that writes though another one may."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "writes without a look at the lease",
        "reconciler/aws/gateway.py",
        "            self._permit(service, operation)  # after",
        "            _ = operation  # after",
        (
            "tests/lease/test_writes.py::test_a_write_that_is_not_sent_is_to_be_tried_again_and_the_rest_of_its_service_waits",
        ),
    ),
    Mutant(
        "begins a write that its lease may not outlive",
        "reconciler/store/lease.py",
        "    if left < NEEDED:\n",
        "    if left < timedelta():\n",
        (
            "tests/lease/test_schedules.py::test_two_never_write_at_once_epochs_only_grow_and_a_dead_leader_is_replaced_in_time",
            "tests/lease/test_election.py::test_a_leader_that_cannot_renew_stops_writing_before_its_time_is_over_and_then_follows",
        ),
    ),
    Mutant(
        "takes the lease whatever the table holds by then",
        "reconciler/store/table.py",
        "Item=item, **dict(_condition(put.replaces)))",
        "Item=item)",
        ("tests/lease/test_table.py::test_a_write_that_replaces_another_item_than_is_there_takes_no_effect",),
    ),
    Mutant(
        "takes a lease for its own that it was refused",
        "reconciler/store/table.py",
        '        if error.code == "ConditionalCheckFailedException":\n                return False\n',
        '        if error.code == "ConditionalCheckFailedException":\n                return True\n',
        ("tests/lease/test_table.py::test_a_write_that_replaces_another_item_than_is_there_takes_no_effect",),
    ),
    Mutant(
        "takes a lease over before its holder's time is up",
        "reconciler/store/lease.py",
        "    unchanged, look = view.since + view.ttl,",
        "    unchanged, look = view.since + view.ttl / 2,",
        (
            "tests/lease/test_schedules.py::test_two_never_write_at_once_epochs_only_grow_and_a_dead_leader_is_replaced_in_time",
        ),
    ),
    Mutant(
        "leads on though it has read that another one holds the lease",
        "reconciler/store/lease.py",
        "    return after if after.holds else replace(after, until=None)\n",
        "    return after\n",
        ("tests/lease/test_election.py::test_a_leader_that_was_replaced_ends_its_term_and_follows",),
    ),
    Mutant(
        "keeps the lease when it stops",
        "reconciler/store/election.py",
        "        if put := lease.release(self._view):\n            self._ask(put)\n",
        "        lease.release(self._view)\n",
        ("tests/lease/test_election.py::test_a_lease_that_was_let_go_of_is_taken_at_once_and_let_go_of_at_the_end",),
    ),
)
