"""What looking at 400 services costs in calls, counted by a hook in botocore and held against the least possible."""

from collections import Counter

from tests.scale.fleet import Fleet, operations, writes

LEAST = 56
"""Listing and describing 400 ECS services 44, rules and target groups 10, a zone of 600 records 2."""

WARM_SWEEP = """\
DescribeClusters         1  extra: tags of ECS clusters, where people leave what they want of the operator
ListServices             4
DescribeServices        40
DescribeRules            8  one for each listener
DescribeTargetGroups     1
DescribeTags             3  extra: tags of 60 rules and groups, in turn, so that a stranger's edit is found
ListResourceRecordSets   5  extra: A, AAAA and TXT make three records of a host name
total                   62"""

WARM = Counter({line[:22].strip(): int(line[22:26]) for line in WARM_SWEEP.splitlines()})

HOURLY_SWEEP = """\
DescribeLoadBalancers    1  extra: what the cluster file refers to, in case it was modified
DescribeListeners        8  extra: of each load balancer
ListHostedZonesByName    1  extra"""

FIRST_SWEEP = f"""\
GetCallerIdentity        1  before anything else
{HOURLY_SWEEP}
DescribeTaskDefinition 400  a revision never changes: read once
DescribeTags            44  of all rules and groups, 20 a call"""


def test_warm_sweeps_over_400_services_write_nothing_and_make_at_most_a_fifth_more_calls_than_it_takes(
    fleet: Fleet,
) -> None:
    for sent in (fleet.sweep(), fleet.sweep(), fleet.sweep()):
        calls = operations(sent)
        assert table(calls, WARM_SWEEP) == WARM_SWEEP
        assert calls.total() <= LEAST * 1.2
        assert writes(sent) == []


def test_once_an_hour_a_sweep_also_looks_at_what_cluster_files_refer_to(fleet: Fleet) -> None:
    fleet.clock.step(3600)
    sent = operations(fleet.sweep())
    assert table(sent - WARM, HOURLY_SWEEP) == HOURLY_SWEEP


def test_a_first_sweep_also_reads_each_definition_and_tag_once(fleet: Fleet) -> None:
    fleet.restart()
    sent = operations(fleet.sweep())
    assert table(sent - WARM, FIRST_SWEEP) == FIRST_SWEEP


def table(calls: Counter[str], like: str) -> str:
    """The counts in the order and with the remarks of another table; what that does not know comes last."""
    remarks = {line.split()[0]: line[26:] for line in like.splitlines()}
    counts = {**calls, **({"total": calls.total()} if "total" in remarks else {})}
    names = [name for name in remarks if name in counts] + sorted(counts.keys() - remarks.keys())
    return "\n".join(f"{name:<22} {counts[name]:>3}{remarks.get(name, '  new')}" for name in names)
