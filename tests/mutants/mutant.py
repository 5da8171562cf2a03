"""A mutant: the operator with one of its safeguards taken out, and the tests that must find it out."""

from dataclasses import dataclass


class DoesNotApplyError(Exception):
    """The code has moved on from under a mutant: give it the text as it is now, or take the mutant out."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """What the operator does wrong, as the rest of a sentence; in `file` it does so with `put` in the place of `find`.

    `caught_by` selects tests as pytest does: few and quick ones, that judge what comes of it.
    """

    name: str
    file: str
    find: str
    put: str
    caught_by: tuple[str, ...]

    def mutate(self, code: str) -> str:
        """The file with the mistake in it. Raises `DoesNotApplyError` unless the text is found exactly once."""
        if (found := code.count(self.find)) != 1:
            raise DoesNotApplyError(
                f"{self.name!r} looks for a text that is {found} times in {self.file}:\n{self.find}"
            )
        return code.replace(self.find, self.put)
