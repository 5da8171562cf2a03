"""Each row of the table of refusals, seen from a client: what is asked, and what AWS says to it."""

import re
from collections.abc import Iterator

import pytest

from reconciler.sandbox.refusals import REFUSALS
from reconciler.sandbox.refusals.table import Refusal
from tests.sandbox.aws import refusal, running
from tests.sandbox.house import Ask, Cases, House
from tests.sandbox.refusal_cases import autoscaling, balanced_services, balancing, dns, ecs, task_definitions

CASES: Cases = {
    **{f"ECS: {name}": case for name, case in (ecs.CASES | balanced_services.CASES).items()},
    **{f"ECS: {name}": (ask, f"ClientException: {said}") for name, (ask, said) in task_definitions.CASES.items()},
    **{f"ELB: {name}": case for name, case in balancing.CASES.items()},
    **{f"Auto Scaling: {name}": case for name, case in autoscaling.CASES.items()},
    **{f"DNS: {name}": case for name, case in dns.CASES.items()},
}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One for all cases: what is refused changes nothing, and what is accepted on the way has a name of its own."""
    with running() as aws:
        yield House(aws)


@pytest.mark.parametrize(("ask", "said"), CASES.values(), ids=CASES.keys())
def test_aws_refuses(house: House, ask: Ask, said: str) -> None:
    assert _like(said).fullmatch(refusal(lambda: ask(house)))


def _like(said: str) -> re.Pattern[str]:
    """`*` stands for an ARN or a value too long to repeat."""
    return re.compile(re.escape(said).replace(r"\*", ".*"))


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.service} {row.operations}: {row.message}")
def test_every_row_of_the_table_is_shown_by_a_case(row: Refusal) -> None:
    words = re.compile(re.escape(f"{row.code}: {row.message}").replace(r"\{\}", ".*"))

    assert any(words.fullmatch(said) for _, said in CASES.values())


def test_an_aws_that_refuses_nothing_would_fail_these_cases(house: House) -> None:
    assert refusal(lambda: house.rule(1, 0, 999)) == "accepted"
