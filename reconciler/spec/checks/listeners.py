"""Ways in: what they lead to, and what in each cluster they hang on."""

from collections.abc import Iterator

from reconciler.spec.checks.case import Case
from reconciler.spec.errors import SpecError
from reconciler.spec.models import Listener
from reconciler.spec.partial import clear
from reconciler.spec.wording import did_you_mean

_LONGEST_HOST = 128  # of ELB's host-header condition


def check_listeners(case: Case) -> Iterator[SpecError]:
    """Each listener has a load balancer and a zone in each cluster, a container, and a subdomain of its own."""
    for number, listener in enumerate(case.spec.listeners):
        for check in (_load_balancer, _zone, _container, _subdomain, _health_check, _hostname):
            yield from clear(check(case, number, listener))


def _load_balancer(case: Case, number: int, listener: Listener) -> Iterator[SpecError]:
    lacking = [found for found in case.workloads if listener.protocol not in found.cluster.load_balancers]
    if lacking:
        clusters = ", ".join(sorted(found.key.cluster for found in lacking))
        known = {name for found in lacking for name in found.cluster.load_balancers}
        message = f"`{listener.protocol}` is no load balancer of {clusters}; {did_you_mean(listener.protocol, known)}"
        yield case.error(("listeners", number, "protocol"), message)
    elif not case.workloads:
        yield from _nowhere(case, number, listener)


def _nowhere(case: Case, number: int, listener: Listener) -> Iterator[SpecError]:
    """A load balancer that no cluster has, whichever the service may be meant for."""
    specs = [file.spec if file else None for file in case.clusters.values()]
    offered = [spec.load_balancers if spec else {listener.protocol} for spec in specs]
    if offered and not any(listener.protocol in names for names in offered):
        advice = did_you_mean(listener.protocol, {name for names in offered for name in names})
        message = f"`{listener.protocol}` is no load balancer of any cluster; {advice}"
        yield case.error(("listeners", number, "protocol"), message)


def _zone(case: Case, number: int, _: Listener) -> Iterator[SpecError]:
    for workload in case.workloads:
        if not workload.cluster.zone:
            cluster = workload.key.cluster
            advice = f"add it to clusters/{cluster}.yml"
            yield case.error(("listeners", number, "subdomain"), f"`{cluster}` has no `zone` for this record; {advice}")


def _hostname(case: Case, number: int, listener: Listener) -> Iterator[SpecError]:
    for hostname in {found.hostname(listener) for found in case.workloads if found.cluster.zone}:
        if len(hostname) > _LONGEST_HOST:
            message = f"a load balancer compares host names of at most {_LONGEST_HOST} characters"
            advice = f"{hostname} has {len(hostname)}; shorten the subdomain"
            yield case.error(("listeners", number, "subdomain"), f"{message}, and {advice}")


def _container(case: Case, number: int, listener: Listener) -> Iterator[SpecError]:
    if listener.container and listener.container not in case.containers:
        advice = did_you_mean(listener.container, case.containers)
        yield case.error(("listeners", number, "container"), f"unknown container `{listener.container}`; {advice}")


def _subdomain(case: Case, number: int, listener: Listener) -> Iterator[SpecError]:
    twins = [twin for twin in case.spec.listeners if twin.subdomain == listener.subdomain]
    if len(twins) > 1:
        yield case.error(
            ("listeners", number, "subdomain"),
            f"{len(twins)} listeners have the subdomain `{listener.subdomain}`; give each its own",
        )


def _health_check(case: Case, number: int, listener: Listener) -> Iterator[SpecError]:
    check = listener.health_check
    if check.timeout >= check.interval:
        yield case.error(
            ("listeners", number, "health_check", "timeout"),
            f"`timeout` ({check.timeout}) must be below `interval` ({check.interval}); lower it or raise the interval",
        )
