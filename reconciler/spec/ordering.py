"""Which service waits for which: every name is one of a service, and nobody waits for itself, by whatever way."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.spec.errors import SpecError
from reconciler.spec.judge import Judged
from reconciler.spec.models import ServiceSpec
from reconciler.spec.partial import UnclearError
from reconciler.spec.service import ServiceFiles
from reconciler.spec.wording import did_you_mean

Waits = Mapping[str, Sequence[str]]


def out_of_order(services: Sequence[ServiceFiles]) -> Iterator[SpecError]:
    """What is wrong with any `after:`. All services of a cycle are refused: which of them is meant to go first is for
    people to say.
    """
    names = {files.name for files in services}
    files = {each.name: each.service for each in services if each.service}
    waits = {name: _after(file) for name, file in files.items()}
    for name, file in files.items():
        for number, other in enumerate(waits[name]):
            if other not in names:
                message = f"there is no service `{other}`; {did_you_mean(other, names)}"
                yield file.error(("after", number), message)
            elif (way := _way(other, name, waits)) is not None:
                message = f"{name} waits for {', which waits for '.join([*way, name])}; take one of these out"
                yield file.error(("after", number), message)


def _after(file: Judged[ServiceSpec]) -> Sequence[str]:
    try:
        return file.spec.after if file.spec else ()
    except UnclearError:
        return ()


def _way(start: str, end: str, waits: Waits) -> list[str] | None:
    """The services by which the first waits for the last, which is not among them; None when it does not."""
    if start == end:
        return []
    before: dict[str, str] = {}
    coming = [start]
    while coming:
        name = coming.pop()
        for other in waits.get(name, ()):
            if other == end:
                return _back(name, before)
            if other not in before and other != start:
                before[other] = name
                coming.append(other)
    return None


def _back(name: str, before: Mapping[str, str]) -> list[str]:
    way = [name]
    while name in before:
        name = before[name]
        way.append(name)
    return way[::-1]
