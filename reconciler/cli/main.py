"""The group of all commands."""

import errno
from pathlib import Path
from typing import Any

import click

from reconciler.cli.converge import apply, plan, run
from reconciler.cli.iam_policy import iam_policy
from reconciler.cli.intents import confirm, pause, resume
from reconciler.cli.look import schema, status, validate
from reconciler.cli.options import config_for_all
from reconciler.cli.release import abort, promote, rollback
from reconciler.cli.sandbox import sandbox


class _Commands(click.Group):
    """All commands. What the system refuses them, such as room on a full disk, is told in one line."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - the base's
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has had enough: click ends quietly
                raise
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="reconciler")
@config_for_all
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """GitOps for Amazon ECS: make AWS what desired/ says, with the fewest possible changes."""
    context.obj = config_file


for command in (
    *(validate, plan, apply, run, status),
    *(promote, abort, rollback, confirm, pause, resume),
    *(iam_policy, sandbox, schema),
):
    main.add_command(command)
