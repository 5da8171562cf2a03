"""What is drawn from a line of things that is not known beforehand."""

import random
from dataclasses import dataclass


@dataclass
class Lot:
    """Draws a share of what comes by, evenly spread, from a beginning that is a matter of dice.

    A share above 1 draws some things more than once.
    """

    share: float
    dice: random.Random

    def __post_init__(self) -> None:
        self._due = self.dice.random()

    def draw(self) -> int:
        """How often the thing that comes by now is drawn."""
        self._due += self.share
        drawn = int(self._due)
        self._due -= drawn
        return drawn
