"""The group of all commands."""

from pathlib import Path

import click

from reconciler.cli.converge import apply, plan, run
from reconciler.cli.look import schema, status, validate
from reconciler.cli.options import config_for_all
from reconciler.cli.sandbox import sandbox


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="reconciler")
@config_for_all
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """GitOps for Amazon ECS: make AWS what desired/ says, with the fewest possible changes."""
    context.obj = config_file


for command in (validate, plan, apply, run, status, sandbox, schema):
    main.add_command(command)
