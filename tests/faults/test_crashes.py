"""L3: the operator dies at any call and another one goes on: the same final state, no orphan, no invariant violated.

Each scenario is played once; at every chosen point a process is forked in which the operator is dead. `--whole` takes
every write and many reads; without it some points are drawn by `--seed`, which is told when one fails.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.children import one_thread, problems
from tests.faults.crash import Crashes, choose, reference
from tests.faults.scripts import SCRIPTS
from tests.invariants.observer import Observer
from tests.loop.conftest import played

FEW, MANY = 4, 64


@pytest.mark.parametrize("name", SCRIPTS)
def test_killed_at_any_call_the_end_is_the_same(
    name: str, tmp_path: Path, observe: Callable[..., Observer], seed: int, whole: bool
) -> None:
    script, dice = SCRIPTS[name], random.Random(f"{seed} {name}")
    with one_thread(), played(tmp_path / "desired", observe, script.scenario) as stage:
        for act in script.given:
            act(stage)
            stage.run()
        calls, end = reference(stage, script.steps)
        crashes = Crashes(stage, script.steps, choose(calls, MANY if whole else FEW, dice), dice)
        crashes.play()
    assert crashes.ends.keys() == crashes.points, "the script took other calls than before: it can't be replayed"
    found = problems(crashes.ends, end)
    assert not found, f"{len(found)} of {len(crashes.points)} (--seed {seed}) ended elsewhere:\n\n" + "\n\n".join(found)
