"""The loop: one pass reads, plans, holds back, executes and reports. Between passes it keeps an agenda."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from reconciler import spec
from reconciler.clock import Clock
from reconciler.execute import execute
from reconciler.model import Confirmation, Outcome, Phase, Plan, Policy, ResourceId, Result, ServiceKey
from reconciler.observe import Observation, Observer
from reconciler.plan import Brakes, Lineage, Tally, hold_back, last_applied, make_plan, waits_of, with_those_before
from reconciler.report.log import logger
from reconciler.report.status import OperatorStatus
from reconciler.report.statuses import summarise
from reconciler.settings import BrakeSettings
from reconciler.source import Source, SourceError, Tree
from reconciler.spec import Desired
from reconciler.spec.freeze import frozen

_log = logger(__name__)
_SOON = 5.0
_UNREAD = 15.0
_AFTER_A_WRITE = 1.0
_LONGEST_BACKOFF = 300.0
_MOST_TRIES = 16  # are counted: the backoff is at its longest by then


class Reporter(Protocol):
    """Hears what the loop does. Implemented by metrics, log and terminal."""

    def planned(self, before: OperatorStatus, expected: OperatorStatus) -> None:
        """A pass knows what to do and has not begun: how everything is, and will be unless a write fails."""
        ...

    def changed(self, outcome: Outcome, revision: str) -> None:
        """One action ended, of a plan for this revision."""
        ...

    def broke(self, error: Exception) -> None:
        """A pass ended in an error that nothing foresaw."""
        ...

    def passed(self, before: OperatorStatus, after: OperatorStatus, plan: Plan, seconds: float) -> None:
        """One pass ended."""
        ...


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass came to. `unread` says of clusters why they could not be read."""

    status: OperatorStatus
    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """How a loop works: seconds between sweeps, services side by side, the revision that a person has confirmed, how
    much may change without that, what errors call the tree of files, and the operator's own service and role by
    their names.
    """

    sweep: float = 60
    workers: int = 8
    confirmed: str = ""
    brakes: BrakeSettings = field(default_factory=BrakeSettings)
    root: str = "desired"
    operator: str = ""
    role: str = ""


@dataclass
class Agenda:
    """What is due when: services by key, and the next sweep of everything."""

    sweep_every: timedelta
    next_sweep: datetime
    due: dict[ServiceKey, datetime] = field(default_factory=dict)

    def take(self, now: datetime) -> frozenset[ServiceKey] | None:
        """What to look at now: None for everything, else the services that are due."""
        if now >= self.next_sweep:
            self.due.clear()
            return None
        keys = frozenset(key for key, when in self.due.items() if when <= now)
        for key in keys:
            del self.due[key]
        return keys

    def look(self, key: ServiceKey, now: datetime, seconds: float) -> None:
        """Put a service on the agenda, or earlier than it is."""
        when = now + timedelta(seconds=seconds)
        self.due[key] = min(when, self.due.get(key, when))

    def sweep_within(self, now: datetime, seconds: float) -> None:
        """Sweep within so many seconds."""
        self.next_sweep = min(self.next_sweep, now + timedelta(seconds=seconds))

    def wait(self, now: datetime) -> float:
        """Seconds until something is due."""
        return max(0.0, (min([self.next_sweep, *self.due.values()]) - now).total_seconds())


class Loop:
    """Makes AWS what the source says, pass by pass.

    Remembers nothing that it could not lose: what an earlier whole pass wanted removed, what the revision was found
    to do so far, when services were last in sync, the last revision that loaded and what was applied that the branch
    has left.
    """

    def __init__(self, observer: Observer, clock: Clock, reporter: Reporter, options: Options | None = None) -> None:
        self._observer, self._clock, self._reporter = observer, clock, reporter
        self._options = options or Options()
        self._agenda = Agenda(timedelta(seconds=self._options.sweep), clock.now())
        self._news: Tree | SourceError | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._desired = Desired("")
        self._lineage = Lineage()
        self._seen: frozenset[ResourceId] = frozenset()
        self._tally = Tally()
        self._tries: dict[ServiceKey, int] = {}
        self.status = OperatorStatus(started_at=clock.now())

    def run(self, stop: threading.Event, until: Callable[[Pass], bool] = lambda _: False) -> None:
        """Pass after pass: when the source has news, when a rollout is due, at each sweep.

        Ends when `stop` is set or `until` is true of a pass.
        """
        while not stop.is_set():
            keys = self._agenda.take(self._clock.now())
            due = keys is None or keys or self._news is not None
            if due and (done := self._survive(keys, stop)) and until(done):
                return
            self._clock.wait(self._wake, self._agenda.wait(self._clock.now()))
            self._wake.clear()  # and only then look at what it may have been set for

    def _survive(self, keys: frozenset[ServiceKey] | None, stop: threading.Event) -> Pass | None:
        """A pass; a defect ends the pass and not the operator, which tries again with everything."""
        try:
            return self.run_pass(keys, stop)
        except Exception as error:  # noqa: BLE001 - told with its traceback, and tried again
            self._reporter.broke(error)
            self._agenda.next_sweep = self._clock.now() + timedelta(seconds=_SOON)
            return None

    def accept(self, news: Tree | SourceError) -> None:
        """A new reading of the source, or why there is none. Safe from any thread; wakes the loop."""
        with self._lock:
            self._news = news
        self.wake()

    def wake(self) -> None:
        """End the wait between passes. Safe from any thread."""
        self._wake.set()

    def run_pass(self, keys: frozenset[ServiceKey] | None, stop: threading.Event) -> Pass | None:
        """One pass over everything (None) or over some services; what changed in the source joins them.

        None when `stop` was set before all was read: what is not read any more says nothing of AWS.
        """
        started, before = self._clock.now(), self.status
        keys = self._reload(keys)
        keys = None if keys is None else with_those_before(keys, waits_of(self._desired))
        seen = self._observer.observe(self._desired, keys)
        if stop.is_set():
            return None
        plan = self._plan(seen, keys)
        expected = summarise(self.status, self._desired, seen.snapshot, plan, (), whole=keys is None)
        self._reporter.planned(before, expected)
        revision = self._desired.revision
        outcomes = execute(
            plan, seen.scopes, stop, lambda outcome: self._reporter.changed(outcome, revision), self._options.workers
        )
        self._conclude(seen, plan, outcomes, before, started, whole=keys is None)
        self._schedule(plan, outcomes, whole=keys is None)
        if seen.snapshot.failed:
            self._agenda.sweep_within(self._clock.now(), _UNREAD)
        return Pass(self.status, plan, outcomes, seen.snapshot.failed)

    def preview(self) -> Pass:
        """What a pass over everything would do, and how everything is. Writes nothing (S18)."""
        self._reload(None)
        seen = self._observer.observe(self._desired)
        plan = hold_back(self._wanted(seen, whole=True), replace(self._brakes(seen, None), seen=None))
        status = summarise(self.status, self._desired, seen.snapshot, plan, (), whole=True)
        return Pass(status, plan, unread=seen.snapshot.failed)

    def _plan(self, seen: Observation, keys: frozenset[ServiceKey] | None) -> Plan:
        plan = self._wanted(seen, whole=keys is None)
        held = hold_back(plan, self._brakes(seen, keys))
        if keys is None:
            self._seen = frozenset(action.id for action in plan.actions if action.prunes)
        return held

    def _wanted(self, seen: Observation, *, whole: bool) -> Plan:
        plan = make_plan(self._desired, seen.blueprints, seen.snapshot, whole=whole)
        return replace(plan, refusals=plan.refusals + seen.refusals)

    def _brakes(self, seen: Observation, keys: frozenset[ServiceKey] | None) -> Brakes:
        owned = frozenset(live.id.key for live in seen.snapshot.live.values())
        failed = seen.snapshot.failed
        reach = frozenset(item.key for item in self._desired.workloads if item.key.cluster not in failed)
        return Brakes(
            keys,
            owned,
            self._seen,
            confirmed=self._confirmed(seen),
            tally=self._tally,
            wanted=len(self._desired.workloads),
            within_reach=len(reach | self._tally.changed),
            operator=self._options.operator,
            lineage=self._lineage,
            applied=last_applied(seen.snapshot),
            pauses=seen.snapshot.pauses,
            freezes=frozen(self._desired.clusters, seen.snapshot.taken_at),
            limits=self._options.brakes,
        )

    def _confirmed(self, seen: Observation) -> Mapping[str, Confirmation]:
        """What people have confirmed, by cluster: for all of them at the command line, else on AWS."""
        if self._options.confirmed:
            confirmation = Confirmation(self._options.confirmed, self._clock.now())
            return dict.fromkeys(self._desired.clusters, confirmation)
        return seen.snapshot.confirmed

    def _reload(self, keys: frozenset[ServiceKey] | None) -> frozenset[ServiceKey] | None:
        """Take the newest reading of the source; without one the last that loaded stays in force."""
        with self._lock:
            news, self._news = self._news, None
        if isinstance(news, SourceError):
            self.status = replace(self.status, source_error=str(news))
        if not isinstance(news, Tree):
            return keys
        self.status = replace(self.status, source_error="", revision_at=news.committed_at or self.status.revision_at)
        if news.revision == self._desired.revision:
            return keys
        before, self._desired = self._desired, judged(news, self._options.root, self._options.role)
        self._lineage = self._lineage.followed_by(news.revision, news.history)
        self._tally = self._tally.followed_by(_asks_the_same(before, self._desired))
        changed = _changed(before, self._desired)
        known = self.status.services.values()
        held = any(service.held_by is Policy.CHANGE_BRAKE or service.diverged_from for service in known)
        if keys is None or changed is None or self._lineage.left or held:
            return None  # what was held of the former revision is this one's now
        return keys | changed

    def _conclude(
        self,
        seen: Observation,
        plan: Plan,
        outcomes: tuple[Outcome, ...],
        before: OperatorStatus,
        started: datetime,
        *,
        whole: bool,
    ) -> None:
        now = self._clock.now()
        tried = frozenset(outcome.action.id.key for outcome in outcomes if outcome.result is not Result.SKIPPED)
        complete = whole and not seen.snapshot.failed
        self._tally = self._tally.with_pass(plan, tried, self._confirmed(seen), complete=complete)
        if _wrote(outcomes) or (whole and self._is_in_force(seen, plan)):
            self._lineage = self._lineage.applied_at(now)
        after = summarise(self.status, self._desired, seen.snapshot, plan, outcomes, whole=whole)
        broken = seen.snapshot.failed or any(outcome.result is Result.FAILED for outcome in outcomes)
        if self._desired.revision and not broken:
            after = replace(after, passed_at=now)
        self.status = after
        self._reporter.passed(before, after, plan, (now - started).total_seconds())

    def _is_in_force(self, seen: Observation, plan: Plan) -> bool:
        """Whether all of the revision could be judged, and nothing holds any of it back."""
        return not (plan.held or plan.diverged or plan.refusals or seen.snapshot.failed or self._desired.errors)

    def _schedule(self, plan: Plan, outcomes: tuple[Outcome, ...], *, whole: bool) -> None:
        """When to look again: at what waypoints wait for, at what was just written, at what has to be tried again."""
        now = self._clock.now()
        if whole:
            self._agenda.next_sweep = now + self._agenda.sweep_every
        for end in self.status.ends():
            self._agenda.sweep_within(now, (end - now).total_seconds())
        backed_off = self._back_off(outcomes, now)
        braked = {held.action.id.key for held in plan.held if held.policy is not Policy.SECOND_READING}
        for waypoint in plan.waypoints:
            if not waypoint.retry_after or waypoint.key in braked:
                continue
            if waypoint.phase is Phase.PRUNE:
                self._agenda.sweep_within(now, waypoint.retry_after)
            elif waypoint.key not in backed_off:
                self._agenda.look(waypoint.key, now, waypoint.retry_after)
        if any(held.policy is Policy.SECOND_READING for held in plan.held):
            self._agenda.sweep_within(now, _SOON)
        for key in {outcome.action.id.key for outcome in outcomes} - backed_off:
            self._tries.pop(key, None)
            self._agenda.look(key, now, _AFTER_A_WRITE)

    def _back_off(self, outcomes: tuple[Outcome, ...], now: datetime) -> frozenset[ServiceKey]:
        """Look at services where a write did not succeed later and later; returns which these are."""
        unsuccessful = (Result.RETRY, Result.FAILED, Result.REFUSED)
        keys = frozenset(outcome.action.id.key for outcome in outcomes if outcome.result in unsuccessful)
        for key in keys:
            self._tries[key] = min(_MOST_TRIES, self._tries.get(key, 0) + 1)
            self._agenda.look(key, now, min(_LONGEST_BACKOFF, _AFTER_A_WRITE * 2 ** self._tries[key]))
        return keys


def follow(source: Source, accept: Callable[[Tree | SourceError], None], stop: threading.Event) -> None:
    """Hand on every new reading of a source until `stop`. Reading may be slow, so it has its own thread.

    A defect is told and does not end it: a source that nobody follows looks like one that never changes.
    """

    def read() -> None:
        accept(reading(source))

    while not stop.is_set():
        try:
            source.watch(stop, read)
        except Exception as error:  # noqa: BLE001 - told with its traceback, and begun again
            accept(_defect("watching", error))
            stop.wait(_SOON)


def reading(source: Source) -> Tree | SourceError:
    """A source's files now, or why they can't be read."""
    try:
        return source.read()
    except SourceError as error:
        return error
    except Exception as error:  # noqa: BLE001 - told with its traceback, and tried again
        return _defect("reading", error)


def _defect(what: str, error: Exception) -> SourceError:
    _log.error("source broke", error=repr(error), exc_info=error)
    return SourceError(f"{what} failed, please report this defect: {error!r}")


def judged(tree: Tree, root: str, role: str = "") -> Desired:
    """A tree's files as desired state; `root` is what errors call the tree, `role` the operator's own."""
    files = ((file.path, file.content, file.problem) for file in tree.files)
    return spec.load(files, tree.revision, root, role)


def _wrote(outcomes: Iterable[Outcome]) -> bool:
    """Whether a write was made, or may have been: the answer to one that is tried again can have been lost."""
    return any(outcome.result in (Result.DONE, Result.RETRY) for outcome in outcomes)


def _asks_the_same(before: Desired, after: Desired) -> Callable[[ServiceKey], bool]:
    """Whether a new revision asks of a service what the former one did."""
    former = {workload.key: workload for workload in before.workloads}
    current = {workload.key: workload for workload in after.workloads}
    return lambda key: former.get(key) == current.get(key)


def _changed(before: Desired, after: Desired) -> frozenset[ServiceKey] | None:
    """The services that a new revision concerns; None when it may concern any, or removes one."""
    if not before.revision or before.clusters != after.clusters:
        return None
    former = {workload.key: workload for workload in before.workloads}
    current = {workload.key: workload for workload in after.workloads}
    if former.keys() - current.keys():
        return None
    return frozenset(key for key, workload in current.items() if former.get(key) != workload)
