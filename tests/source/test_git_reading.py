"""A git remote as the source of desired state: real pushes into a real bare repository."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler import spec
from reconciler.model import ServiceKey
from reconciler.source import MAX_FILE_BYTES, DirectorySource, GitSource, SourceError, SourceFile

from .developer import Developer, contents, mirror_of, source_of


def test_a_push_is_read_with_its_commit_and_time(
    developer: Developer, source: GitSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:05+01:00")
    developer.write("desired/clusters/prod.yml", "region: eu-west-1")
    commit = developer.push()

    tree = source.read()

    assert tree.revision == commit
    assert tree.committed_at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert tree.files == (
        SourceFile("clusters/prod.yml", b"region: eu-west-1"),
        SourceFile("services/httpbin/service.yml", b"cpu: 1"),
    )


def test_a_commit_time_beyond_the_calendar_is_no_time(
    developer: Developer, source: GitSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@999999999999999 +0000")
    developer.push()

    assert source.read().committed_at is None


def test_the_same_files_are_the_same_read_from_git_and_from_the_work_tree(
    developer: Developer, source: GitSource
) -> None:
    developer.write("desired/a b/größe.yml", "1")
    developer.write("desired/two\nlines.yml", "2")
    developer.write('desired/"quoted"\t.yaml', "3")
    developer.write("desired/.hidden/service.yml", "4")
    developer.write("desired/README.md", "5")
    developer.write("secret.yml", "6")
    desired = developer.clone / "desired"
    (desired / b"caf\xe9.yml".decode("utf-8", "surrogateescape")).write_text("7")
    (desired / "follow.yml").symlink_to("services/httpbin/service.yml")
    (desired / "leave.yml").symlink_to("../secret.yml")
    (desired / "leave").symlink_to("/etc")
    (desired / "folder").symlink_to("services")
    (desired / "loop").symlink_to(".")
    (desired / "nothing.yml").symlink_to("gone.yml")
    (desired / "large.yml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    developer.push()

    files = source.read().files

    assert files == DirectorySource(desired).read().files
    assert len(files) == 12


def test_every_push_is_seen_by_the_next_reading(developer: Developer, source: GitSource) -> None:
    for number in range(5):
        developer.write("desired/services/httpbin/service.yml", f"cpu: {number}")
        commit = developer.push()

        tree = source.read()
        assert (tree.revision, tree.files[0].content) == (commit, f"cpu: {number}".encode())


def test_without_a_path_the_whole_repository_is_the_tree(developer: Developer, tmp_path: Path) -> None:
    for path in ("", ".", "./"):
        source = source_of(str(developer.remote), tmp_path, path=path)
        assert contents(source) == {"desired/services/httpbin/service.yml": b"cpu: 1"}


def test_a_branch_with_a_slash_and_a_nested_path_with_a_space_are_read(developer: Developer, tmp_path: Path) -> None:
    developer.git("checkout", "--quiet", "-b", "team/next")
    developer.write("a b/desired/service.yml", "cpu: 3")
    developer.push()

    assert contents(source_of(str(developer.remote), tmp_path, "team/next", "a b/desired/")) == {
        "service.yml": b"cpu: 3"
    }


def test_a_history_rewritten_by_force_is_read_like_any_other(developer: Developer, source: GitSource) -> None:
    source.read()
    developer.git("checkout", "--quiet", "--orphan", "fresh")
    developer.git("branch", "--quiet", "--move", "--force", "fresh", "main")
    developer.write("desired/services/httpbin/service.yml", "cpu: 9")
    commit = developer.push("--force")

    tree = source.read()

    assert (tree.revision, tree.files[0].content) == (commit, b"cpu: 9")


def test_a_service_in_a_submodule_is_told_and_not_taken_for_deleted(developer: Developer, source: GitSource) -> None:
    developer.git("rm", "--quiet", "-r", "desired/services/httpbin")
    developer.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},desired/services/httpbin")
    developer.git("commit", "--quiet", "--message=A submodule")
    developer.git("push", "--quiet", "origin", "HEAD")

    assert contents(source) == {
        "services/httpbin": "a submodule, whose files are in another repository: copy what is needed into this one"
    }
    files = [(file.path, file.content, file.problem) for file in source.read().files]
    assert spec.load(files, "").protects(ServiceKey("prod", "httpbin"))


def test_a_link_with_a_target_longer_than_any_path_is_refused(developer: Developer, source: GitSource) -> None:
    blob = developer.git("hash-object", "-w", "--stdin", stdin=b"a/" * 4096)
    developer.git("update-index", "--add", "--cacheinfo", f"120000,{blob},desired/long.yml")
    developer.git("commit", "--quiet", "--message=A long link")
    developer.git("push", "--quiet", "origin", "HEAD")

    assert contents(source)["long.yml"] == "symlink with too long a target: remove it"


def test_two_thousand_services_are_read(developer: Developer, source: GitSource) -> None:
    for number in range(2000):
        developer.write(f"desired/services/s{number:04}/service.yml", f"cpu: {number}")
    developer.push()

    assert len(source.read().files) == 2001


def test_an_empty_folder_of_specs_is_no_error(developer: Developer, source: GitSource) -> None:
    developer.git("rm", "--quiet", "-r", "desired")
    developer.write("desired/README.md", "To come.")
    developer.push()

    assert source.read().files == ()


def test_a_reading_knows_the_commits_that_led_to_it_and_no_others(developer: Developer, source: GitSource) -> None:
    first, second = developer.git("rev-parse", "HEAD"), developer.push()
    developer.git("checkout", "--quiet", "-b", "aside", first)
    developer.push()
    developer.git("checkout", "--quiet", "main")
    third = developer.push()

    assert source.read().history == frozenset({first, second, third})


def test_a_reading_of_a_branch_that_was_reset_does_not_know_the_commits_that_it_lost(
    developer: Developer, source: GitSource
) -> None:
    first, lost = developer.git("rev-parse", "HEAD"), developer.push()
    assert source.read().history == frozenset({first, lost})
    developer.git("reset", "--quiet", "--hard", first)
    developer.write("desired/services/httpbin/service.yml", "cpu: 2")
    other = developer.push("--force")

    assert source.read().history == frozenset({first, other})


def test_a_mirror_that_has_the_newest_commit_alone_gets_the_others_too(
    developer: Developer, source: GitSource, tmp_path: Path
) -> None:
    first, second = developer.git("rev-parse", "HEAD"), developer.push()
    source.read()
    mirror = mirror_of(tmp_path)
    shutil.rmtree(mirror)
    developer.git("clone", "--quiet", "--bare", "--depth=1", developer.remote.as_uri(), mirror)

    assert source.read().history == frozenset({first, second})


def test_a_remote_whose_history_is_cut_off_is_refused_until_it_has_the_rest(
    developer: Developer, tmp_path: Path
) -> None:
    commit = developer.push()
    shallow = tmp_path / "shallow.git"
    developer.git("clone", "--quiet", "--bare", "--depth=1", developer.remote.as_uri(), shallow)
    source = source_of(shallow.as_uri(), tmp_path)

    with pytest.raises(SourceError) as raised:
        source.read()
    assert str(raised.value) == (
        f"{shallow.as_uri()} is a shallow clone, whose history is cut off: "
        "run `git fetch --unshallow` in it, or set source.git to the repository that it was made from"
    )

    developer.git("fetch", "--quiet", "--unshallow", cwd=shallow)
    assert source.read().revision == commit
