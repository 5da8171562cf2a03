"""The mutants stay true to the code as it moves on: each still applies, and is still Python; what catches it exists."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import DoesNotApplyError, Mutant

ROOT = Path(__file__).parents[2]


@cache
def read(file: str) -> str:
    return (ROOT / file).read_text()


@cache
def defined(file: str) -> frozenset[str]:
    return frozenset(node.name for node in ast.walk(ast.parse(read(file))) if isinstance(node, ast.FunctionDef))


def is_there(selected: str) -> bool:
    file, _, test = selected.partition("::")
    return (ROOT / file).is_file() and test.partition("[")[0] in defined(file)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_applies_to_the_code_as_it_is(mutant: Mutant) -> None:
    code = read(mutant.file)
    assert ast.dump(ast.parse(mutant.mutate(code))) != ast.dump(ast.parse(code))


def test_what_catches_mutants_are_tests_that_there_are() -> None:
    assert all(mutant.caught_by for mutant in MUTANTS)
    assert [selected for mutant in MUTANTS for selected in mutant.caught_by if not is_there(selected)] == []


def test_no_two_mutants_have_the_same_name_or_make_the_same_mistake() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    mistakes = Counter((mutant.file, mutant.find, mutant.put) for mutant in MUTANTS)
    assert max(names.values()) == max(mistakes.values()) == 1


@pytest.mark.parametrize("code", ["", "here here"])
def test_a_mutant_without_its_one_place_in_the_code_says_so(code: str) -> None:
    mutant = Mutant("errs", "file.py", "here", "there", ("tests",))
    with pytest.raises(DoesNotApplyError, match=r"'errs' looks for a text that is \d times in file.py"):
        mutant.mutate(code)
