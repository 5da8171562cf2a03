"""A git remote as the source of desired state: real pushes into a real bare repository."""

import os
import select
import shutil
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.source import MAX_FILE_BYTES, DirectorySource, GitSource, SourceError, SourceFile, git

from .watching import PATIENCE_SECONDS, Watching

POLL_SECONDS = 0.05
Spoil = Callable[[Path], None]


class Developer:
    """Somebody with a clone, who commits and pushes to the bare repository at `remote`."""

    def __init__(self, root: Path) -> None:
        self.clone = root / "clone"
        self.remote = root / "remote.git"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", self.remote, cwd=root)
        self.git("clone", "--quiet", self.remote, self.clone, cwd=root)
        self.git("checkout", "--quiet", "-B", "main")

    def git(self, *arguments: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> str:
        command = subprocess.run(
            ("git", *arguments), cwd=cwd or self.clone, input=stdin, capture_output=True, check=True
        )
        return command.stdout.decode().strip()

    def write(self, path: str, text: str) -> None:
        file = self.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def push(self, *options: str) -> str:
        """Commit all there is and push it; gives the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=A change")
        self.git("push", "--quiet", *options, "origin", "HEAD")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _own_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Developer",
        "GIT_AUTHOR_EMAIL": "developer@test.example",
        "GIT_COMMITTER_NAME": "Developer",
        "GIT_COMMITTER_EMAIL": "developer@test.example",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def developer(tmp_path: Path) -> Developer:
    """A developer who has pushed one service."""
    developer = Developer(tmp_path)
    developer.write("desired/services/httpbin/service.yml", "cpu: 1")
    developer.push()
    return developer


@pytest.fixture
def source(developer: Developer, tmp_path: Path) -> GitSource:
    return source_of(developer.remote.as_uri(), tmp_path)


def source_of(url: str, tmp_path: Path, branch: str = "main", path: str = "desired") -> GitSource:
    return GitSource(url, branch, path, POLL_SECONDS, tmp_path / "cache")


def contents(source: GitSource) -> dict[str, bytes | str | None]:
    """The files, each with its content or else its problem."""
    return {file.path: file.problem or file.content for file in source.read().files}


def mirror_of(tmp_path: Path) -> Path:
    [mirror] = (tmp_path / "cache").iterdir()
    return mirror


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


def test_a_submodule_holds_nothing(developer: Developer, source: GitSource) -> None:
    entry = f"160000,{'1' * 40},desired/services/library.yml"
    developer.git("update-index", "--add", "--cacheinfo", entry)
    developer.git("commit", "--quiet", "--message=A submodule")
    developer.git("push", "--quiet", "origin", "HEAD")

    assert contents(source) == {"services/httpbin/service.yml": b"cpu: 1"}


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


def test_the_mirror_is_for_the_operator_alone_and_nothing_is_checked_out(source: GitSource, tmp_path: Path) -> None:
    source.read()

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "cache", mirror_of(tmp_path))]
    assert modes == [0o700, 0o700]
    assert not list((tmp_path / "cache").rglob("*.yml"))


def test_only_the_newest_commit_is_fetched(developer: Developer, source: GitSource, tmp_path: Path) -> None:
    for number in range(3):
        developer.write("desired/services/httpbin/service.yml", f"cpu: {number}")
        developer.push()
    source.read()

    assert developer.git("rev-list", "--count", "--all", cwd=mirror_of(tmp_path)) == "1"


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


def test_a_cache_directory_that_cannot_be_made_is_an_error(developer: Developer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(SourceError, match="File exists"):
        source_of(str(developer.remote), tmp_path).read()


def test_without_git_the_error_says_to_install_it(source: GitSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(SourceError, match="git is not installed: install it"):
        source.read()


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


def test_a_push_wakes_and_the_next_reading_has_it(developer: Developer, source: GitSource) -> None:
    with Watching().of(source) as watching:
        watching.wait_for_wake()  # watching has begun
        commit = developer.push()

        watching.wait_for_wake()

        assert source.read().revision == commit


def test_a_watch_outlives_an_outage_tells_it_once_and_wakes_when_it_is_over(
    developer: Developer, tmp_path: Path
) -> None:
    watching = Watching()
    source = GitSource(
        str(developer.remote), "main", "desired", POLL_SECONDS, tmp_path / "cache", on_error=watching.tell
    )
    with watching.of(source):
        watching.wait_for_wake()
        aside = developer.remote.rename(developer.remote.with_name("aside"))

        assert "cannot reach" in watching.wait_for_error()
        watching.forget_wakes()
        aside.rename(developer.remote)

        watching.wait_for_wake()
        assert watching.errors.empty()


@pytest.fixture
def silent_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ssh that tells its process id through the pipe given here, and then neither connects nor ends."""
    started = tmp_path / "started"
    os.mkfifo(started)
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\necho $$ > {started}\nexec sleep 1000\n")
    ssh.chmod(0o700)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    return started


def wait_for_end(process: int) -> None:
    """The descriptor of a process can be read from once it has ended."""
    ended, _, _ = select.select([process], [], [], PATIENCE_SECONDS)
    os.close(process)
    assert ended, "the process goes on"


def test_a_watch_that_waits_for_a_silent_remote_can_be_stopped_and_leaves_no_process(
    tmp_path: Path, silent_ssh: Path
) -> None:
    with Watching().of(source_of("git@test.example:desired.git", tmp_path)):
        ssh = os.pidfd_open(int(silent_ssh.read_text()))

    wait_for_end(ssh)


def test_a_remote_that_does_not_answer_in_time_is_an_error_and_leaves_no_process(
    tmp_path: Path, silent_ssh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "ASK_SECONDS", 1.0)
    watching = Watching()
    source = GitSource(
        "git@test.example:x.git", "main", "desired", POLL_SECONDS, tmp_path / "cache", on_error=watching.tell
    )
    with watching.of(source):
        ssh = os.pidfd_open(int(silent_ssh.read_text()))

        assert "no answer within 1 s: check the address" in watching.wait_for_error()
        wait_for_end(ssh)


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
