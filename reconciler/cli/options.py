"""Options that commands share, and how a command ends."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reconciler.settings import Settings

FAILURE = 1
CHANGES = 2
BAD_SPEC = 3
ROLLOUT_FAILED = 4
TIMED_OUT = 5
INTERRUPTED = 130

Command = Callable[..., Any]


def _config(
    callback: Callable[[click.Context, click.Parameter, Path | None], Path | None],
) -> Callable[[Command], Command]:
    return click.option(
        "--config",
        "config_file",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=callback,
        help="Settings file; reconciler.toml in this directory when left out.",
    )


config_for_all = _config(lambda _context, _parameter, given: given)
config = _config(lambda context, _parameter, given: given or context.obj)  # before the command or after it


def output(*formats: str) -> Callable[[Command], Command]:
    """The option that chooses among output formats, the first being the default."""
    return click.option("-o", "--output", "output", type=click.Choice(formats), default=formats[0], show_default=True)


def revision(_context: click.Context, _parameter: click.Parameter, written: str | None) -> str | None:
    """The callback of what has to be a revision."""
    from reconciler.intents import is_revision

    if written is not None and not is_revision(written):
        raise click.BadParameter("write at least 7 digits of the commit, or the whole dir:…, as the message has it")
    return written


def settings(config_file: Path | None) -> "Settings":
    """Load the settings and start the log, or end the command with what is wrong."""
    from reconciler.clock import SystemClock
    from reconciler.report import log
    from reconciler.settings import SettingsError, load

    try:
        loaded = load(config_file)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    log.configure(SystemClock(), loaded.log.format, loaded.log.level)
    return loaded


def require_sandbox() -> None:
    """End the command when the embedded AWS is not installed."""
    if find_spec("moto") is None:
        raise click.ClickException("the embedded AWS is not installed: pip install 'reconciler[sandbox]'")
