"""Which file is what, and whom a file that is wrong concerns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from reconciler.model import ServiceKey
from reconciler.spec.errors import START, SpecError
from reconciler.spec.wording import nearest

Kind = Literal["cluster", "service", "config", "release"]

SERVICE_FILES: dict[str, Kind] = {"service.yml": "service", "config.yml": "config", "release.yml": "release"}
DEFAULT = "default"
"""The section of config.yml and release.yml for every cluster; no cluster can have this name."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?")
_RULE = "at most 63 lower-case letters, digits, `-` and `_`, with a letter or digit at either end"
_YAML = {".yml", ".yaml", ".json"}
_SERVICE_DEPTH = 3


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A file in its place: what it describes, and of which cluster or service."""

    path: str
    kind: Kind
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Concern:
    """What must be left alone while something is wrong with a file."""

    services: frozenset[str] = frozenset()
    clusters: frozenset[str] = frozenset()
    workloads: frozenset[ServiceKey] = frozenset()
    everything: bool = False

    def covers(self, key: ServiceKey) -> bool:
        """Whether the service in the cluster is concerned."""
        by_name = key.service in self.services or key.cluster in self.clusters
        return self.everything or by_name or key in self.workloads


def sort(files: Iterable[tuple[str, bytes | None, str | None]]) -> tuple[list[SpecFile], list[SpecError]]:
    """Find the place of each file. Files that nobody reads, such as a README, have none and are passed over."""
    found: list[SpecFile] = []
    errors: list[SpecError] = []
    for path, content, problem in sorted(files, key=lambda file: file[0]):
        if _ignored(path, unreadable=content is None):
            continue
        placed = _misread(problem) if content is None else _place(path, content)
        if isinstance(placed, SpecFile):
            found.append(placed)
        else:
            errors.append(SpecError(path, *START, placed))
    return found, errors


def concern(errors: Iterable[SpecError]) -> Concern:
    """Whom the files with errors concern.

    A directory that holds everything concerns everything. A file in the wrong place concerns whatever it may have
    been meant for: what it names must not be taken for deleted.
    """
    services: set[str] = set()
    clusters: set[str] = set()
    workloads: set[ServiceKey] = set()
    everything = False
    for path, cluster in {(error.path, error.cluster) for error in errors}:
        match PurePosixPath(path).parts:
            case () | ("services",) | ("clusters",):
                everything = True
            case ("services", name, _) if cluster:
                workloads.add(ServiceKey(cluster, name))
            case ("services", name, *deeper):
                services |= {name} if deeper else {name, PurePosixPath(name).stem}
            case ("clusters", name, *_):
                clusters.add(PurePosixPath(name).stem)
            case parts:
                meant = PurePosixPath(parts[:2][-1]).stem
                services.add(meant)
                clusters.add(meant)
    return Concern(frozenset(services), frozenset(clusters), frozenset(workloads), everything)


def _ignored(path: str, *, unreadable: bool) -> bool:
    parts = PurePosixPath(path).parts
    if any(part.startswith(".") for part in parts):
        return True
    suffix = PurePosixPath(path).suffix.lower()
    may_be_directory = not suffix or len(parts) < _SERVICE_DEPTH
    return suffix not in _YAML and not (unreadable and may_be_directory)


def _misread(problem: str | None) -> str:
    return f"cannot be read: {problem or 'no content'}; nothing it may describe is changed until it can"


def _place(path: str, content: bytes) -> SpecFile | str:
    """The file in its place, or what is wrong with where it is."""
    match PurePosixPath(path).parts:
        case ("clusters", file):
            return _cluster(path, file, content)
        case ("services", name, file):
            return _service(path, name, file, content)
        case ("services", file):
            stem = PurePosixPath(file).stem
            return f"a service is a directory; move this to services/{stem}/service.yml"
        case ("clusters" | "services" as top, *_):
            known = "clusters/NAME.yml" if top == "clusters" else "services/NAME/service.yml"
            return f"nothing is read this deep; move it to {known}, or delete it"
        case (top, *_):
            hint = nearest(top, ("clusters", "services"))
            advice = f"did you mean `{hint}/`?" if hint else "move it, or delete it"
            return f"only clusters/NAME.yml and services/NAME/*.yml are read; {advice}"
    return "nothing reads this; delete it"


def _cluster(path: str, file: str, content: bytes) -> SpecFile | str:
    name, suffix = PurePosixPath(file).stem, PurePosixPath(file).suffix
    if suffix != ".yml":
        return f"nothing reads `{file}`; name it `{name}.yml`"
    if not _NAME.fullmatch(name) or name == DEFAULT:
        why = "it stands for every cluster" if name == DEFAULT else _RULE
        return f"`{name}` cannot be a cluster's name ({why}); rename the file"
    return SpecFile(path, "cluster", name, content)


def _service(path: str, name: str, file: str, content: bytes) -> SpecFile | str:
    if not _NAME.fullmatch(name):
        return f"`{name}` cannot be a service's name ({_RULE}); rename the directory"
    if kind := SERVICE_FILES.get(file):
        return SpecFile(path, kind, name, content)
    hint = nearest(PurePosixPath(file).stem, (PurePosixPath(known).stem for known in SERVICE_FILES))
    advice = f"name it `{hint}.yml`" if hint else f"a service's files are {', '.join(SERVICE_FILES)}"
    return f"nothing reads `{file}`; {advice}"
