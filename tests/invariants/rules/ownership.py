"""Whose resources, by which plan, and whether at all: what a write must not concern."""

from collections.abc import Iterator

from tests.invariants.judged import Write
from tests.invariants.live import CLUSTER, OWNER, SERVICE, marks
from tests.invariants.writes import Touched, hosts_after


def s1(write: Write) -> Iterator[str]:
    """Change or delete only what carries this installation's owner tag and cluster; create nothing without them."""
    for each in write.touched:
        if each.tags.get(OWNER) != write.owner or not each.tags.get(CLUSTER) or not each.tags.get(SERVICE):
            marked = dict(each.tags) or "nothing"
            yield f"it would {each.verb} {each}, which carries {marked}"
    if write.operation in ("UntagResource", "RemoveTags"):
        taken = {OWNER, CLUSTER, SERVICE} & set(write.given.get("tagKeys") or write.given.get("TagKeys") or ())
        yield from (f"it would take the tag {name} off" for name in sorted(taken))
    if write.operation == "ChangeResourceRecordSets":
        yield from _disowned(write)


def _disowned(write: Write) -> Iterator[str]:
    after = hosts_after(write.given, write.live)
    for each in write.touched:
        host = after.get(each.label)
        if host and host.registry and marks(host.registry).get(OWNER) != write.owner:
            yield f"{each.label} would be registered as {host.registry}"


def s2(write: Write) -> Iterator[str]:
    """Never make, change, scale or delete the operator's own service, nor anything of it."""
    own = (each for each in write.touched if each.tags.get(SERVICE) == write.operator)
    yield from (f"it would {each.verb} {each}, the operator's own" for each in own)


def s13(write: Write) -> Iterator[str]:
    """A plan from an older revision is never applied after a newer one was."""
    newest = write.history.newest_edition_applied
    if write.facts.edition < newest:
        yield f"this pass is of edition {write.facts.edition}, and edition {newest} has been applied"


def s14(write: Write) -> Iterator[str]:
    """An invalid spec changes nothing of that service."""
    yield from (f"it would {each.verb} {each}, whose spec is broken" for each in _of(write, write.facts.broken))


def s15(write: Write) -> Iterator[str]:
    """Who claims a name that another service claims too is refused, every one of them."""
    yield from (f"it would {each.verb} {each} of {each.key}" for each in _of(write, write.facts.contested))


def _of(write: Write, services: frozenset[str]) -> Iterator[Touched]:
    return (each for each in write.touched if each.tags.get(SERVICE) in services)


def s18(write: Write) -> Iterator[str]:
    """Paused, dry or converged: zero writes."""
    if write.forbidden:
        yield f"nothing may be written: {write.forbidden}"
