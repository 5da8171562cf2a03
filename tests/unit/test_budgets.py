"""What shares a request rate: AWS counts by account and region, and Route 53 by account alone."""

from reconciler.aws import Budgets
from reconciler.aws.rates import ELB_MUTATE, LEAST_SHARE, Bucket
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


def throttled(times: int) -> Bucket:
    """A bucket that AWS has throttled so many times, and that is then left alone for long enough to be full again."""
    clock = SteppedClock()
    bucket = Budgets(clock).bucket("1", "us-east-1", "elbv2", "CreateRule")
    throttle(bucket, clock, times)
    clock.step(10_000)
    return bucket


def throttle(bucket: Bucket, clock: SteppedClock, times: int) -> None:
    """One call after the other is throttled."""
    for _ in range(times):
        clock.step(1)
        bucket.throttled(clock.now())


def test_an_answer_that_throttles_halves_the_rate_and_spends_the_burst() -> None:
    clock = SteppedClock()
    bucket = Budgets(clock).bucket("1", "us-east-1", "elbv2", "CreateRule")
    throttle(bucket, clock, 1)
    assert bucket.take() == 1 / (ELB_MUTATE.per_second / 2)


def test_calls_that_were_on_their_way_together_and_are_all_throttled_halve_the_rate_once() -> None:
    clock = SteppedClock()
    bucket = Budgets(clock).bucket("1", "us-east-1", "elbv2", "CreateRule")
    sent = clock.now()
    for _ in range(8):
        clock.step(0.01)
        bucket.throttled(sent)
    assert bucket.share == 1 / 2


def test_a_rate_never_falls_to_nothing() -> None:
    assert throttled(100).share == LEAST_SHARE


def test_success_takes_the_rate_back_little_by_little() -> None:
    bucket = throttled(3)
    shares = []
    for _ in range(100):
        bucket.succeeded()
        shares.append(bucket.share)
    assert shares == sorted(shares)
    assert (shares[0] < 1 / 4, shares[-1]) == (True, 1)


def test_who_is_patient_leaves_a_part_of_each_rate_to_who_is_not() -> None:
    bucket = Budgets(SteppedClock()).bucket("1", "us-east-1", "elbv2", "DescribeRules")
    while bucket.take(patient=True) == 0:
        pass
    assert [bucket.take() for _ in range(5)] == [0.0] * 5


def test_who_is_patient_waits_for_seconds_even_where_aws_has_throttled_for_long() -> None:
    clock = SteppedClock()
    bucket = Budgets(clock).bucket("1", "us-east-1", "elbv2", "DescribeRules")
    throttle(bucket, clock, 100)
    assert bucket.take(patient=True) < 5
