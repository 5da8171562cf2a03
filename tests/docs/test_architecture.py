"""ARCHITECTURE.md and the decisions describe the package as it is."""

import re
import textwrap
import tomllib
from pathlib import Path

import pytest

import reconciler
from reconciler.model import Phase
from tests.docs.documents import ROOT, blocks, name, read, rows, section

ARCHITECTURE = read("ARCHITECTURE.md")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def packages_listed() -> list[str]:
    return [cells[0] for cells in rows(section(ARCHITECTURE, "## Packages"))]


def test_the_packages_listed_are_those_there_are() -> None:
    modules = {path.stem for path in (ROOT / "reconciler").glob("*.py") if not path.stem.startswith("__")}
    folders = {path.parent.name for path in (ROOT / "reconciler").glob("*/__init__.py")}

    assert sorted(packages_listed()) == sorted(modules | folders)


def test_the_packages_are_listed_in_the_order_in_which_they_may_import() -> None:
    (contract, *_) = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = [re.findall(r"reconciler\.(\w+)", layer) for layer in contract["layers"]]
    depth = {package: number for number, layer in enumerate(layers) for package in layer}
    listed = [package for package in packages_listed() if package != "sandbox"]

    assert set(listed) == set(depth)
    assert listed == sorted(listed, key=depth.__getitem__)


def test_the_picture_is_the_one_in_the_package() -> None:
    _, picture, *_ = (reconciler.__doc__ or "").split("\n\n")

    assert blocks(ARCHITECTURE, "")[0].rstrip() == textwrap.dedent(picture)


def test_every_tag_is_listed() -> None:
    files = [path for folder in ("kinds", "rollout") for path in (ROOT / "reconciler" / folder).glob("*.py")]
    sources = (path.read_text() for path in [*files, ROOT / "reconciler" / "intents.py"])
    tags = {tag for source in sources for tag in re.findall(r'^[A-Z_]+ = "(reconciler:[a-z-]+)"', source, re.MULTILINE)}

    assert {cells[0] for cells in rows(section(ARCHITECTURE, "### Tags"))} == tags


def test_every_phase_is_in_the_picture_of_a_rollout() -> None:
    (picture,) = blocks(section(ARCHITECTURE, "## A rollout's phases"), "")

    assert set(re.findall(r"\b[A-Z]\w+", picture)) == set(Phase) - {Phase.UNKNOWN}


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:5] for path in DECISIONS] == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("decision", DECISIONS, ids=name)
def test_a_decision_says_why_what_and_what_not(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")

    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Rejected", "Consequences"]
