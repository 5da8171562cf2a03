"""L3: whatever happens at any call, the end is the same: no orphan, no invariant violated.

Each script is played once. At a call that is drawn a process is forked, in which the operator dies and another one goes
on, or in which the call meets a fault that AWS or the wire is known for. `--whole` draws every moment of every write,
and many reads; without it some are drawn by `--seed`, which is told when one ends elsewhere.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.children import is_child, one_thread, problems, tell
from tests.faults.crash import Crashes
from tests.faults.ends import end_of
from tests.faults.injector import Injector
from tests.faults.lot import Lot
from tests.faults.matrix import Matrix
from tests.faults.replay import replayed_by
from tests.faults.scripts import SCRIPTS, Script
from tests.invariants.observer import Observer
from tests.loop.conftest import played


@dataclass(frozen=True, slots=True)
class Shares:
    """Of calls: at how many something happens. All scripts together make 260 writes and 6,000 reads."""

    deaths_at_writes: float
    """Of three moments of each."""
    deaths_at_reads: float
    faults_at_writes: float
    faults_at_reads: float


PART = Shares(0.375, 0.013, 0.07, 0.002)
"""430 deaths and 33 faults."""
WHOLE = Shares(1, 0.28, 2, 0.1)
"""2,100 deaths and 1,000 faults."""


@pytest.mark.parametrize("name", SCRIPTS)
def test_whatever_happens_at_any_call_the_end_is_the_same(
    name: str,
    tmp_path: Path,
    observe: Callable[..., Observer],
    seed: int,
    whole: bool,
    record_property: Callable[[str, object], None],
) -> None:
    script, dice, injector = SCRIPTS[name], random.Random(f"{seed} {name}"), Injector()
    shares = WHOLE if whole else PART

    def lots(of_writes: float, of_reads: float) -> tuple[Lot, Lot]:
        return Lot(of_writes * script.share, dice), Lot(of_reads * script.share, dice)

    with replayed_by(seed), one_thread(), played(tmp_path / "desired", observe, script.scenario) as stage:
        stage.on_client = injector.watch
        for act in script.given:
            act(stage)
            stage.run()
        crashes = Crashes(stage, script.steps, *lots(shares.deaths_at_writes, shares.deaths_at_reads), dice)
        matrix = Matrix(stage, injector, *lots(shares.faults_at_writes, shares.faults_at_reads), dice)
        play(script, crashes, matrix)
        end = end_of(stage.sandbox)
    record_property("deaths", len(crashes.ends))
    record_property("faults", len(matrix.ends))
    ends = crashes.ends | matrix.ends
    found = problems(ends, end)
    assert crashes.ends, "the operator never died"
    assert not found, f"{len(found)} of {len(ends)} (--seed {seed}) ended elsewhere:\n\n" + "\n\n".join(found)


def play(script: Script, crashes: Crashes, matrix: Matrix) -> None:
    """A script to its end. A child in which a fault was met does not come back from here."""
    problem: BaseException | None = None
    try:
        for crashes.at, step in enumerate(script.steps):
            step.play(crashes.stage)
    except BaseException as error:
        if not is_child():
            raise
        problem = error
    if matrix.write is not None:
        tell(matrix.write, matrix.stage, lambda: _raise(problem))


def _raise(problem: BaseException | None) -> None:
    if problem:
        raise problem
