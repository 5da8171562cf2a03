"""The observer that all loop tests share: it judges each write of the operator's by the invariants.

    def test_a_release_converges(observe, tmp_path):
        with Sandbox(SteppedClock()) as sandbox:
            observer = observe(sandbox)                        # fails the test at its end, if need be
            ...
            observer.pass_started(facts_in(tmp_path))          # before each pass of the operator
            loop.run_pass(...)
            with observer.forbid_writes("paused"):             # S18, L2
                ...

The operator's calls are told from everybody else's by their user agent, so out-of-band edits need no ceremony: any
client without `user_agent_extra="reconciler"` is somebody else. A rule sees the write before AWS does, and whether
AWS then accepts it makes no difference: it was sent. What the rules need to know of `desired/` is in `facts`;
`facts_in` reads it from the files. `canary` is a secret value that the test has planted; texts that people see are
checked with `observer.assert_no_secret(text)`. Liveness is asserted with the functions of `liveness`.
"""

import traceback
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from flask import has_request_context, request

from reconciler.sandbox import Call, Sandbox
from tests.invariants.facts import Facts
from tests.invariants.history import History
from tests.invariants.judged import Write
from tests.invariants.live import Live, everywhere
from tests.invariants.rules import RULES
from tests.invariants.rules.restraint import reveals
from tests.invariants.writes import Touched, UnknownWriteError, is_read, touched_by

USER_AGENT = "reconciler"
_SHOWN = 12


@dataclass(frozen=True)
class Violation:
    """One thing that a write did against an invariant, with what it takes to understand it."""

    invariant: str
    sentence: str
    message: str
    call: Call
    scene: tuple[str, ...] = ()

    def __str__(self) -> str:
        call = self.call
        head = f"{self.invariant} at call {call.number}, {call.service} {call.operation}: {self.message}"
        return "\n".join([head, f"  must hold: {self.sentence}", *(f"  {line}" for line in self.scene)])


class Observer:
    """Hangs on a sandbox's hooks and remembers each violation.

    `owner` is the installation's owner tag, `operator` the name of the operator's own service.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        facts: Facts | None = None,
        owner: str = "reconciler",
        operator: str = "reconciler",
        canary: str = "",
    ) -> None:
        self.violations: list[Violation] = []
        self.writes: list[Call] = []
        """The operator's writes that AWS carried out."""
        self.calls = 0
        """How many calls of the operator's were seen."""
        self._sandbox, self._owner, self._operator, self._canary = sandbox, owner, operator, canary
        self._history = History(owner, facts or Facts())
        self._forbidden = ""
        self._touched: tuple[Touched, ...] = ()
        self._recent: deque[str] = deque(maxlen=_SHOWN)

    def __enter__(self) -> Self:
        hooks = self._sandbox.hooks
        # First of all: what is refused or lost on the way was sent all the same.
        hooks.before.insert(0, self._before)
        hooks.after.insert(0, self._after)
        hooks.after.append(self._heard)
        with self._sandbox.world.lock:
            for live in everywhere(self._sandbox.world):
                self._history.look(hooks.calls, live)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        hooks = self._sandbox.hooks
        hooks.before.remove(self._before)
        hooks.after.remove(self._after)
        hooks.after.remove(self._heard)

    def pass_started(self, facts: Facts | None = None) -> None:
        """The operator begins a pass. `facts` are those of the revision it takes; the last ones when left out."""
        with self._sandbox.world.lock:
            self._history.start_pass(facts or self._history.facts, everywhere(self._sandbox.world))

    @contextmanager
    def forbid_writes(self, reason: str) -> Iterator[None]:
        """Whatever the operator writes here is a violation."""
        self._forbidden = reason
        try:
            yield
        finally:
            self._forbidden = ""

    def assert_no_secret(self, text: str) -> None:
        """No log, plan, page or metric holds the planted secret (S22)."""
        assert self._canary, "no secret was planted: give the observer a canary"
        place = text.find(self._canary)
        assert not reveals(text, self._canary), f"S22: the planted secret is told: …{text[max(0, place - 80) : place]}…"

    def assert_upheld(self) -> None:
        """No invariant was violated, by an operator that was really seen."""
        alike = Counter((each.invariant, each.call.operation, each.message) for each in self.violations)
        first = {(each.invariant, each.call.operation, each.message): each for each in reversed(self.violations)}
        report = "\n\n".join(f"{first[which]}\n  times: {times}" for which, times in alike.items())
        names = " ".join(dict.fromkeys(each.invariant for each in self.violations))
        assert not self.violations, f"{names}: {len(self.violations)} violations of what must always hold:\n\n{report}"
        assert self.calls, f"no call with {USER_AGENT!r} in its user agent was seen: nothing has been judged"

    def _before(self, call: Call) -> None:
        self._heed_the_last_word()
        if not _is_operators():
            return
        self.calls += 1
        self._recent.append(f"{call.number} {call.service} {call.operation}")
        if not is_read(call.operation):
            self._sandbox.world.tick()
            self._try_to_judge(call)

    def _heed_the_last_word(self) -> None:
        """Hear last how a call ended, after any fault that a test has injected since."""
        after = self._sandbox.hooks.after
        if after[-1] != self._heard:
            after.remove(self._heard)
            after.append(self._heard)

    def _try_to_judge(self, call: Call) -> None:
        live = self._live(call)
        try:
            self._touched = ()
            self._touched = touched_by(call, live)
            self._judge(call, live)
        except UnknownWriteError as unknown:
            self._report("S1", "Every write is known to the rules.", f"{unknown} is unknown to them", call)
        except Exception:  # noqa: BLE001 - a rule that breaks must fail the test, not the call
            self._report("observer", "Every write can be judged.", traceback.format_exc(), call)

    def _judge(self, call: Call, live: Live) -> None:
        write = Write(
            call, self._touched, live, self._history, self._owner, self._operator, self._forbidden, self._canary
        )
        for rule in RULES:
            for message in rule.judge(write):
                self._report(rule.name, rule.sentence, message, call)
        self._history.current.pruned |= {each.key for each in write.prunes()}

    def _report(self, invariant: str, sentence: str, message: str, call: Call) -> None:
        now = self._sandbox.world.now
        scene = (
            f"at {now:%H:%M:%S}, in pass {self._history.current.number}, before the call:",
            *(f"  {line}" for line in self._live(call).describe()),
            f"the operator's last calls: {', '.join(self._recent)}",
        )
        self.violations.append(Violation(invariant, sentence, message, call, scene))

    def _after(self, call: Call, error: str | None) -> None:
        """See what was really carried out, before a fault can hide it."""
        if error is not None or is_read(call.operation):
            return
        live = self._live(call)
        if _is_operators():
            self.writes.append(call)
            self._history.add_write(call, self._touched, live)
        self._history.look(call.number, live)

    def _heard(self, call: Call, error: str | None) -> None:
        """See what the operator was told."""
        if _is_operators() and is_read(call.operation):
            self._history.add_read(call, error, self._live(call))

    def _live(self, call: Call) -> Live:
        return Live(self._sandbox.world, call.account, call.region)


def _is_operators() -> bool:
    return has_request_context() and USER_AGENT in request.user_agent.string.split()
