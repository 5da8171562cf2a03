"""Commands that documents tell people to type exist, with the options shown, and end as told."""

import re
from pathlib import Path

import click
import pytest

from reconciler.cli import main, options
from tests.docs.documents import DOCUMENTS, commands, name, read, rows, section


def flags(line: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", line))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_reconciler_command_shown_exists_with_its_options(document: Path) -> None:
    for line in commands(document.read_text(encoding="utf-8"), "reconciler"):
        command = main.commands.get(line.split()[0])
        assert command, f"`reconciler {line}`: there is no such command"
        known = {flag for option in command.params for flag in option.opts}
        assert flags(line) <= known, f"`reconciler {line}`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_make_target_shown_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))

    for line in commands(document.read_text(encoding="utf-8"), "make"):
        assert set(line.split()) <= targets, f"`make {line}`"


@pytest.mark.parametrize(
    ("document", "heading"), [("README.md", "## Commands"), ("docs/operations.md", "## Commands and how they end")]
)
def test_every_command_is_told_of(document: str, heading: str) -> None:
    told = {
        cells[0].split()[1] for cells in rows(section(read(document), heading)) if cells[0].startswith("reconciler ")
    }

    assert told == set(main.commands)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_the_readme_shows_every_option_of_a_command(command: str) -> None:
    (shown,) = (
        cells[0]
        for cells in rows(section(read("README.md"), "## Commands"))
        if cells[0].split()[:2] == ["reconciler", command]
    )
    options_of = (option for option in main.commands[command].params if isinstance(option, click.Option))
    short = {min(option.opts, key=len) for option in options_of}

    assert short - {"--config"} == flags(shown)


def test_every_exit_code_is_told_of() -> None:
    codes = {value for name, value in vars(options).items() if name.isupper() and isinstance(value, int)}
    told = {cells[0] for cells in rows(section(read("docs/operations.md"), "## Commands and how they end"))}

    assert {int(cell) for cell in told if cell.isdigit()} == codes | {0}
