"""L3 with real processes: SIGKILL at any call over HTTP, another process on the same AWS, and the same end.

The end is that of a run which nobody disturbs. `--whole` takes each script at several points; without it a few are
drawn by `--seed`, which is told when one fails.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.clock import SystemClock
from reconciler.sandbox import Sandbox
from tests.faults.ends import end_of
from tests.faults.scripts import SCRIPTS, Script
from tests.invariants.observer import Observer
from tests.loop.conftest import played
from tests.loop.harness import CLUSTER, Scene
from tests.process.operators import Kill, Moment, Operators

pytestmark = pytest.mark.process

SPEED = 10
FEW, MANY = 2, 36
NAMES = (
    "a rolling service is made",
    "a blue-green release",
    "a rolling service is removed",
    "a rolling release that crashes, and is rolled back by ECS",
    "a blue-green service is made",
    "edits by hand",
    "from rolling to blue-green",
    "a rolling release",
    "a blue-green release that crashes",
    "a subdomain is renamed",
    "a blue-green service is removed",
    "two services exchange their hosts",
)
"""Scripts of one step that take AWS at most some minutes."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(MANY if metafunc.config.getoption("--whole") else FEW))


def test_killed_by_a_signal_at_any_call_the_end_is_the_same(
    number: int, tmp_path: Path, observe: Callable[..., Observer], seed: int
) -> None:
    name = NAMES[(seed + number) % len(NAMES)]
    script, dice = SCRIPTS[name], random.Random(f"{seed} {number}")
    before, writes, after = undisturbed(script, tmp_path / "undisturbed", observe)
    kill = Kill(dice.randint(1, writes), dice.choice([*Moment]))
    with Sandbox(SystemClock(SPEED), script.scenario) as sandbox:
        scene = Scene(sandbox, tmp_path / "desired")
        scene.write("clusters/test.yml", CLUSTER)
        scene.furnish()
        for act in script.given:
            act(scene)
        with Operators(scene, kill, f"{name} (--seed {seed})") as operators:
            operators.come_to(before)
            operators.begin()
            for step in script.steps:
                step.act(scene)
            operators.come_to(after)
    assert operators.died, f"{name}: nobody was killed {kill} of {writes} (--seed {seed})"


def undisturbed(script: Script, root: Path, observe: Callable[..., Observer]) -> tuple[list[str], int, list[str]]:
    """Where a script begins and ends when nobody is killed, and how many writes are in between."""
    with played(root, observe, script.scenario) as stage:
        for act in script.given:
            act(stage)
            stage.run()
        before, first = end_of(stage.sandbox), len(stage.writes())
        for step in script.steps:
            step.play(stage)
        return before, len(stage.writes()) - first, end_of(stage.sandbox)
