"""Commands by which a person tells every operator of a cluster something: confirm, pause, resume."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from reconciler.cli.options import config, revision, settings


def given(_context: click.Context, _parameter: click.Parameter, written: str | None) -> str | None:
    """The callback of what must not be empty, as a variable that was not set is: it would mean more than was meant."""
    if written is not None and not written.strip():
        raise click.BadParameter("is empty")
    return written


_cluster = click.option(
    "--cluster", metavar="NAME", callback=given, help="Only this cluster; all of them when left out."
)
_service = click.argument("service", required=False, callback=given)


@click.command()
@click.argument("revision", callback=revision)
@_cluster
@config
def confirm(revision: str, cluster: str | None, config_file: Path | None) -> None:
    """Agree to what is held back of REVISION.

    To what a brake holds back of that revision and of no other; to a history that what was applied did not lead to, in
    what descends from it as well. Leaves a tag on the ECS clusters, with your own AWS credentials; a running operator
    acts on it in its next sweep. Takes the place of an earlier confirmation.
    """
    from reconciler.cli.marking import Intent, Marker
    from reconciler.intents import confirmation, names, short

    marker = Marker(settings(config_file), cluster)
    if not names(revision, marker.tree.revision):
        current = short(marker.tree.revision)
        click.echo(f"{revision} is not the current revision, which is {current}", err=True)
    sys.exit(marker.tag("", lambda by, at: Intent(confirmation(revision, by, at), f"confirmed {revision}")))


@click.command()
@_service
@_cluster
@click.option("--why", required=True, metavar="TEXT", callback=given, help="What others are told who wonder.")
@click.option("--until", metavar="WHEN", help="Until it is resumed when left out; 30m, 2h, 2026-12-24T18:00+01:00.")
@config
def pause(service: str | None, cluster: str | None, why: str, until: str | None, config_file: Path | None) -> None:
    """Stop every write to all clusters, to one, or to SERVICE alone.

    In the middle of a rollout as well: everything stays exactly as it is. Leaves tags on AWS, with your own
    credentials; a running operator heeds them from its next sweep on.
    """
    from reconciler.cli.marking import Intent, Marker
    from reconciler.intents import pause as tags

    ends = None if until is None else _Until(until, _moment(until))

    def say(by: str, at: datetime) -> Intent:
        end = ends.after(at) if ends else None
        told = f"paused until {end.isoformat(timespec='seconds')}" if end else "paused until it is resumed"
        return Intent(tags(by, at, why, end), told)

    sys.exit(Marker(settings(config_file), cluster).tag(service or "", say))


@click.command()
@_service
@_cluster
@config
def resume(service: str | None, cluster: str | None, config_file: Path | None) -> None:
    """Take a pause back: of all clusters, of one, or of SERVICE.

    What was paused by its own name is resumed by its own name.
    """
    from reconciler.cli.marking import Marker
    from reconciler.intents import PAUSED

    sys.exit(Marker(settings(config_file), cluster).untag(service or "", PAUSED, "resumed"))


@dataclass(frozen=True, slots=True)
class _Until:
    """What `--until` says: how long from now on, or when."""

    written: str
    moment: timedelta | datetime

    def after(self, now: datetime) -> datetime:
        """When that is. A usage error when it is over."""
        end = now + self.moment if isinstance(self.moment, timedelta) else self.moment
        if end <= now:
            raise click.BadParameter(f"{self.written} is over", param_hint="--until")
        return end


def _moment(written: str) -> timedelta | datetime:
    from reconciler.duration import seconds

    try:
        return timedelta(seconds=seconds(written))
    except ValueError:  # then it is a timestamp
        pass
    try:
        end = datetime.fromisoformat(written)
        if end.tzinfo:
            return end.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter("write 30m, 2h, or a timestamp with its offset", param_hint="--until") from error
    plain = end.isoformat(timespec="minutes")
    raise click.BadParameter(f"{written} has no offset: write {plain}Z or {plain}+01:00", param_hint="--until")
