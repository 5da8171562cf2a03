"""Names: an address and its ownership go together, and a name that is somebody's keeps answering."""

from collections.abc import Iterator

from tests.invariants.judged import Write
from tests.invariants.live import ADDRESSES, Host
from tests.invariants.writes import by_host, hosts_after


def s19(write: Write) -> Iterator[str]:
    """A DNS record and its ownership record change in one batch."""
    if write.operation != "ChangeResourceRecordSets":
        return
    after = hosts_after(write.given, write.live)
    for name, changes in by_host(write.given).items():
        kinds = {change["ResourceRecordSet"]["Type"] for change in changes}
        if bool(kinds & ADDRESSES) != ("TXT" in kinds):
            yield f"the batch changes {' and '.join(sorted(kinds))} of {name} alone"
        host = after.get(name, Host(name))
        if host.answered and not host.registry:
            yield f"{name} would be left with an address and without an owner"


def s20(write: Write) -> Iterator[str]:
    """The zone's own NS and SOA are never touched; no owned name is ever left without an answer."""
    if write.operation != "ChangeResourceRecordSets":
        return
    after = hosts_after(write.given, write.live)
    claimed = {host for wanted in write.facts.wanted.values() for host in wanted.hosts}
    for name, changes in by_host(write.given).items():
        for kind in sorted({change["ResourceRecordSet"]["Type"] for change in changes} & {"NS", "SOA"}):
            yield f"it would change the {kind} record of {name}"
        host = after.get(name, Host(name))
        if host.registry and not host.answered:
            yield f"{name} would stay owned and have no address"
        if name in claimed and not host.answered:
            yield f"{name} is claimed by a service and would have no address"
