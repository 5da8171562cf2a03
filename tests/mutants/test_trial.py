"""How a trial ends: only a test that fails is a proof."""

from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.trial import Verdict, attempt, judged

CODE = "def is_odd(number):\n    return number % 2 == 1\n"
TEST = "from code_of_the_test import is_odd\n\n\ndef test_one_is_odd():\n    assert is_odd(1)\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one line that can be wrong, and one test of it."""
    (tmp_path / "code_of_the_test.py").write_text(CODE)
    (tmp_path / "test_it.py").write_text(TEST)
    return tmp_path


@pytest.mark.parametrize(
    ("put", "verdict", "test"),
    [
        ("== 0", Verdict.CAUGHT, "test_it.py::test_one_is_odd"),
        ("== 1\nimport no_such_module", Verdict.NO_TRIAL, ""),
    ],
)
def test_a_mutant_is_caught_by_a_test_that_fails_and_not_by_one_that_cannot_run(
    tree: Path, put: str, verdict: Verdict, test: str
) -> None:
    trial = attempt(Mutant("errs", "code_of_the_test.py", "== 1", put, ("test_it.py",)), tree)
    assert (trial.verdict, trial.test) == (verdict, test)
    assert (tree / "code_of_the_test.py").read_text() == CODE


def test_tests_that_all_pass_or_come_to_no_end_catch_nothing() -> None:
    assert (judged(0), judged(None)) == (Verdict.SURVIVED, Verdict.NO_TRIAL)
