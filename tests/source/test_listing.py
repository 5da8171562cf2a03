"""Which files a tree gives: names, and symlinks that stay inside, lead out, or lead nowhere."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.source import SourceError, SourceFile
from reconciler.source.listing import Listing, spec_files


def files_of(
    files: Collection[str] = (), links: Mapping[str, str] | None = None, unreadable: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The tree's files, each as `= the path its content was read from` or as its problem."""
    found = spec_files(
        Listing(files, links or {}, unreadable or {}),
        lambda paths: {path: SourceFile(path, f"= {path}".encode("utf-8", "surrogateescape")) for path in paths},
    )
    return {file.path: file.problem or (file.content or b"").decode() for file in found}


def test_only_yaml_files_are_given_sorted_by_path() -> None:
    found = files_of(["services/b/service.yml", "README.md", "services/a.yaml", "clusters/prod.yml"])

    assert list(found) == ["clusters/prod.yml", "services/a.yaml", "services/b/service.yml"]


def test_a_link_to_a_file_has_the_content_of_its_target() -> None:
    assert files_of(["base.txt"], {"services/a.yml": "../base.txt"}) == {"services/a.yml": "= base.txt"}


def test_a_link_to_a_folder_gives_the_files_of_the_folder_under_its_own_name() -> None:
    assert files_of(["old/a/service.yml"], {"new": "old"}) == {
        "new/a/service.yml": "= old/a/service.yml",
        "old/a/service.yml": "= old/a/service.yml",
    }


def test_a_link_through_other_links_is_followed_to_its_end() -> None:
    links = {"one.yml": "folder/two.yml", "folder": "real", "real/two.yml": "./three.yml"}

    assert files_of(["real/three.yml"], links)["one.yml"] == "= real/three.yml"


@pytest.mark.parametrize("target", ["/etc/passwd", "../other.yml", "services/../../other.yml", "..", "/"])
def test_a_link_that_leaves_the_tree_is_refused(target: str) -> None:
    found = files_of(["services/a.yml"], {"b.yml": target})

    assert found["b.yml"] == "symlink that leaves the tree: copy the file into it"
    assert found["services/a.yml"] == "= services/a.yml"


@pytest.mark.parametrize("target", ["../../gone", "/srv/specs"])
def test_a_link_to_a_folder_outside_is_told_rather_than_taken_for_an_absent_service(target: str) -> None:
    assert files_of(links={"services/httpbin": target}) == {
        "services/httpbin": "symlink that leaves the tree: copy the file into it"
    }


def test_a_link_to_nothing_is_refused() -> None:
    assert files_of(links={"services/httpbin": "../gone"}) == {
        "services/httpbin": "symlink to nothing in the tree: correct its target, or remove it"
    }


def test_links_that_lead_to_each_other_are_refused() -> None:
    assert files_of(links={"a.yml": "b.yml", "b.yml": "a.yml"}) == {
        "a.yml": "symlink that leads back to itself: remove it",
        "b.yml": "symlink that leads back to itself: remove it",
    }


def test_a_link_to_a_folder_that_it_is_in_is_refused_and_the_rest_is_given() -> None:
    found = files_of(["services/a/service.yml"], {"services/a/all": "../..", "services/again": "."})

    assert found == {
        "services/a/all": "symlink to a folder that it is in: remove it",
        "services/a/service.yml": "= services/a/service.yml",
        "services/again": "symlink to a folder that it is in: remove it",
    }


def test_folders_of_links_to_folders_of_links_end_in_an_error_and_not_in_a_billion_files() -> None:
    links = {f"{depth}/{side}": f"../{depth + 1}" for depth in range(40) for side in "ab"}

    with pytest.raises(SourceError, match="more than 100000 files, counted through symlinks"):
        files_of(["40/laugh.yml"], links)


def test_a_folder_that_cannot_be_looked_into_is_told_by_its_own_path_and_by_a_link_to_it() -> None:
    found = files_of(links={"alias": "services"}, unreadable={"services": "unreadable: Permission denied"})

    assert found == {"alias": "unreadable: Permission denied", "services": "unreadable: Permission denied"}


def test_odd_names_are_kept_as_they_are() -> None:
    names = ["my service/a b.yml", "größe/ñ.yml", "two\nlines.yml", "-n.yml", '"quoted".yml']

    assert files_of(names) == {name: f"= {name}" for name in names}


def test_a_name_that_is_not_utf8_is_refused_in_letters_that_can_be_printed() -> None:
    odd = b"services/caf\xe9.yml".decode("utf-8", "surrogateescape")

    assert files_of([odd]) == {"services/caf\\xe9.yml": "its name is not UTF-8: rename it"}


PARTS = st.sampled_from(["a", "b", "c.yml", "d.yml"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
TARGETS = st.lists(PARTS | st.sampled_from(["..", ".", ""]), min_size=1, max_size=5).map("/".join)


@given(files=st.sets(PATHS, max_size=6), links=st.dictionaries(PATHS, TARGETS, max_size=6))
def test_whatever_the_links_every_content_comes_from_a_file_of_the_tree(files: set[str], links: dict[str, str]) -> None:
    found = files_of(files, links)

    assert {text.removeprefix("= ") for text in found.values() if text.startswith("= ")} <= files
