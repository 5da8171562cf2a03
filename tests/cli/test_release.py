"""`reconciler promote`, `abort` and `rollback`: what a person decides on a release."""

from pathlib import Path

import boto3
import pytest

from reconciler.sandbox import Sandbox
from tests.cli.remote import Remote
from tests.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def web(cluster: Shell) -> Shell:
    """A cluster in which `web` is made."""
    cluster.write_service("1.0")
    assert cluster.run("apply").exit_code == 0
    return cluster


def tags(sandbox: Sandbox) -> dict[str, str]:
    ecs = boto3.client("ecs", region_name="us-east-1", endpoint_url=sandbox.endpoint)
    (found,) = ecs.describe_services(cluster="test", services=["web"], include=["TAGS"])["services"]
    return {tag["key"]: tag["value"] for tag in found.get("tags", [])}


@pytest.mark.parametrize(
    ("command", "told", "tag"),
    [
        (("promote", "web"), "promoted", "reconciler:promote"),
        (("abort", "web"), "aborted", "reconciler:abort"),
        (("promote", "web", "--full"), "promoted in full", "reconciler:promote"),
    ],
)
def test_a_decision_is_left_on_the_ecs_services_with_who_when_and_why(
    web: Shell, aws: Sandbox, command: tuple[str, ...], told: str, tag: str
) -> None:
    done = web.run(*command, "--cluster", "test", "--why", "looks good")

    assert (done.exit_code, done.stdout) == (0, f"test/web (service web): {told}\n")
    said = tags(aws)[tag]
    assert "by=user/moto why=looks good" in said
    assert said.startswith("full at=" if "--full" in command else "at=2026-01-01T")


def test_a_service_that_there_is_not_is_told(web: Shell) -> None:
    done = web.run("abort", "wbe")

    assert done.exit_code == 1
    assert "no cluster runs a service wbe" in done.stderr


def test_a_rollback_commits_the_former_version_where_there_is_a_work_tree(
    web: Shell, aws: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = work_tree(web, tmp_path, monkeypatch)
    web.write("desired/services/web/release.yml", "# who runs what\ntest: 1.0  # since May\nprod: 0.9\n")
    remote.push()
    web.edit("desired/services/web/release.yml", "test: 1.0", "test: 2.0")
    remote.push()

    done = web.run("rollback", "web", "--cluster", "test", "--why", "it leaks")

    assert done.exit_code == 0, done.stderr
    assert "committed: roll web back: test to 1.0; push it, so that git says what runs" in done.stdout
    text = (web.here / "desired/services/web/release.yml").read_text()
    assert text == "# who runs what\ntest: 1.0  # since May\nprod: 0.9\n"
    assert remote.git("log", "-1", "--format=%B") == "Roll web back: test to 1.0\n\nit leaks"
    assert "by=user/moto why=it leaks" in tags(aws)["reconciler:rollback"]


def test_a_rollback_without_a_work_tree_says_what_is_left_to_do(web: Shell, aws: Sandbox) -> None:
    done = web.run("rollback", "web")

    assert done.exit_code == 1
    assert "git is left alone: desired/services/web/release.yml: it is in no work tree of git" in done.stderr
    assert "reconciler:rollback" in tags(aws)


def test_a_file_with_changes_that_are_not_committed_is_left_alone(
    web: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_tree(web, tmp_path, monkeypatch).push()
    web.write("desired/services/web/release.yml", "test: 3.0\n")

    done = web.run("rollback", "web")

    assert done.exit_code == 1
    assert "it has changes that are not committed" in done.stderr
    assert (web.here / "desired/services/web/release.yml").read_text() == "test: 3.0\n"


def work_tree(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remote:
    """The shell's directory is a clone of a repository."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ann@test.example")
    return Remote(tmp_path / "remote.git", shell.here)
