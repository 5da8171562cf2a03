"""The invariants: one small function each, whose docstring is the sentence that must hold.

A rule gets a write just before AWS does, with the state it will meet, and yields what is wrong with it.
"""

from tests.invariants.judged import Invariant
from tests.invariants.rules import dns, ownership, removal, restraint, traffic

RULES: tuple[Invariant, ...] = (
    Invariant("S1", ownership.s1),
    Invariant("S2", ownership.s2),
    Invariant("S3", traffic.s3),
    Invariant("S4", traffic.s4),
    Invariant("S5", traffic.s5),
    Invariant("S6", traffic.s6),
    Invariant("S7", traffic.s7),
    Invariant("S8", removal.s8),
    Invariant("S9", removal.s9),
    Invariant("S10", removal.s10),
    Invariant("S11", removal.s11),
    Invariant("S12", removal.s12),
    Invariant("S13", ownership.s13),
    Invariant("S14", ownership.s14),
    Invariant("S15", ownership.s15),
    Invariant("S18", ownership.s18),
    Invariant("S19", dns.s19),
    Invariant("S20", dns.s20),
    Invariant("S21", restraint.s21),
    Invariant("S22", restraint.s22),
    Invariant("S23", removal.s23),
    Invariant("L8", traffic.l8),
)
