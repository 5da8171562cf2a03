"""Commands by which a person decides on a release: promote, abort, rollback."""

import sys
from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.intents import given
from reconciler.cli.options import config, settings

_service = click.argument("service", callback=given)
_cluster = click.option(
    "--cluster", metavar="NAME", callback=given, help="Only in this cluster; in all of them when left out."
)
_why = click.option("--why", default="", metavar="TEXT", help="What others are told who wonder.")


@click.command()
@_service
@_cluster
@_why
@click.option("--full", is_flag=True, help="Skip every further step.")
@config
def promote(service: str, cluster: str | None, why: str, full: bool, config_file: Path | None) -> None:  # noqa: FBT001
    """Let the canary of SERVICE go on with its next step.

    Ends the pause that it is at, whether that has a duration or waits for you. Leaves a tag on AWS, with your own
    credentials; a running operator acts on it in its next pass.
    """
    from reconciler.intents import PROMOTED

    sys.exit(_say(PROMOTED, "promoted in full" if full else "promoted", service, cluster, why, config_file, full=full))


@click.command()
@_service
@_cluster
@_why
@config
def abort(service: str, cluster: str | None, why: str, config_file: Path | None) -> None:
    """Take back the release of SERVICE that is under way.

    Traffic goes back to the version that served before, and the release is not tried again until its spec changes.
    One that is through is not touched: see rollback. Leaves a tag on AWS, as promote does.
    """
    from reconciler.intents import ABORTED

    sys.exit(_say(ABORTED, "aborted", service, cluster, why, config_file))


@click.command()
@_service
@_cluster
@_why
@config
def rollback(service: str, cluster: str | None, why: str, config_file: Path | None) -> None:
    """Take the release of SERVICE back that runs, or is under way.

    In a work tree of git, whose `desired/` this is, commits the version that was there before; push it. Whether it can
    or not the release is taken back on AWS at once, where there is another colour to go back to, and is not tried again
    until its spec changes. Leaves a tag on AWS, as promote does.
    """
    from reconciler.cli.former import put_back
    from reconciler.intents import ROLLED_BACK

    code = _say(ROLLED_BACK, "rolled back", service, cluster, why, config_file)
    if code == 0:
        code = put_back(settings(config_file).source, service, cluster, why)
    sys.exit(code)


def _say(
    tag: str,
    done: str,
    service: str,
    cluster: str | None,
    why: str,
    config_file: Path | None,
    *,
    full: bool = False,
) -> int:
    from reconciler.cli.marking import Intent, Marker
    from reconciler.intents import decision

    def say(by: str, at: datetime) -> Intent:
        return Intent(decision(tag, by, at, why, full=full), done)

    return Marker(settings(config_file), cluster).tag(service, say)
