"""The listeners of the sandbox's load balancers, and their rules as they are at this moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import elbv2_backends

from reconciler.sandbox.traffic.rules import Rule, read


@dataclass(frozen=True)
class Listener:
    """One listener: of which load balancer, and on which port of it."""

    account: str
    region: str
    balancer: str
    arn: str
    name: str
    port: int

    def rules(self) -> tuple[Rule, ...]:
        """Its rules now; none when it was deleted."""
        balancer = elbv2_backends[self.account][self.region].load_balancers.get(self.balancer)
        listener = balancer.listeners.get(self.arn) if balancer else None
        return tuple(read(rule) for rule in listener.rules.values()) if listener else ()


def listeners() -> Iterator[Listener]:
    """Every listener of every account and region."""
    for account, regions in list(elbv2_backends.items()):
        for region, backend in list(regions.items()):
            yield from _of(account, region, backend)


def _of(account: str, region: str, backend: Any) -> Iterator[Listener]:
    for balancer in backend.load_balancers.values():
        for each in balancer.listeners.values():
            yield Listener(account, region, balancer.arn, each.arn, balancer.name, int(each.port))
