"""What everything has come to, in lines that two runs can be compared by."""

from collections import Counter
from collections.abc import Iterator

from moto.ecs.models import ecs_backends

from reconciler.sandbox import Sandbox
from tests.invariants.portrait import portrait


def end_of(sandbox: Sandbox) -> list[str]:
    """The portrait of what is owned, and how many revisions each family has: a release registers one, and once."""
    return [*portrait(sandbox), *_revisions(sandbox)]


def _revisions(sandbox: Sandbox) -> Iterator[str]:
    with sandbox.world.lock:
        definitions = [
            (region, definition.family)
            for backends in ecs_backends.values()
            for region, backend in backends.items()
            for revisions in backend.task_definitions.values()
            for definition in revisions.values()
        ]
    for (region, family), count in sorted(Counter(definitions).items()):
        yield f"{region} family {family}: {count} revisions"
