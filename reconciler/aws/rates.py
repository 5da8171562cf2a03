"""AWS's published request rates, as token buckets that everything which calls AWS in one process shares.

(burst, refill per second), per account and region; Route 53 knows no region. Sources: "Request throttling for the
Amazon ECS API", "Request throttling for the Elastic Load Balancing API", "Quotas" of the Route 53 developer guide.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from reconciler.clock import Clock


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket's size and how fast it fills."""

    burst: int
    per_second: float


ECS_SERVICE_MODIFY = Rate(50, 5)
ECS_SERVICE_READ = Rate(100, 20)
ECS_DEFINITION_MODIFY = Rate(20, 1)
ECS_DEFINITION_READ = Rate(50, 20)
ECS_CLUSTER_READ = Rate(50, 20)
ECS_TAG_MODIFY = Rate(20, 10)
ELB_DESCRIBE = Rate(40, 10)
ELB_MUTATE = Rate(20, 3)
ROUTE_53 = Rate(5, 5)
OTHER = Rate(20, 10)

_ECS = {
    "CreateService": ECS_SERVICE_MODIFY,
    "UpdateService": ECS_SERVICE_MODIFY,
    "DeleteService": ECS_SERVICE_MODIFY,
    "DescribeServices": ECS_SERVICE_READ,
    "ListServices": ECS_SERVICE_READ,
    "RegisterTaskDefinition": ECS_DEFINITION_MODIFY,
    "DeregisterTaskDefinition": ECS_DEFINITION_MODIFY,
    "DescribeTaskDefinition": ECS_DEFINITION_READ,
    "DescribeClusters": ECS_CLUSTER_READ,
    "TagResource": ECS_TAG_MODIFY,
    "UntagResource": ECS_TAG_MODIFY,
}


def rate_of(service: str, operation: str) -> Rate:
    """The rate group that AWS counts a call in."""
    if service == "ecs":
        return _ECS.get(operation, OTHER)
    if service == "elbv2":
        return ELB_DESCRIBE if operation.startswith("Describe") else ELB_MUTATE
    return ROUTE_53 if service == "route53" else OTHER


LEAST_SHARE = 1 / 32
_SPARE = 1 / 4
_RECOVERY = 1 / 32


class Bucket:
    """Tokens that refill with time; `take` says how long to wait for one.

    Others may spend of the same allowance: an answer that throttles halves the `share` of the rate that is used, each
    success takes back a little of it. Calls that were on their way together and are all throttled halve it once.
    """

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate, self._clock = rate, clock
        self._tokens, self._at = float(rate.burst), clock.now()
        self._halved_at: datetime | None = None
        self._lock = threading.Lock()
        self.share = 1.0

    def take(self, *, patient: bool = False) -> float:
        """Take a token, on credit if need be; returns the seconds until it is really there.

        Who is `patient` waits until there are some to spare as well: those who are not find a few at any time. Of a
        share, fewer: waiting for them takes no longer when little comes in.
        """
        with self._lock:
            self._refill(self._clock.now())
            self._tokens -= 1
            spare = self._rate.burst * self.share * _SPARE if patient else 0
            return max(0.0, (spare - self._tokens) / self._per_second)

    def throttled(self, sent: datetime) -> None:
        """AWS asked for fewer calls: nothing is left of the burst, and half as much comes after it.

        A call that was `sent` before the last time says nothing of the rate since.
        """
        with self._lock:
            now = self._clock.now()
            self._refill(now)
            self._tokens = min(self._tokens, 0.0)
            if self._halved_at is None or sent > self._halved_at:
                self.share, self._halved_at = max(LEAST_SHARE, self.share / 2), now

    def succeeded(self) -> None:
        """AWS answered."""
        with self._lock:
            self._refill(self._clock.now())
            self.share = min(1.0, self.share + _RECOVERY)

    @property
    def _per_second(self) -> float:
        return self._rate.per_second * self.share

    def _refill(self, now: datetime) -> None:
        elapsed = max(0.0, (now - self._at).total_seconds())
        self._tokens = min(self._rate.burst, self._tokens + elapsed * self._per_second)
        self._at = now


class Budgets:
    """The buckets of every account and region that the operator works in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, int], Bucket] = {}

    def bucket(self, account: str, region: str, service: str, operation: str) -> Bucket:
        """The bucket that AWS counts a call in."""
        rate = rate_of(service, operation)
        where = "" if service == "route53" else region
        with self._lock:
            return self._buckets.setdefault((account, where, id(rate)), Bucket(rate, self._clock))
