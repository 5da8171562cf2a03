"""The life of a task, as a function of time: pending, running, stopped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.sandbox.world.state import PROVISIONING_TIME, STOPPING_TIME, Task


@dataclass(frozen=True)
class Change:
    """What becomes of a task next, and when. A stop says why."""

    when: datetime
    status: str
    exit_code: int | None = None
    stop_code: str | None = None
    reason: str | None = None


def next_change(task: Task) -> Change | None:
    """The next change of a task's status that nobody has to bring about."""
    match task.status:
        case "PROVISIONING":
            return Change(task.created_at + PROVISIONING_TIME, "PENDING")
        case "PENDING":
            return _start(task)
        case "RUNNING":
            return _crash(task)
        case "DEACTIVATING" if task.drained_at is not None:
            return Change(task.drained_at, "STOPPING")
        case "STOPPING" if task.drained_at is not None:
            return Change(task.drained_at + STOPPING_TIME, "STOPPED")
        case _:
            return None


def _start(task: Task) -> Change:
    behaviour = task.behaviour
    when = max(task.created_at + timedelta(seconds=behaviour.starts_after), task.created_at + PROVISIONING_TIME)
    if behaviour.missing:
        image = task.definition.container_definitions[0]["image"]
        reason = (
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
            f"{image}: not found"
        )
        return Change(when, "STOPPED", stop_code="TaskFailedToStart", reason=reason)
    if behaviour.crashes_after == 0:
        return _exit(task, when)
    return Change(when, "RUNNING")


def _crash(task: Task) -> Change | None:
    if task.behaviour.crashes_after is None or task.started_at is None:
        return None
    return _exit(task, task.started_at + timedelta(seconds=task.behaviour.crashes_after))


def _exit(task: Task, when: datetime) -> Change:
    return Change(
        when,
        "STOPPED",
        exit_code=task.behaviour.exit_code,
        stop_code="EssentialContainerExited",
        reason="Essential container in task exited",
    )
