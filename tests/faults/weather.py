"""Faults for a while: which calls they meet is a matter of dice, so a seed replays them."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botocore.awsrequest import AWSResponse

from reconciler.aws.gateway import is_read
from tests.faults.injector import (
    NOTHING,
    Answer,
    Asked,
    EmptyPage,
    Fault,
    Harmless,
    Missing,
    Refused,
    RepeatedPage,
    ShortPage,
    Stale,
)
from tests.faults.kinds_of_faults import faults_of

Faults = Callable[[str, str], Sequence[Fault]]
"""What can go wrong with a call, by its service and operation."""


def throttled(service: str, operation: str) -> Sequence[Fault]:
    """AWS asks for fewer calls."""
    return (Refused("ThrottlingException" if service == "ecs" else "Throttling"),)


def untrue(service: str, operation: str) -> Sequence[Fault]:
    """An answer that was true earlier, and listings that are not whole."""
    if not is_read(operation):
        return ()
    missing = (Missing(),) if operation == "DescribeServices" else ()
    return (Stale(1), Stale(2), Stale(3), EmptyPage(), ShortPage(), RepeatedPage(), *missing)


SKIES: Mapping[str, Faults] = {"anything": faults_of, "throttled": throttled, "untrue": untrue}


@dataclass(frozen=True, slots=True)
class Weather:
    """Something goes wrong with a part of all calls."""

    faults: Faults
    rate: float
    dice: random.Random

    def __call__(self, asked: Asked) -> Fault:
        """What goes wrong with this one."""
        faults = self.faults(asked.service, asked.operation)
        return self.dice.choice(faults) if faults and self.dice.random() < self.rate else NOTHING


class Killed(BaseException):
    """The operator dies, and nothing that it would do about errors happens."""


@dataclass
class Death(Harmless):
    """The operator dies at its call of a number from now, when that has been carried out or before."""

    decide: Callable[[Asked], Fault]
    calls: int
    carried_out: bool

    def __call__(self, asked: Asked) -> Fault:
        """What goes wrong with a call before the last; the last is this fault's own."""
        self.calls -= 1
        return self if self.calls <= 0 else self.decide(asked)

    def before(self, asked: Asked) -> tuple[AWSResponse, Answer] | None:
        """The last call is not made."""
        if self.carried_out:
            return None
        raise Killed

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """The last call was made, and the answer never arrives."""
        raise Killed
