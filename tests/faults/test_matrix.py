"""Each fault that AWS and the wire are known for, at each operation: the end is the same, no invariant is violated.

`--whole` tries each kind of fault with each operation of each script; without it some are drawn by `--seed`.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.children import one_thread, problems
from tests.faults.injector import Injector
from tests.faults.matrix import Matrix, choose, reference
from tests.faults.scripts import SCRIPTS
from tests.invariants.observer import Observer
from tests.loop.conftest import played

FEW, MANY = 1, 32


@pytest.mark.parametrize("name", SCRIPTS)
def test_with_a_fault_at_any_call_the_end_is_the_same(
    name: str, tmp_path: Path, observe: Callable[..., Observer], seed: int, whole: bool
) -> None:
    script, dice, injector = SCRIPTS[name], random.Random(f"{seed} {name}"), Injector()
    with one_thread(), played(tmp_path / "desired", observe, script.scenario) as stage:
        stage.on_client = injector.watch
        for act in script.given:
            act(stage)
            stage.run()
        random.seed(seed)  # the retry layer's jitter
        calls, end = reference(stage, script, injector)
        matrix = Matrix(stage, script, injector, choose(calls, MANY if whole else FEW, dice))
        matrix.play()
    found = problems(matrix.ends, end)
    assert matrix.ends, "no fault was met"
    assert not found, f"{len(found)} of {len(matrix.ends)} (--seed {seed}) ended elsewhere:\n\n" + "\n\n".join(found)
