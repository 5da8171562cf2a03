"""A write at the moment before it is carried out, with all that a rule may ask about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox import Call
from tests.invariants.facts import Facts, Wanted
from tests.invariants.history import History
from tests.invariants.live import EcsService, Live
from tests.invariants.writes import Parameters, Touched


@dataclass(frozen=True)
class Write:
    """One mutating call of the operator's. The rules look at it before AWS does, and at the state it will meet."""

    call: Call
    touched: tuple[Touched, ...]
    live: Live
    history: History
    owner: str
    operator: str
    """The operator's own service, as its tag names it."""
    forbidden: str = ""
    """Why nothing at all may be written now; empty when it may."""
    canary: str = ""
    """A secret value that the test has planted; empty when there is none."""

    @property
    def operation(self) -> str:
        """What is asked of AWS."""
        return self.call.operation

    @property
    def given(self) -> Parameters:
        """The parameters, in AWS's names."""
        return self.call.parameters

    @property
    def facts(self) -> Facts:
        """The revision in force."""
        return self.history.facts

    def wanted(self, key: str) -> Wanted | None:
        """How people want a service; None when they don't."""
        return self.facts.wanted.get(key)

    def lowered(self) -> Iterator[tuple[EcsService, int, str]]:
        """The ECS service that the write scales down or deletes, the count it then has, and its key."""
        if self.operation not in ("UpdateService", "DeleteService"):
            return
        service = self.live.service(self.given.get("cluster", "default"), self.given["service"])
        after: Any = 0 if self.operation == "DeleteService" else self.given.get("desiredCount")
        if service is not None and after is not None and after < service.desired:
            yield service, int(after), self.touched[0].key

    def removals(self) -> Iterator[Touched]:
        """What the write deletes, or scales to 0 although nobody wants it any more."""
        for each in self.touched:
            if each.kind != "task-definition" and (each.verb == "delete" or self._ends(each)):
                yield each

    def prunes(self) -> Iterator[Touched]:
        """The removals that take down a service that nobody wants any more."""
        return (each for each in self.removals() if each.key not in self.facts.wanted)

    def _ends(self, each: Touched) -> bool:
        return each.key not in self.facts.wanted and any(after == 0 for _, after, _ in self.lowered())


Judge = Callable[[Write], Iterable[str]]


@dataclass(frozen=True)
class Invariant:
    """One sentence that must hold, and the function that yields what a write does against it."""

    name: str
    judge: Judge

    @property
    def sentence(self) -> str:
        """What must always hold."""
        return " ".join((self.judge.__doc__ or "").split())
