"""One trial: a copy of the tree with one mutant in it, and whether its tests notice."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutants.mutant import Mutant

SECONDS = 300
"""A trial that takes longer proves nothing."""
_NOT_COPIED = (".*", "*.log", "node_modules")
_ENDED = re.compile(r"^(?:FAILED|ERROR) (\S+::.+?)(?: - (.*))?$", re.MULTILINE)
_PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")


class Verdict(StrEnum):
    """How a trial ended."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    NO_TRIAL = "no trial"  # the tests could not run, or came to no end


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a mutant: after how long, which test found it out with which words, and all that pytest said."""

    mutant: Mutant
    verdict: Verdict
    seconds: float
    test: str
    said: str
    output: str


def attempt(mutant: Mutant, root: Path) -> Trial:
    """Try a mutant of the tree at `root`, which stays as it is. Raises `DoesNotApplyError`."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        tree = Path(shutil.copytree(root, Path(place, root.name), ignore=shutil.ignore_patterns(*_NOT_COPIED)))
        file = tree / mutant.file
        file.write_text(mutant.mutate(file.read_text()))
        started = time.monotonic()
        code, output = _run(mutant.caught_by, tree)
        seconds = time.monotonic() - started
    verdict = judged(code)
    found = _ENDED.search(output) if verdict is Verdict.CAUGHT else None
    test, said = (found[1], found[2] or "") if found else ("", "")
    return Trial(mutant, verdict, seconds, test, said, output)


def judged(code: int | None) -> Verdict:
    """What pytest's exit code says; None when it came to no end.

    1 is that a test failed, 0 that none did; any other that they could not be run, and a mutant that breaks an import
    is none.
    """
    return {0: Verdict.SURVIVED, 1: Verdict.CAUGHT}.get(-1 if code is None else code, Verdict.NO_TRIAL)


def _run(selection: tuple[str, ...], tree: Path) -> tuple[int | None, str]:
    environment = os.environ | {"PYTHONPATH": str(tree), "COLUMNS": "400", "PY_COLORS": "0"}
    try:
        ended = subprocess.run(
            (*_PYTEST, *selection),
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"no end after {SECONDS} s"
    return ended.returncode, ended.stdout + ended.stderr
