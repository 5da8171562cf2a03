"""A git remote that can't be read: the error says why, and the next reading finds what has come back."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.source import GitSource, SourceError
from reconciler.source.command import GitError
from reconciler.source.mirror import Mirror

from .developer import Developer, loose_object, mirror_of, source_of

Spoil = Callable[[Path], None]


def test_a_folder_gone_from_the_branch_is_an_error_that_names_commit_and_folder(
    developer: Developer, source: GitSource
) -> None:
    source.read()
    developer.git("rm", "--quiet", "-r", "desired")
    commit = developer.push()

    with pytest.raises(SourceError, match=f"no folder desired at commit {commit[:12]}"):
        source.read()


def test_a_file_or_a_link_in_place_of_the_folder_is_an_error(developer: Developer, tmp_path: Path) -> None:
    (developer.clone / "link").symlink_to("desired")
    developer.write("file", "x")
    developer.push()

    for path in ("link", "file", "file/below"):
        with pytest.raises(SourceError, match=f"no folder {path} at commit"):
            source_of(str(developer.remote), tmp_path, path=path).read()


def test_a_branch_that_is_deleted_is_an_error_and_read_again_once_pushed(
    developer: Developer, source: GitSource
) -> None:
    source.read()
    developer.git("update-ref", "-d", "refs/heads/main", cwd=developer.remote)

    with pytest.raises(SourceError, match="no branch main at file://"):
        source.read()
    commit = developer.push()

    assert source.read().revision == commit


def test_a_remote_that_is_away_is_an_error_and_read_again_once_back(developer: Developer, source: GitSource) -> None:
    before = source.read()
    aside = developer.remote.rename(developer.remote.with_name("aside"))

    with pytest.raises(SourceError, match=r"cannot reach file://.* main:desired: .*check the address, the network"):
        source.read()
    aside.rename(developer.remote)

    assert source.read() == before


def lose_objects(mirror: Path) -> None:
    shutil.rmtree(mirror / "objects")
    (mirror / "objects").mkdir()


def spoil_objects(mirror: Path) -> None:
    for file in (mirror / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(b"spoilt")


def spoil_settings(mirror: Path) -> None:
    (mirror / "config").write_text("[core")


def leave_locked(mirror: Path) -> None:
    (mirror / "refs/reconciler/tip.lock").touch()
    (mirror / "shallow.lock").touch()


def lose_everything(mirror: Path) -> None:
    shutil.rmtree(mirror)
    mirror.mkdir()


@pytest.mark.parametrize("spoil", [lose_objects, spoil_objects, spoil_settings, leave_locked, lose_everything])
def test_a_broken_mirror_is_made_anew(developer: Developer, source: GitSource, tmp_path: Path, spoil: Spoil) -> None:
    source.read()
    spoil(mirror_of(tmp_path))
    developer.write("desired/services/httpbin/service.yml", "cpu: 2")
    commit = developer.push()

    tree = source.read()

    assert (tree.revision, tree.files[0].content) == (commit, b"cpu: 2")


@pytest.mark.parametrize("spoil", [lose_objects, spoil_objects, spoil_settings, leave_locked, lose_everything])
def test_a_broken_mirror_is_made_anew_though_nothing_was_pushed(
    source: GitSource, tmp_path: Path, spoil: Spoil
) -> None:
    before = source.read()
    spoil(mirror_of(tmp_path))

    assert source.read() == before


def test_a_file_that_is_lost_in_the_midst_of_a_reading_is_an_error(developer: Developer, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "mirror")
    commit = mirror.fetch(developer.remote.as_uri(), "main")
    blob = developer.git("rev-parse", "HEAD:desired/services/httpbin/service.yml")
    loose_object(tmp_path / "mirror", blob).unlink()

    with pytest.raises(GitError, match=r"the content of 'desired/services/httpbin/service.yml' is missing"):
        mirror.entries(commit.tree)


def test_a_sound_mirror_is_kept_when_the_remote_cannot_hand_over_what_it_names(
    developer: Developer, source: GitSource, tmp_path: Path
) -> None:
    source.read()
    mirror = mirror_of(tmp_path)
    kept = mirror.stat().st_ino, developer.git("rev-parse", "refs/reconciler/tip", cwd=mirror)

    with (
        developer.pushed_but_out_of_reach("desired/services/httpbin/service.yml", "cpu: 2"),
        pytest.raises(SourceError, match=r"cannot read file://.*main:desired: "),
    ):
        source.read()

    assert (mirror.stat().st_ino, developer.git("rev-parse", "refs/reconciler/tip", cwd=mirror)) == kept


def test_a_cache_directory_that_cannot_be_made_is_an_error(developer: Developer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(SourceError, match="File exists"):
        source_of(str(developer.remote), tmp_path).read()


def test_without_git_the_error_says_to_install_it(source: GitSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(SourceError, match=r"git is not installed: install it, or correct the PATH$"):
        source.read()
