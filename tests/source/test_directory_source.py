"""A local directory as the source of desired state."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchfiles
from watchfiles import Change

from reconciler.source import MAX_FILE_BYTES, DirectorySource, SourceError, SourceFile, directory, tree

from .watching import Watching


@pytest.fixture
def desired(tmp_path: Path) -> Path:
    """A directory with one service."""
    root = tmp_path / "desired"
    write(root / "services/httpbin/service.yml", "cpu: 1")
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def problem(root: Path, path: str) -> str | None:
    """Why the one file can't be used; every other file must be usable."""
    files = {file.path: file for file in DirectorySource(root).read().files}
    assert all(file.content is not None for name, file in files.items() if name != path)
    return files[path].problem


def test_a_directory_is_read_with_paths_relative_to_it(desired: Path) -> None:
    write(desired / "clusters/prod.yaml", "region: eu-west-1")

    assert DirectorySource(desired).read().files == (
        SourceFile("clusters/prod.yaml", b"region: eu-west-1"),
        SourceFile("services/httpbin/service.yml", b"cpu: 1"),
    )


def test_what_editors_and_git_leave_about_is_skipped(desired: Path) -> None:
    for name in (".git/config.yml", ".hidden.yml", "#service.yml#", "service.yml~", "service.yml.swp", "README.md"):
        write(desired / name, "x")
    (desired / ".#service.yml").symlink_to("somebody@host.1234")

    assert [file.path for file in DirectorySource(desired).read().files] == ["services/httpbin/service.yml"]


def test_the_revision_follows_the_content_and_nothing_else(desired: Path) -> None:
    source = DirectorySource(desired)
    first = source.read().revision
    os.utime(desired / "services/httpbin/service.yml", (1, 1))
    touched = source.read().revision
    write(desired / "services/httpbin/service.yml", "cpu: 2")
    changed = source.read().revision
    (desired / "services/httpbin/service.yml").rename(desired / "services/httpbin/renamed.yml")
    renamed = source.read().revision

    assert first.startswith("dir:")
    assert len(first) == len("dir:") + 12
    assert first == touched
    assert len({first, changed, renamed}) == 3


def test_an_absent_directory_is_an_error_and_not_an_empty_tree(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="gone is not a directory: create it, or correct the setting"):
        DirectorySource(tmp_path / "gone").read()


def test_a_file_in_place_of_the_directory_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "desired", "x")

    with pytest.raises(SourceError, match="desired is not a directory"):
        DirectorySource(tmp_path / "desired").read()


def test_a_path_that_is_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "desired").symlink_to("desired")

    with pytest.raises(SourceError, match="desired"):
        DirectorySource(tmp_path / "desired").read()


def test_the_directory_itself_may_be_a_link(desired: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("desired")

    assert DirectorySource(tmp_path / "current").read() == DirectorySource(desired).read()


def test_links_inside_the_tree_are_followed_however_they_are_written(desired: Path) -> None:
    (desired / "services/relative.yml").symlink_to("httpbin/service.yml")
    (desired / "services/absolute.yml").symlink_to(desired / "services/httpbin/service.yml")
    (desired / "services/twin").symlink_to(desired / "services/httpbin")

    assert {file.path: file.content for file in DirectorySource(desired).read().files} == {
        "services/absolute.yml": b"cpu: 1",
        "services/httpbin/service.yml": b"cpu: 1",
        "services/relative.yml": b"cpu: 1",
        "services/twin/service.yml": b"cpu: 1",
    }


def test_links_out_of_the_tree_are_refused(desired: Path, tmp_path: Path) -> None:
    write(tmp_path / "secret.yml", "password: x")
    (desired / "relative.yml").symlink_to("../secret.yml")
    assert problem(desired, "relative.yml") == "symlink that leaves the tree: copy the file into it"
    (desired / "relative.yml").unlink()

    (desired / "absolute").symlink_to(tmp_path)
    assert problem(desired, "absolute") == "symlink that leaves the tree: copy the file into it"


def test_a_file_of_just_the_limit_is_read_and_one_byte_more_is_refused(desired: Path) -> None:
    (desired / "full.yml").write_bytes(b"#" * MAX_FILE_BYTES)
    (desired / "over.yml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))

    assert problem(desired, "over.yml") == "larger than 1 MiB: a spec is small, so split it or move the data elsewhere"


def test_a_file_of_a_terabyte_is_refused_without_being_loaded(desired: Path) -> None:
    with (desired / "huge.yml").open("wb") as file:
        file.truncate(10**12)

    assert "larger than 1 MiB" in str(problem(desired, "huge.yml"))


def test_a_pipe_that_nobody_writes_to_is_refused_and_blocks_nothing(desired: Path) -> None:
    os.mkfifo(desired / "pipe.yml")

    assert problem(desired, "pipe.yml") == "not a regular file: replace it by one"


def test_a_link_to_a_pipe_is_refused_too(desired: Path) -> None:
    os.mkfifo(desired / "pipe")
    (desired / "service.yml").symlink_to("pipe")

    assert problem(desired, "service.yml") == "not a regular file: replace it by one"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_and_an_unreadable_folder_are_told(desired: Path) -> None:
    write(desired / "services/locked/service.yml", "cpu: 1")
    (desired / "services/locked").chmod(0)
    assert problem(desired, "services/locked") == "unreadable: Permission denied: let the operator read it"
    (desired / "services/locked").chmod(0o700)

    (desired / "services/locked/service.yml").chmod(0)
    assert "Permission denied" in str(problem(desired, "services/locked/service.yml"))


def test_a_folder_that_the_system_will_not_open_is_told_and_not_taken_for_empty(
    desired: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ = os.open

    def refuse_httpbin(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "httpbin":
            raise PermissionError(13, "Permission denied")
        return open_(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse_httpbin)

    assert problem(desired, "services/httpbin") == "unreadable: Permission denied: let the operator read it"


def test_bytes_that_are_no_text_are_passed_on(desired: Path) -> None:
    (desired / "latin.yml").write_bytes(b"caf\xe9")

    assert DirectorySource(desired).read().files[0] == SourceFile("latin.yml", b"caf\xe9")


def test_two_thousand_services_are_read(desired: Path) -> None:
    for number in range(2000):
        write(desired / f"services/s{number:04}/service.yml", f"cpu: {number}")

    assert len(DirectorySource(desired).read().files) == 2001


def after_each_file_read(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let somebody act on the tree while it is being read."""
    read_file = directory._read_file

    def read_and_act(root: Path, path: str) -> SourceFile:
        file = read_file(root, path)
        act()
        return file

    monkeypatch.setattr(directory, "_read_file", read_and_act)


def test_a_folder_that_is_replaced_by_a_link_out_of_the_tree_while_it_is_read_leads_nowhere(
    desired: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(desired / "services/worker/service.yml", "cpu: 1")
    write(tmp_path / "outside/httpbin/service.yml", "secret")
    write(tmp_path / "outside/worker/service.yml", "secret")

    def replace_by_a_link() -> None:
        if not (desired / "services").is_symlink():
            (desired / "services").rename(tmp_path / "aside")
            (desired / "services").symlink_to(tmp_path / "outside")

    after_each_file_read(monkeypatch, replace_by_a_link)

    assert DirectorySource(desired).read().files == (
        SourceFile("services", None, "symlink that leaves the tree: copy the file into it"),
    )


def test_files_that_are_too_much_together_are_refused_without_all_of_them_being_loaded(
    desired: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "MAX_TREE_BYTES", 2 * MAX_FILE_BYTES)
    for number in range(4):
        (desired / f"{number}.yml").write_bytes(b"#" * MAX_FILE_BYTES)

    with pytest.raises(SourceError, match="the files are larger than 2 MiB together: is it specs alone"):
        DirectorySource(desired).read()


def test_a_file_counts_as_often_as_links_lead_to_it(desired: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_TREE_BYTES", 2 * MAX_FILE_BYTES)
    (desired / "0.yml").write_bytes(b"#" * MAX_FILE_BYTES)
    for number in range(1, 3):
        (desired / f"{number}.yml").symlink_to("0.yml")

    with pytest.raises(SourceError, match="larger than 2 MiB together"):
        DirectorySource(desired).read()


def test_a_tree_that_changes_while_it_is_read_is_given_as_it_is_afterwards(
    desired: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(desired / "services/worker/service.yml", "cpu: 1")

    def change_both() -> None:
        write(desired / "services/httpbin/service.yml", "cpu: 2")
        write(desired / "services/worker/service.yml", "cpu: 2")

    after_each_file_read(monkeypatch, change_both)

    assert [file.content for file in DirectorySource(desired).read().files] == [b"cpu: 2", b"cpu: 2"]


def test_a_file_that_goes_while_the_tree_is_read_is_read_no_more(
    desired: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write(desired / f"services/s{number}/service.yml", "cpu: 1")

    def remove_all_but_httpbin() -> None:
        for number in range(5):
            shutil.rmtree(desired / f"services/s{number}", ignore_errors=True)

    after_each_file_read(monkeypatch, remove_all_but_httpbin)

    assert [file.path for file in DirectorySource(desired).read().files] == ["services/httpbin/service.yml"]


def test_a_tree_that_never_rests_is_an_error(desired: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(range(1000))
    after_each_file_read(monkeypatch, lambda: write(desired / "services/httpbin/service.yml", f"cpu: {next(versions)}"))

    with pytest.raises(SourceError, match="changes faster than it can be read"):
        DirectorySource(desired).read()


def save_in_place(path: Path) -> None:
    path.write_text("cpu: 2")


def save_by_rename(path: Path) -> None:
    path.with_name(".service.yml.new").write_text("cpu: 2")
    path.with_name(".service.yml.new").replace(path)


def save_with_backup(path: Path) -> None:
    path.rename(path.with_name("service.yml~"))
    path.write_text("cpu: 2")


def remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("change", [save_in_place, save_by_rename, save_with_backup, remove_folder])
def test_a_change_wakes_and_the_next_reading_has_it(desired: Path, change: Callable[[Path], None]) -> None:
    source = DirectorySource(desired)
    before = source.read()
    with Watching().of(source) as watching:
        watching.wait_for_wake()  # watching has begun

        change(desired / "services/httpbin/service.yml")

        watching.wait_for_wake()
        assert source.read().revision != before.revision


def test_a_file_in_a_new_folder_wakes(desired: Path) -> None:
    with Watching().of(DirectorySource(desired)) as watching:
        watching.wait_for_wake()

        write(desired / "services/new/service.yml", "cpu: 1")
        watching.wait_for_wake()
        watching.forget_wakes()
        write(desired / "services/new/service.yml", "cpu: 2")

        watching.wait_for_wake()


def test_a_directory_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    watching = Watching()
    with watching.of(DirectorySource(tmp_path / "desired", on_error=watching.tell)):
        assert "No such file or directory" in watching.wait_for_error()

        write(tmp_path / "desired/service.yml", "cpu: 1")

        watching.wait_for_wake()


@pytest.mark.parametrize("vanish", [shutil.rmtree, lambda root: root.rename(root.with_name("aside"))])
def test_a_directory_that_goes_and_comes_back_is_watched_again(desired: Path, vanish: Callable[[Path], None]) -> None:
    watching = Watching()
    with watching.of(DirectorySource(desired, on_error=watching.tell)):
        watching.wait_for_wake()

        vanish(desired)
        assert "No such file or directory" in watching.wait_for_error()
        watching.forget_wakes()
        desired.mkdir()
        watching.wait_for_wake()
        write(desired / "service.yml", "cpu: 2")

        watching.wait_for_wake()
        assert watching.errors.empty()


def test_a_directory_replaced_by_one_of_the_same_inode_is_watched_again(
    desired: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    watches = []

    def watch_what_is_deleted(*_: Path, **__: object) -> Iterator[set[tuple[Change, str]]]:
        watches.append("watch")
        if len(watches) == 2:
            stop.set()
            return
        yield {(Change.deleted, str(desired))}
        raise AssertionError("the deleted directory is still being watched")

    monkeypatch.setattr(watchfiles, "watch", watch_what_is_deleted)
    DirectorySource(desired).watch(stop, lambda: None)

    assert watches == ["watch", "watch"]


def test_a_link_turned_to_another_release_wakes_and_that_one_is_watched(tmp_path: Path) -> None:
    for release in ("one", "two"):
        write(tmp_path / release / "service.yml", release)
    (tmp_path / "current").symlink_to("one")
    with Watching().of(DirectorySource(tmp_path / "current")) as watching:
        watching.wait_for_wake()

        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").replace(tmp_path / "current")
        watching.wait_for_wake()
        write(tmp_path / "two/service.yml", "two and a half")

        watching.wait_for_wake()


def test_when_the_system_has_no_watches_left_the_directory_is_polled(
    desired: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watchfiles.watch

    def watch_if_polling(*paths: Path, force_polling: bool | None, **options: object) -> Iterator[object]:
        if not force_polling:
            raise OSError(28, "No space left on device")
        return watch(*paths, force_polling=True, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(watchfiles, "watch", watch_if_polling)
    watching = Watching()
    with watching.of(DirectorySource(desired, on_error=watching.tell)):
        assert "No space left on device" in watching.wait_for_error()
        watching.wait_for_wake()

        write(desired / "services/httpbin/service.yml", "cpu: 1234")

        watching.wait_for_wake()


def test_a_hidden_file_wakes_nobody(desired: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden, visible = desired / ".git/index", desired / "services/httpbin/service.yml"
    changes: list[set[tuple[Change, str]]] = [
        set(),
        {(Change.modified, str(hidden))},
        {(Change.modified, str(hidden)), (Change.modified, str(visible))},
    ]
    stop = threading.Event()
    wakes = []

    def watch_then_stop(*_: Path, **__: object) -> Iterator[set[tuple[Change, str]]]:
        yield from changes
        stop.set()

    monkeypatch.setattr(watchfiles, "watch", watch_then_stop)
    DirectorySource(desired).watch(stop, lambda: wakes.append("wake"))

    assert wakes == ["wake", "wake"]  # when watching began, and for the visible file
