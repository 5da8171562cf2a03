"""What is told: an operator that gives secrets away, or says that all is well when it does not know."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "tells the values of secrets that have changed",
        "reconciler/redact.py",
        "    return FieldChange(told.path, value(told.live, told.path), value(told.want, told.path))\n",
        "    return told\n",
        ("tests/loop/test_telling.py::test_a_changed_secret_is_told_as_changed_and_not_as_what",),
    ),
)
