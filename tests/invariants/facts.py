"""What the test knows of `desired/`, and the rules need. Read from the files by a reader of its own."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_BAKE = 300
_UNITS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Wanted:
    """One service in one cluster, as people want it."""

    instances: int = 1
    bake: float = _BAKE
    hosts: frozenset[str] = frozenset()
    autoscaled: bool = False
    replaceable: bool = False
    """Its spec agrees to a replacement of live resources (S9)."""
    forcible: bool = False
    """Its spec agrees to a forced deletion (S23)."""


@dataclass(frozen=True)
class Facts:
    """One revision of `desired/`. Services of a cluster are named `cluster/service`.

    `edition` orders revisions for S13: the place of this one in git's history; 0 where the order is not at stake.
    `broken` names services (in every cluster) whose files are not valid, `contested` those that claim the same
    name as another. `confirmed` says that a person has agreed to the removals.
    """

    wanted: Mapping[str, Wanted] = field(default_factory=dict)
    revision: str = ""
    edition: int = 0
    broken: frozenset[str] = frozenset()
    contested: frozenset[str] = frozenset()
    confirmed: bool = False


def facts_in(root: Path, **more: Any) -> Facts:
    """The facts of a `desired/` directory; `more` are fields that the files don't tell, as in `Facts`.

    A file that is not YAML makes its service broken; which other mistakes do, the test must say.
    """
    zones = {file.stem: _mapping(file).get("zone", "") for file in root.glob("clusters/*.yml")}
    wanted: dict[str, Wanted] = {}
    broken = set(more.pop("broken", ()))
    for directory in sorted(root.glob("services/*")):
        try:
            wanted |= dict(_wanted(directory, zones))
        except yaml.YAMLError:
            broken.add(directory.name)
    return Facts(wanted, _digest(root), broken=frozenset(broken), **more)


def _wanted(directory: Path, zones: Mapping[str, str]) -> Iterator[tuple[str, Wanted]]:
    written = _mapping(directory / "service.yml")
    for cluster, instances in written.get("instances", {}).items():
        hosts = frozenset(f"{each['subdomain']}.{zones.get(cluster)}" for each in written.get("listeners", ()))
        yield (
            f"{cluster}/{directory.name}",
            Wanted(
                instances,
                _seconds(written.get("rollout", {}).get("bake", _BAKE)),
                hosts,
                autoscaled="desiredCount" in written.get("ignore", ()),
            ),
        )


def _mapping(file: Path) -> Mapping[str, Any]:
    return _parsed(file.read_text()) if file.is_file() else {}


@cache
def _parsed(text: str) -> Mapping[str, Any]:
    written = yaml.safe_load(text)
    return written if isinstance(written, dict) else {}


def _seconds(duration: str | int) -> float:
    text = str(duration)
    return float(text[:-1]) * _UNITS[text[-1]] if text[-1] in _UNITS else float(text)


def _digest(root: Path) -> str:
    files = (file for file in sorted(root.rglob("*")) if file.is_file())
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
