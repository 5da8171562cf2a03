"""Faults for a while: which calls they meet is a matter of dice, so a seed replays them.

AWS is eventually consistent, so any answer may be untrue, in any combination with others. Of one thing alone no two
answers in a row are: who has heard the same untruth twice can't know, and who asks again hears the truth.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass
class Weather:
    """Something goes wrong with a part of all calls, until it turns."""

    faults: Faults = throttled
    rate: float = 0
    dice: random.Random = field(default_factory=random.Random)
    _doubtful: set[tuple[str, str]] = field(default_factory=set)

    def turn(self, faults: Faults, rate: float, dice: random.Random) -> None:
        """From now on something else goes wrong, with another part of all calls; what was told stays told."""
        self.faults, self.rate, self.dice = faults, rate, dice

    def clear_up(self) -> None:
        """From now on nothing goes wrong."""
        self.rate = 0

    def __call__(self, asked: Asked) -> Fault:
        """What goes wrong with this one."""
        fault = self._rolled(asked)
        if fault is not NOTHING and not fault.untrue:
            return fault
        asks, of_its_kind = _things(asked), {each for each in self._doubtful if each[0] == asked.operation}
        again = of_its_kind if _ALL in asks else of_its_kind & {(asked.operation, thing) for thing in (*asks, _ALL)}
        if fault.untrue and not again:
            self._doubtful |= {(asked.operation, thing) for thing in asks}
            return fault
        self._doubtful -= of_its_kind if _ALL in asks else {(asked.operation, thing) for thing in asks}
        return NOTHING

    def _rolled(self, asked: Asked) -> Fault:
        faults = self.faults(asked.service, asked.operation)
        return self.dice.choice(faults) if faults and self.dice.random() < self.rate else NOTHING


_ALL = "all there is"
_LISTENER = re.compile(r"listener(?:-rule)?/app/[^/]+/[^/]+/(\w+)")
_NAMED = re.compile(r"'(?:ResourceArns|TargetGroupArns?|services|StartRecordName)', (\[[^]]*\]|'[^']*')")
_NAME = re.compile(r"([^/'\[\] ]+)'")


def _things(asked: Asked) -> frozenset[str]:
    """What a call asks about, by names: rules by their listener; if it names none, all there is of the kind."""
    if asked.operation == "DescribeRules":
        return frozenset(_LISTENER.findall(asked.parameters))
    named = _NAMED.findall(asked.parameters)
    return frozenset(name for names in named for name in _NAME.findall(names)) or frozenset({_ALL})


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
