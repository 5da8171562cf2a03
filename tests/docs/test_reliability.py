"""What reliability.md promises is held by what it names."""

import re

import pytest

from tests.docs.documents import ROOT, read, rows
from tests.invariants.judged import Invariant
from tests.invariants.rules import RULES

PROMISES = {cells[0]: cells[2] for cells in rows(read("docs/reliability.md")) if re.fullmatch(r"[SL]\d+", cells[0])}


def test_every_promise_is_there_once_and_in_order() -> None:
    assert list(PROMISES) == [f"S{number}" for number in range(1, 25)] + [f"L{number}" for number in range(1, 11)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_the_observer_judges_is_said_to_be_judged_by_it(rule: Invariant) -> None:
    assert "observer" in PROMISES[rule.name]


@pytest.mark.parametrize("promise", PROMISES)
def test_the_tests_that_hold_a_promise_exist(promise: str) -> None:
    named = re.findall(r"tests/[\w/.]+", PROMISES[promise])
    judged = promise in {rule.name for rule in RULES}
    assert named or judged
    assert [path for path in named if not (ROOT / path).exists()] == []
