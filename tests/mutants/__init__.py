"""The oracle is proved: an operator that has lost one of its safeguards is found out by the tests.

`catalogue` has the mutants as data, `trial` tries one, `make mutants` all of them (`ONLY=word` some).
"""
