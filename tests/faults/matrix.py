"""One fault at one call, and the operator goes on: a child for each, forked from a run in which nothing goes wrong."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from reconciler.aws.gateway import is_read
from tests.faults.children import in_a_child, is_child
from tests.faults.injector import NOTHING, Asked, Fault, Injector
from tests.faults.kinds_of_faults import faults_of
from tests.faults.lot import Lot
from tests.loop.harness import Stage


@dataclass
class Matrix:
    """Lets a share of calls meet a fault; `ends` then has what each fault led to.

    No kind of fault meets the same operation twice before each has met it once.
    """

    stage: Stage
    injector: Injector
    writes: Lot
    reads: Lot
    dice: random.Random
    write: int | None = None
    """In a child: the end of the pipe by which it tells what it came to."""
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    _faults: dict[str, Iterator[Fault]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.injector.decide = self._decide

    def _decide(self, asked: Asked) -> Fault:
        if is_child():
            return NOTHING
        for _ in range((self.reads if is_read(asked.operation) else self.writes).draw()):
            fault = self._next(asked)
            told = in_a_child(self.stage, self._live_on)
            if is_child():
                return fault
            self.ends[f"{asked}: {fault}"] = told
        return NOTHING

    def _live_on(self, write: int) -> None:
        self.write = write

    def _next(self, asked: Asked) -> Fault:
        """The next kind of fault that this operation has not met."""
        if asked.operation not in self._faults:
            faults = list(faults_of(asked.service, asked.operation))
            self.dice.shuffle(faults)
            self._faults[asked.operation] = cycle(faults)
        return next(self._faults[asked.operation])
