"""Where settings come from, and that a mistaken one never goes unnoticed."""

import pytest

from tests.cli.shell import Shell

TOML = '[source]\npath = "specs"\n'


@pytest.fixture
def elsewhere(shell: Shell) -> Shell:
    """A shell whose specs are in `specs/`, as only `other.toml` knows."""
    shell.write("specs/clusters/README.md", "no service yet\n")
    shell.write("other.toml", TOML)
    return shell


def test_reconciler_toml_in_this_directory_is_read(elsewhere: Shell) -> None:
    elsewhere.write("reconciler.toml", TOML)

    assert elsewhere.run("validate").exit_code == 0


@pytest.mark.parametrize(
    "arguments", [("validate", "--config", "other.toml"), ("--config", "other.toml", "validate")], ids=" ".join
)
def test_another_file_can_be_named_before_the_command_or_after_it(elsewhere: Shell, arguments: tuple[str, ...]) -> None:
    assert elsewhere.run("validate").exit_code == 1
    assert elsewhere.run(*arguments).exit_code == 0


def test_the_environment_wins_over_the_file(elsewhere: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere.write("reconciler.toml", '[source]\npath = "nowhere"\n')
    monkeypatch.setenv("RECONCILER_SOURCE_PATH", "specs")

    assert elsewhere.run("validate").exit_code == 0


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "run", "status", "sandbox"])
def test_no_command_goes_on_with_a_setting_that_there_is_not(elsewhere: Shell, command: str) -> None:
    elsewhere.write("other.toml", '[loop]\nswep = "5s"\n')

    done = elsewhere.run(command, "--config", "other.toml")

    assert done.exit_code == 1
    assert "loop.swep" in done.stderr


@pytest.mark.parametrize(
    "name", ["RECONCILER_LOOP_SWEP", "RECONCILER_LOPP_SWEEP", "RECONCILER_SWEEP", "RECONCILER_OWNERS"]
)
def test_a_variable_that_is_no_setting_is_refused_by_name(
    elsewhere: Shell, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "5s")

    done = elsewhere.run("validate", "specs")

    assert done.exit_code == 1
    assert name.removeprefix("RECONCILER_").lower() in done.stderr.lower().replace(".", "_")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[loop]\nsweep = "soon"\n', "write a duration as a whole number and a unit: 30s, 5m or 2h"),
        ("[loop", "other.toml: "),
        ('[log]\nlevel = "loud"\n', "log.level"),
        ('[source]\ngit = "ext::sh"\n', "the git URL is none that can be fetched from"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_the_command_with_why(elsewhere: Shell, text: str, complaint: str) -> None:
    elsewhere.write("other.toml", text)

    done = elsewhere.run("validate", "--config", "other.toml")

    assert done.exit_code == 1
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_told_by_name(elsewhere: Shell) -> None:
    done = elsewhere.run("validate", "--config", "missing.toml")

    assert done.exit_code == 1
    assert "missing.toml" in done.stderr
    assert len(done.stderr.splitlines()) == 1
