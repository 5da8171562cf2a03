"""Where settings come from, and that a mistaken one never goes unnoticed."""

import pytest

from reconciler.cli import main
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


@pytest.mark.parametrize("command", sorted(main.commands))
def test_no_command_goes_on_with_a_setting_that_there_is_not(elsewhere: Shell, command: str) -> None:
    elsewhere.write("other.toml", '[loop]\nswep = "5s"\n')
    arguments = {"schema": ("service",), "confirm": ("1f2e3d4",), "pause": ("--why", "x")} | dict.fromkeys(
        ("promote", "abort", "rollback"), ("web",)
    )

    done = elsewhere.run(command, *arguments.get(command, ()), "--config", "other.toml")

    assert done.exit_code == 1
    assert done.stderr == "Error: other.toml:2: unknown setting `loop.swep`; did you mean `loop.sweep`?\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('owner = "us"\nlopp = 1\n', "other.toml:2: unknown setting `lopp`; did you mean `loop`?"),
        ("[lopp]\n", "other.toml:1: unknown setting `lopp`; did you mean `loop`?"),
        ("[http]\nworkers = 3\n", "other.toml:2: unknown setting `http.workers`; did you mean `loop.workers`?"),
        ('loop.swep = "5s"\n', "other.toml:1: unknown setting `loop.swep`; did you mean `loop.sweep`?"),
        ('loop = {swep = "5s"}\n', "other.toml:1: unknown setting `loop.swep`; did you mean `loop.sweep`?"),
        ('xyzzy = "5s"\n', "other.toml:1: unknown setting `xyzzy`; remove it"),
    ],
)
def test_an_unknown_setting_is_told_by_line_with_what_was_probably_meant(
    elsewhere: Shell, text: str, told: str
) -> None:
    elsewhere.write("other.toml", text)

    assert elsewhere.run("validate", "--config", "other.toml").stderr == f"Error: {told}\n"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RECONCILER_LOOP_SWEP", "did you mean RECONCILER_LOOP_SWEEP?"),
        ("RECONCILER_LOPP_SWEEP", "did you mean RECONCILER_LOOP_SWEEP?"),
        ("RECONCILER_OWNERS", "did you mean RECONCILER_OWNER?"),
        ("RECONCILER_LOOP", "it is RECONCILER_SECTION_NAME, as in RECONCILER_LOOP_SWEEP"),
        ("RECONCILER__ENV_FILE", "it is RECONCILER_SECTION_NAME, as in RECONCILER_LOOP_SWEEP"),
    ],
)
def test_a_variable_that_is_no_setting_is_refused_with_what_was_probably_meant(
    elsewhere: Shell, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "5s")

    done = elsewhere.run("validate", "specs")

    assert (done.exit_code, done.stderr) == (1, f"Error: {name}: no such setting; {meant}\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[loop]\nsweep = "soon"\n', ":2: loop.sweep: write a duration as a whole number and a unit: 30s, 5m or 2h"),
        ('[loop]\nsweep = "0s"\n', ":2: loop.sweep: it must be at least 1s"),
        ('[loop]\nworkers = "many"\n', ":2: loop.workers: it must be a whole number"),
        ("[loop]\nworkers = 65\n", ":2: loop.workers: it must be at most 64"),
        ('[log]\nlevel = "loud"\n', ":2: log.level: it must be 'debug', 'info', 'warning' or 'error'"),
        ('[http]\nlisten = "foo"\n', ":2: http.listen: write HOST:PORT, as in 127.0.0.1:9090"),
        ("[http]\nlisten = 9464\n", ":2: http.listen: write HOST:PORT, as in 127.0.0.1:9090"),
        ("[sandbox]\nspeed = 0\n", ":2: sandbox.speed: it must be more than 0"),
        ("[sandbox]\nspeed = inf\n", ":2: sandbox.speed: it must be at most 1000"),
        ("[source]\npath = 7\n", ":2: source.path: it must be a text"),
        ("[source]\ncache = 7\n", ":2: source.cache: it must be a text"),
        ('[source]\nsigned_since = "HEAD"\n', ":2: source.signed_since: write a commit, by at least 7 of its digits"),
        (
            '[source]\nsigned_since = "1f2e3d4"\n',
            ":1: source: signed_since says of which commits signers must have signed: set signers, too",
        ),
        (
            '[source]\nsigners = "allowed_signers"\n',
            ":1: source: signers sign commits, and a directory has none: set git, or remove signers",
        ),
        ("loop = 5\n", ":1: loop: it is a section: write [loop], and its settings below"),
        ('owner = "a b"\n', ":1: owner: write a name of at most 64 letters, digits and . _ -"),
        ("[loop", ": Expected ']' at the end of a table declaration (at end of document)"),
        ('[loop]\nsweep = "5s"\nsweep = "6s"\n', ": Cannot overwrite a value (at line 3, column 13)"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_by_line_with_what_it_must_be(
    elsewhere: Shell, text: str, told: str
) -> None:
    elsewhere.write("other.toml", text)

    done = elsewhere.run("validate", "--config", "other.toml")

    assert (done.exit_code, done.stderr) == (1, f"Error: other.toml{told}\n")


def test_a_variable_that_cannot_be_used_is_told_by_its_name(elsewhere: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_HTTP_LISTEN", "foo")

    done = elsewhere.run("run", "--config", "other.toml")

    assert done.stderr == "Error: RECONCILER_HTTP_LISTEN: write HOST:PORT, as in 127.0.0.1:9090\n"


def test_every_mistake_is_told_at_once(elsewhere: Shell) -> None:
    elsewhere.write("other.toml", '[loop]\nsweep = "soon"\nworkers = 0\n')

    done = elsewhere.run("validate", "--config", "other.toml")

    assert [line.split(": ")[-2] for line in done.stderr.splitlines()] == [
        "write a duration as a whole number and a unit",
        "loop.workers",
    ]


def test_a_git_url_that_is_none_ends_the_command_with_why(elsewhere: Shell) -> None:
    elsewhere.write("other.toml", '[source]\ngit = "ext::sh"\n')

    done = elsewhere.run("validate", "--config", "other.toml")

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: the git URL is none that can be fetched from: ")


def test_a_file_that_is_not_there_is_told_by_name(elsewhere: Shell) -> None:
    done = elsewhere.run("validate", "--config", "missing.toml")

    assert done.exit_code == 1
    assert "missing.toml" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_secret_that_cannot_be_used_is_not_repeated(elsewhere: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_WEBHOOK_SECRET", "hunter2")

    done = elsewhere.run("run")

    assert done.stderr == "Error: RECONCILER_WEBHOOK_SECRET: it must have at least 16 characters\n"


def test_a_webhook_of_a_directory_is_refused(elsewhere: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_WEBHOOK_SECRET", "known to both of us")

    done = elsewhere.run("run")

    assert done.stderr == "Error: a webhook tells of pushes, and a directory has none: set source.git\n"


def test_a_file_without_a_secret_is_refused(elsewhere: Shell) -> None:
    elsewhere.write("secret", "\n")
    elsewhere.write("other.toml", '[webhook]\nsecret_file = "secret"\n')

    done = elsewhere.run("run", "--config", "other.toml")

    assert done.stderr == (
        "Error: webhook.secret_file secret holds less than 16 characters: write the secret into it\n"
    )
