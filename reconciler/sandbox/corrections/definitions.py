"""Task definitions carry the time of their registration, which moto leaves out."""

from datetime import timedelta

from reconciler.clock import Clock
from reconciler.sandbox.calls import After, Call
from reconciler.sandbox.refusals.live import Live


def stamp(clock: Clock) -> After:
    """An `after` hook that notes when a revision was registered, in whole milliseconds as ECS does."""

    def note(call: Call, error: str | None) -> None:
        if error is None and (call.service, call.operation) == ("ecs", "RegisterTaskDefinition"):
            revisions = Live(call.account, call.region).ecs.task_definitions[call.parameters["family"]]
            now = clock.now()
            revisions[max(revisions)].registered_at = now - timedelta(microseconds=now.microsecond % 1000)

    return note
