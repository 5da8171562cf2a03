"""Commands that plan and act: plan, apply, run."""

import sys
from pathlib import Path

import click

from reconciler.cli.options import BAD_SPEC, CHANGES, FAILURE, TIMED_OUT, config, output, settings


@click.command()
@config
@output("text", "json", "markdown")
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="End with 0 for nothing to do, 2 for changes, 1 for failure, 3 for bad spec.",
)
def plan(config_file: Path | None, output: str, detailed_exitcode: bool) -> None:  # noqa: FBT001 - click's way
    """Show what would be done, action by action, each with its cause. Changes nothing."""
    from reconciler.cli.wiring import preview
    from reconciler.plan import render

    seen = preview(settings(config_file))
    rendered = {"text": render.text, "json": render.as_json, "markdown": render.markdown}[output](seen.plan)
    click.echo(rendered)
    for problem in (*seen.status.spec_errors, *seen.unread.values()):
        click.echo(problem, err=True)
    if seen.status.spec_errors:
        sys.exit(BAD_SPEC)
    if seen.unread or seen.plan.refusals:
        sys.exit(FAILURE)
    sys.exit(CHANGES if detailed_exitcode and (seen.plan.actions or seen.plan.held) else 0)


@click.command()
@config
@click.option("--timeout", default="30m", show_default=True, help="How long it may take: 90s, 30m, 2h.")
@click.option("--confirm", default="", metavar="DIGEST", help="Agree to a removal that the prune brake holds back.")
def apply(config_file: Path | None, timeout: str, confirm: str) -> None:
    """Converge until everything is in sync.

    Ends with 0, with 3 when a file is wrong, with 4 when a rollout failed, with 5 on time-out.
    """
    from reconciler.cli.running import converge
    from reconciler.duration import seconds

    try:
        limit = seconds(timeout)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--timeout") from error
    code = converge(settings(config_file), limit, confirm)
    if code == TIMED_OUT:
        click.echo(f"not in sync after {timeout}; `reconciler status` says what is waited for", err=True)
    sys.exit(code)


@click.command()
@config
@click.option("--sandbox", is_flag=True, help="Run against the embedded AWS instead of a real one.")
def run(config_file: Path | None, sandbox: bool) -> None:  # noqa: FBT001 - click's way
    """Run the operator: converge, watch for changes, sweep for drift, serve metrics. Ends on Ctrl-C or SIGTERM."""
    from reconciler.cli.running import operate

    operate(settings(config_file), sandbox=sandbox)
