"""A git remote can make the operator neither run, nor touch, nor tell anything."""

import stat
from pathlib import Path

import pytest

from reconciler.source import MAX_FILE_BYTES, GitSource, SourceError, tree

from .developer import Developer, contents, mirror_of, source_of


def test_the_mirror_is_for_the_operator_alone_and_nothing_is_checked_out(source: GitSource, tmp_path: Path) -> None:
    source.read()

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "cache", mirror_of(tmp_path))]
    assert modes == [0o700, 0o700]
    assert not list((tmp_path / "cache").rglob("*.yml"))


def test_the_repository_that_git_variables_or_the_working_directory_name_is_left_alone(
    developer: Developer, source: GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    developer.git("init", "--quiet", cwd=other)
    before = sorted(other.rglob("*"))
    monkeypatch.chdir(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git/objects"))

    assert contents(source) == {"services/httpbin/service.yml": b"cpu: 1"}
    assert sorted(other.rglob("*")) == before


def test_no_hook_is_run(
    developer: Developer, source: GitSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "reference-transaction").chmod(0o700)
    (tmp_path / "gitconfig").write_text(f"[core]\n\thooksPath = {hooks}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))

    source.read()

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://robot:hunter2@127.0.0.1:1/desired.git",
        "http://robot:hunter2@127.0.0.1:1/desired.git",
        "http://hunter2@127.0.0.1:1/desired.git",
        "ssh://robot:hunter2@127.0.0.1:1/desired.git",
        "http://robot:a@hunter2@127.0.0.1:1/desired.git",
    ],
)
def test_no_password_is_in_the_description_or_an_error(url: str, tmp_path: Path) -> None:
    source = source_of(url, tmp_path)
    with pytest.raises(SourceError) as raised:
        source.read()

    assert "127.0.0.1:1/desired.git main:desired" in source.description
    for text in (source.description, str(raised.value), repr(source)):
        assert "hunter2" not in text


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "none that can be fetched from"),
        ("--upload-pack=touch hunter2", "none that can be fetched from"),
        ("ext::sh -c touch% hunter2", "none that can be fetched from"),
        ("fd::17", "none that can be fetched from"),
        ("https://host.example/a\nhost=hunter2", "none that can be fetched from"),
        ("git://hunter2.example/desired.git", "git:// are not allowed"),
        ("ftp://robot:hunter2@host.example/x", "ftp:// are not allowed"),
        ("https:///hunter2", "no host"),
        ("https://robot:hunter2/secret@host.example/x", "percent-encode user and password"),
        ("https://host.example/x.git?token=hunter2", "query"),
        ("https://robot:my hunter2@host.example/x.git", "percent-encode"),
        ("robot:hunter2@host.example:x.git", "password but no scheme"),
    ],
)
def test_a_url_that_could_do_more_than_fetch_is_refused_and_not_repeated(url: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=reason) as raised:
        source_of(url, tmp_path)

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("branch", ["", "-x", "a..b", "a b", "a:b", "a*", "^a", "/a", "a/", "a//b", "a.lock", "a@{1}"])
def test_what_is_no_branch_is_refused(branch: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no branch name"):
        source_of("/srv/desired.git", tmp_path, branch=branch)


@pytest.mark.parametrize("path", ["/etc", "..", "desired/../../x"])
def test_a_path_out_of_the_repository_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no folder inside the repository"):
        source_of("/srv/desired.git", tmp_path, path=path)


def test_files_that_are_too_much_together_are_refused(
    developer: Developer, source: GitSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "MAX_TREE_BYTES", 2 * MAX_FILE_BYTES)
    for number in range(4):
        developer.write(f"desired/{number}.yml", f"{number}" * MAX_FILE_BYTES)
    developer.push()

    with pytest.raises(SourceError, match="the files are larger than 2 MiB together"):
        source.read()


def test_a_forged_tree_whose_names_lead_out_of_it_leads_nowhere(developer: Developer, source: GitSource) -> None:
    blob = developer.git("hash-object", "-w", "--stdin", stdin=b"cpu: 1")
    inner = forged_tree(developer, ("100644", "service.yml", blob))
    folder = forged_tree(developer, ("40000", "..", inner), ("100644", "a.yml", blob))
    root = forged_tree(developer, ("40000", "desired", folder))
    commit = developer.git("commit-tree", root, "-m", "Forged")
    developer.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/main")

    assert contents(source) == {"a.yml": b"cpu: 1"}


def forged_tree(developer: Developer, *entries: tuple[str, str, str]) -> str:
    """A tree that git itself would not make."""
    content = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(name_of) for mode, name, name_of in entries)
    return developer.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=content)
