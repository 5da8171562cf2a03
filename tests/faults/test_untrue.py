"""Answers that are not true, for a long while: no invariant is violated, and in the end all is as it should be.

Half of the reads tell what was true up to three answers ago, that a service is missing, or a page that lacks an item,
is empty, or says everything twice. Meanwhile services are made, released, changed and removed.
"""

import random

from tests.faults.injector import NOTHING, Injector
from tests.faults.replay import replayed_by
from tests.faults.rest import come_to_rest
from tests.faults.weather import Weather, untrue
from tests.faults.written import Written, assert_as_new, installation
from tests.invariants.portrait import portrait

WEB, API = Written(hosts=("web",), strategy="blue-green"), Written(hosts=("api", "left"))
EDITIONS = (
    {"web": WEB, "api": API},
    {"web": Written("v2", "blue-green", ("web", "right")), "api": Written("v2", "rolling", ("api",))},
    {"web": Written("v2", "rolling", ("web",)), "api": Written("v3", "blue-green", ("api",))},
    {"web": Written("v3", "blue-green", ("web",), 3), "job": Written("v1", "rolling", ("job",))},
)
PASSES = 12


def test_answers_that_are_not_true_do_no_harm(seed: int, whole: bool) -> None:
    for number in range(40 if whole else 1):
        with replayed_by(seed):
            had = what_is_left(random.Random(f"{seed} {number}"))
            assert_as_new(had, EDITIONS[-1])


def what_is_left(dice: random.Random) -> tuple[str, ...]:
    """The portrait of what there is after all editions."""
    with installation() as stage:
        injector = Injector(Weather(untrue, 0.5, dice))
        stage.on_client = injector.watch
        former: set[str] = set()
        for edition in EDITIONS:
            for name, it in edition.items():
                it.write(stage, name)
            for name in former - edition.keys():
                stage.delete(name)
            former = set(edition)
            stage.passes(PASSES)
        injector.decide = lambda _: NOTHING
        come_to_rest(stage)
        assert stage.settled(), stage.report()
        return portrait(stage.sandbox)
