"""Every link inside the repository leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, name

_LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(document: Path) -> set[str]:
    """The anchors that headings have, as GitHub and most renderers make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(document: Path) -> Iterator[str]:
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if "://" in link:
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_to_files_and_headings_that_exist(document: Path) -> None:
    assert list(broken(document)) == []


def test_a_link_to_a_heading_that_does_not_exist_would_be_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        "# Here it is!\n[good](#here-it-is) [bad](#elsewhere) [gone](b.md) [web](https://a.example/b)\n"
    )

    assert list(broken(document)) == ["#elsewhere", "b.md"]
