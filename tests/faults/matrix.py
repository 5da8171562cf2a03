"""One fault at one call, and the operator goes on: a child for each, forked from a run in which nothing goes wrong."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.aws.gateway import is_read
from tests.faults.children import in_a_child, tell
from tests.faults.injector import NOTHING, Asked, Fault, Injector
from tests.faults.kinds_of_faults import faults_of
from tests.faults.scripts import Script
from tests.loop.harness import Stage

Chosen = Mapping[int, Sequence[Fault]]
"""Faults by the number of the call that they meet."""


def reference(stage: Stage, script: Script, injector: Injector) -> tuple[list[Asked], list[str]]:
    """What the script asks when nothing goes wrong, and the end it comes to. Leaves no trace."""
    calls: list[Asked] = []

    def listen(asked: Asked) -> Fault:
        calls.append(asked)
        return NOTHING

    def play() -> None:
        injector.decide = listen
        for step in script.steps:
            step.play(stage)

    told = in_a_child(stage, lambda write: tell(write, stage, play, lambda: [_plain(each) for each in calls]))
    assert not told["problem"], told["problem"]
    return [Asked(*each) for each in told["more"]], told["end"]


def _plain(asked: Asked) -> tuple[int, str, str, str]:
    """A call as it is told to another process."""
    return asked.number, asked.service, asked.operation, ""


def choose(calls: Sequence[Asked], most: int, dice: random.Random) -> Chosen:
    """At most so many faults, two of three with writes; no kind with the same operation twice."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for asked in calls:
        numbers.setdefault((asked.service, asked.operation), []).append(asked.number)
    pairs = [(which, fault) for which in numbers for fault in faults_of(*which)]
    dice.shuffle(pairs)
    reads = [pair for pair in pairs if is_read(pair[0][1])]
    writes = [pair for pair in pairs if not is_read(pair[0][1])][: most - most // 3]
    chosen: dict[int, list[Fault]] = {}
    for which, fault in [*writes, *reads[: most - len(writes)]]:
        chosen.setdefault(dice.choice(numbers[which]), []).append(fault)
    return chosen


@dataclass
class Matrix:
    """Plays a script; `ends` then has what each fault led to."""

    stage: Stage
    script: Script
    injector: Injector
    chosen: Chosen
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    _write: int | None = None

    def play(self) -> None:
        """The script to its end; a child tells its own and ends."""
        self.injector.decide = self._decide
        problem: BaseException | None = None
        try:
            for step in self.script.steps:
                step.play(self.stage)
        except BaseException as error:
            if not self._is_child():
                raise
            problem = error
        if self._write is not None:
            tell(self._write, self.stage, lambda: _raise(problem), lambda: self.injector.met)

    def _decide(self, asked: Asked) -> Fault:
        """In the parent nothing goes wrong; a child's fault is its first call's."""
        if not self._is_child():
            for fault in self.chosen.get(asked.number, ()):
                told = in_a_child(self.stage, self._become_a_child)
                if self._is_child():
                    return fault
                self.ends[f"{asked}: {fault}"] = told
        return NOTHING

    def _is_child(self) -> bool:
        return self._write is not None

    def _become_a_child(self, write: int) -> None:
        self._write = write


def _raise(problem: BaseException | None) -> None:
    if problem:
        raise problem
