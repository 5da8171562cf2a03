"""S24: the clock of the machine jumps, or is wrong from the start. AWS's time counts."""

from datetime import timedelta

import pytest

from reconciler.aws import Traffic
from reconciler.cli.wiring import Silent, loop_of
from reconciler.clock import CorrectedClock
from reconciler.loop import reading
from reconciler.model import Phase
from reconciler.settings import Settings
from reconciler.source import DirectorySource
from tests.loop.harness import Stage, Wrong
from tests.loop.test_blue_green import on_blue, until

BAKE = timedelta(seconds=60)
HOURS = [timedelta(hours=1), timedelta(hours=-1)]


@pytest.mark.parametrize("wrong", HOURS, ids=["an hour ahead", "an hour behind"])
def test_a_bake_is_as_long_as_ever_when_it_goes_on_where_the_clock_is_wrong(stage: Stage, wrong: timedelta) -> None:
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    began = stage.clock.now()
    stage.wrong = wrong
    stage.restart()
    until(stage, Phase.RETIRE)
    assert BAKE - timedelta(seconds=10) <= stage.clock.now() - began <= BAKE + timedelta(seconds=30)


@pytest.mark.parametrize("wrong", HOURS, ids=["an hour ahead", "an hour behind"])
def test_a_release_that_one_replica_begins_and_another_ends_is_dated_by_neither(stage: Stage, wrong: timedelta) -> None:
    stage.wrong = wrong
    stage.restart()
    on_blue(stage)
    stage.web("v2", "blue-green")
    until(stage, Phase.BAKE)
    began = stage.clock.now()
    stage.wrong = -wrong
    stage.restart()
    until(stage, Phase.RETIRE)
    assert BAKE - timedelta(seconds=10) <= stage.clock.now() - began <= BAKE + timedelta(seconds=30)


@pytest.mark.parametrize("wrong", HOURS, ids=["an hour ahead", "an hour behind"])
def test_what_is_told_of_the_age_of_a_reading_is_right_where_the_clock_is_wrong(stage: Stage, wrong: timedelta) -> None:
    stage.wrong = wrong
    stage.restart()
    on_blue(stage)
    assert abs(stage.loop.status.observed_at["test"] - stage.clock.now()) < timedelta(seconds=10)


@pytest.mark.parametrize("wrong", HOURS, ids=["an hour ahead", "an hour behind"])
def test_a_clock_that_another_regions_answer_puts_right_during_a_call_stays_right_after_it(
    stage: Stage, wrong: timedelta
) -> None:
    clock = CorrectedClock(Wrong(stage.clock, wrong))
    told: list[tuple[float, timedelta]] = []

    def heard(call: Traffic) -> None:
        told.append((call.seconds, abs(clock.now() - stage.clock.now())))

    loop = loop_of(Settings(), Silent(), clock=clock, on_call=heard)
    stage.sandbox.hooks.before.append(lambda _: clock.heard(stage.clock.now(), 0))
    loop.accept(reading(DirectorySource(stage.root)))
    loop.preview()
    assert {seconds for seconds, _ in told} == {0}
    assert max(error for _, error in told) < timedelta(seconds=2)
