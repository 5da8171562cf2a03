"""Commands that plan and act: plan, apply, run."""

import sys
from pathlib import Path

import click

from reconciler.cli.options import BAD_SPEC, CHANGES, FAILURE, config, output, revision, settings


@click.command()
@config
@output("text", "json", "markdown")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when not everything is in sync.")
def plan(config_file: Path | None, output: str, detailed_exitcode: bool) -> None:  # noqa: FBT001 - click's way
    """Show what would be done, and why.

    Changes nothing. What is paused or frozen is told beside it. Ends with 0, with 1 when a cluster can't be read or a
    service is refused, with 3 when a file is wrong; with --detailed-exitcode 0 means that everything is in sync, and 2
    that there is something to do.
    """
    from reconciler.cli.complaints import complaints
    from reconciler.cli.tables import standstills
    from reconciler.cli.wiring import preview
    from reconciler.plan import render

    seen = preview(settings(config_file))
    rendered = {"text": render.text, "json": render.as_json, "markdown": render.markdown}[output]
    click.echo(rendered(seen.plan, seen.unread, seen.status.spec_errors))
    for line in (*standstills(seen.status, seen.status.services.values()), *complaints(seen)):
        click.echo(line, err=True)
    if seen.unread or seen.plan.refusals:
        sys.exit(FAILURE)
    if seen.status.spec_errors:
        sys.exit(BAD_SPEC)
    sys.exit(CHANGES if detailed_exitcode and any(render.out_of_sync(seen.plan)) else 0)


@click.command()
@config
@click.option("--timeout", default="30m", show_default=True, help="How long it may take: 90s, 30m, 2h.")
@click.option("--confirm", metavar="REVISION", callback=revision, help="Agree to what a brake holds back of it.")
def apply(config_file: Path | None, timeout: str, confirm: str | None) -> None:
    """Converge until everything is in sync.

    Ends with 0, with 3 when a file is wrong (the others are applied), with 4 when a rollout failed, with 5 on
    time-out, else with 1.
    """
    from reconciler.cli.applying import converge
    from reconciler.duration import seconds

    try:
        limit = seconds(timeout)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--timeout") from error
    sys.exit(converge(settings(config_file), limit, confirm or ""))


@click.command()
@config
@click.option("--sandbox", is_flag=True, help="Run against an embedded AWS, and no other.")
def run(config_file: Path | None, sandbox: bool) -> None:  # noqa: FBT001 - click's way
    """Run the operator.

    Converges, watches for changes, sweeps for drift, serves metrics. Ends on Ctrl-C or SIGTERM.
    """
    from reconciler.cli.running import operate

    operate(settings(config_file), sandbox=sandbox)
