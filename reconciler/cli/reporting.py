"""Spreads what the loop does over metrics, log and terminal."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from reconciler.cli.verdict import is_done
from reconciler.model import Leadership, Outcome, Plan, Result, ServiceKey, SyncStatus
from reconciler.plan import wording
from reconciler.report.console import Console
from reconciler.report.log import logger
from reconciler.report.metrics import Metrics
from reconciler.report.status import OperatorStatus

_log = logger(__name__)
_LOUD = (Result.FAILED, Result.REFUSED)


class Report:
    """The reporter of a running operator; `greeting` is told once, when everything is in sync for the first time."""

    def __init__(self, metrics: Metrics, console: Console, greeting: Callable[[], str] | None = None) -> None:
        self._metrics, self._console, self._greeting = metrics, console, greeting
        self._astray: dict[ServiceKey, datetime] = {}

    def led(self, leadership: Leadership) -> None:
        """It is new whether this replica leads, or who does."""
        self._metrics.lead(leadership)
        told = _log.warning if leadership.trouble else _log.info
        told("leadership", **asdict(leadership))
        self._console.led(leadership)

    def planned(self, before: OperatorStatus, expected: OperatorStatus) -> None:
        """A pass knows what to do."""
        self._console.planned(before, expected)

    def changed(self, outcome: Outcome, revision: str) -> None:
        """One action ended."""
        action = outcome.action
        self._metrics.record_change(action.id.kind, action.verb, outcome.result)
        told = _log.warning if outcome.result in _LOUD else _log.info
        told(
            "change",
            cluster=action.id.key.cluster,
            service=action.id.key.service,
            revision=revision,
            action=action.verb,
            resource=str(action.id),
            call=action.call.operation,
            cause=action.cause,
            changes=[f"{wording.path(change.path)}: {wording.difference(change)}" for change in action.changes],
            result=outcome.result,
            message=outcome.message,
        )
        self._console.changed(outcome)

    def broke(self, error: Exception) -> None:
        """A pass ended in an error that nothing foresaw."""
        self._metrics.record_pass("broken", 0)
        _log.error("pass broke", error=repr(error), exc_info=error)

    def passed(self, before: OperatorStatus, after: OperatorStatus, plan: Plan, seconds: float) -> None:
        """One pass ended."""
        good = after.passed_at is not None and after.passed_at != before.passed_at
        self._metrics.record_pass("ok" if good else "failed", seconds)
        self._metrics.publish(after)
        self._converged(after)
        self._log(before, after, plan)
        self._console.passed(after)
        if self._greeting and after.services and all(map(is_done, after.services.values())):
            self._console.say(self._greeting())
            self._greeting = None

    def _converged(self, after: OperatorStatus) -> None:
        """How long services were out of sync, told when they are back."""
        for key, status in after.services.items():
            if status.sync is SyncStatus.OUT_OF_SYNC and after.passed_at:
                self._astray.setdefault(key, after.passed_at)
            elif status.sync is SyncStatus.SYNCED and (since := self._astray.pop(key, None)) and after.passed_at:
                self._metrics.record_convergence((after.passed_at - since).total_seconds())

    def _log(self, before: OperatorStatus, after: OperatorStatus, plan: Plan) -> None:
        if after.revision != before.revision:
            _log.info("revision", revision=after.revision, spec_errors=len(after.spec_errors))
        for error in sorted(set(after.spec_errors) - set(before.spec_errors)):
            _log.warning("spec error", error=error)
        if after.source_error and after.source_error != before.source_error:
            _log.warning("source", error=after.source_error)
        if lost := _newly_diverged(before, after):
            _log.warning("history was rewritten", revision=after.revision, applied=sorted(lost), services=lost.total())
        _log_standstills(before, after)
        for key, status in sorted(after.services.items()):
            former = before.services.get(key)
            now = (status.sync, status.health, status.phase, status.held_by)
            if former is None or now != (former.sync, former.health, former.phase, former.held_by):
                _log.info(
                    "status",
                    cluster=key.cluster,
                    service=key.service,
                    version=status.version,
                    sync=status.sync,
                    health=status.health,
                    phase=status.phase,
                    held_by=status.held_by,
                    reason=status.reason,
                )
        for held in plan.held:
            _log.debug("held back", resource=str(held.action.id), policy=held.policy, why=held.why)


def _newly_diverged(before: OperatorStatus, after: OperatorStatus) -> Counter[str]:
    """Commits that were applied and that the revision left with this pass, with the number of services."""
    known = {key: status.diverged_from for key, status in before.services.items()}
    return Counter(
        status.diverged_from
        for key, status in after.services.items()
        if status.diverged_from and status.diverged_from != known.get(key)
    )


def _log_standstills(before: OperatorStatus, after: OperatorStatus) -> None:
    for pause in after.pauses:
        if pause not in before.pauses:
            _log.warning(
                "paused",
                cluster=pause.cluster,
                service=pause.service,
                by=pause.by,
                until=pause.until and pause.until.isoformat(),
                why=pause.why,
            )
    for freeze in after.freezes:
        if freeze not in before.freezes:
            _log.warning("frozen", cluster=freeze.cluster, until=freeze.until.isoformat(), why=freeze.why)
    for gone in before.standstills():
        if gone.subject not in {item.subject for item in after.standstills()}:
            _log.info("goes on", subject=gone.subject, former=str(gone))
