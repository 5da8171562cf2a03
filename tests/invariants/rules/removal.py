"""What must be known before anything is taken away."""

from collections.abc import Iterator

from tests.invariants.judged import Write

LARGEST_SHARE = 0.3


def s8(write: Write) -> Iterator[str]:
    """Never deregister a task definition that a service, deployment, schedule or rollback target references."""
    for each in write.touched:
        if (each.kind, each.verb) != ("task-definition", "delete"):
            continue
        for service in write.live.services():
            if each.label in {arn.rsplit("/", 1)[-1] for arn in service.definitions}:
                yield f"{each} is in use by service {service.name}"
        if each.label in {arn.rsplit("/", 1)[-1] for arn in write.live.scheduled_definitions()}:
            yield f"{each} is in use by a schedule"


def s9(write: Write) -> Iterator[str]:
    """No replacement (delete and create) of a live resource without an explicit opt-in in the spec."""
    for each in write.touched:
        wanted = write.wanted(each.key)
        revision = write.history.deleted.get((each.kind, each.label, each.key))
        replaced = each.verb == "create" and revision is not None and revision == write.facts.revision
        if replaced and not (wanted and wanted.replaceable):
            yield f"{each} was deleted under this very revision, and would be created anew"


def s10(write: Write) -> Iterator[str]:
    """More than max(1, 30 %) deletions of owned services in one pass wait for a confirmation; an empty or missing
    desired/ deletes nothing."""
    facts, now = write.facts, write.history.current
    pruned = now.pruned | {each.key for each in write.prunes()}
    if pruned == now.pruned:
        return
    if not facts.wanted and not facts.broken:
        yield f"desired/ is empty, and {', '.join(sorted(pruned))} would be removed"
    most = max(1, int(len(now.owned) * LARGEST_SHARE))
    if len(pruned) > most and not facts.confirmed:
        yield f"{len(pruned)} of {len(now.owned)} services would be removed in one pass: {', '.join(sorted(pruned))}"


def s11(write: Write) -> Iterator[str]:
    """A failed, partial or truncated read yields no deletion."""
    for read in write.history.current.failed_reads.values():
        if (read.account, read.region) == (write.call.account, write.call.region) and not _elsewhere(
            write, read.parameters.get("cluster")
        ):
            for each in write.removals():
                yield f"{each} would be removed, although {read.service} {read.operation} (call {read.number}) failed"


def _elsewhere(write: Write, cluster: object) -> bool:
    """Whether a read was about an ECS cluster that the write is not about."""
    here = write.given.get("cluster")
    return bool(cluster and here) and str(cluster).rsplit("/", 1)[-1] != str(here).rsplit("/", 1)[-1]


def s12(write: Write) -> Iterator[str]:
    """A deletion needs two agreeing reads at least one pass apart, and a live read just before."""
    now = write.history.current
    for each in write.removals():
        read = now.reads.get(each.name, 0)
        if read <= write.history.written.get(each.key, 0):
            yield f"{each} would be removed without having been read since the service's last write"
        if each.key not in write.facts.wanted and write.history.unwanted_since.get(each.key, now.number) >= now.number:
            yield f"{each} would be removed in the first pass that finds {each.key} unwanted"


def s23(write: Write) -> Iterator[str]:
    """No forced deletion unless the spec says so."""
    for each in write.touched:
        wanted = write.wanted(each.key)
        if write.given.get("force") and not (wanted and wanted.forcible):
            yield f"{each} would be deleted by force"
