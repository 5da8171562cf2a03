"""What shares a request rate: AWS counts by account and region, and Route 53 by account alone."""

from reconciler.aws import Budgets
from reconciler.clock import SteppedClock


def waits(budgets: Budgets, place: tuple[str, str], call: tuple[str, str], calls: int) -> list[float]:
    """Seconds that each of so many calls has to wait."""
    return [budgets.bucket(*place, *call).take() for _ in range(calls)]


def test_clusters_in_two_regions_share_what_route_53_allows_the_account() -> None:
    budgets = Budgets(SteppedClock())
    records = ("route53", "ListResourceRecordSets")
    assert max(waits(budgets, ("1", "us-east-1"), records, 5)) == 0
    assert min(waits(budgets, ("1", "eu-west-1"), records, 5)) > 0
    assert max(waits(budgets, ("2", "us-east-1"), records, 5)) == 0


def test_a_region_that_is_out_of_calls_leaves_the_others_theirs() -> None:
    budgets = Budgets(SteppedClock())
    rules = ("elbv2", "DescribeRules")
    assert max(waits(budgets, ("1", "us-east-1"), rules, 60)) > 0
    assert max(waits(budgets, ("1", "eu-west-1"), rules, 5)) == 0
