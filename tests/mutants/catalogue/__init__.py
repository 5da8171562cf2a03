"""The mutants, by what they get wrong."""

from tests.mutants.catalogue import deciding, leading, ownership, reading, removal, telling, traffic, wanting, writing
from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *ownership.MUTANTS,
    *traffic.MUTANTS,
    *removal.MUTANTS,
    *reading.MUTANTS,
    *writing.MUTANTS,
    *deciding.MUTANTS,
    *wanting.MUTANTS,
    *leading.MUTANTS,
    *telling.MUTANTS,
)
