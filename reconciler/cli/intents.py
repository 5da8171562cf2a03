"""Commands by which a person tells every operator of a cluster something: confirm, pause, resume."""

import sys
from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.options import config, revision, settings

_cluster = click.option("--cluster", metavar="NAME", help="Only this cluster; all of them when left out.")


@click.command()
@click.argument("revision", callback=revision)
@_cluster
@config
def confirm(revision: str, cluster: str | None, config_file: Path | None) -> None:
    """Agree to what a brake holds back of REVISION, and of no other.

    Leaves a tag on the ECS clusters, with your own AWS credentials; a running operator acts on it in its next sweep.
    Takes the place of an earlier confirmation.
    """
    from reconciler.cli.marking import Marker
    from reconciler.intents import confirmation

    marker = Marker(settings(config_file), cluster)
    sys.exit(marker.tag("", lambda by, at: confirmation(revision, by, at), f"confirmed {revision}"))


@click.command()
@click.argument("service", default="")
@_cluster
@click.option("--why", required=True, metavar="TEXT", help="What others are told who wonder.")
@click.option("--until", metavar="WHEN", help="Until it is resumed when left out; 30m, 2h, 2026-12-24T18:00+01:00.")
@config
def pause(service: str, cluster: str | None, why: str, until: str | None, config_file: Path | None) -> None:
    """Stop every write to all clusters, to one, or to SERVICE alone.

    In the middle of a rollout as well: everything stays exactly as it is. Leaves tags on AWS, with your own
    credentials; a running operator heeds them from its next sweep on.
    """
    from reconciler.cli.marking import Marker
    from reconciler.intents import pause as tag

    marker = Marker(settings(config_file), cluster)
    end = _end(until, marker.now)
    done = f"paused until {end.isoformat(timespec='seconds')}" if end else "paused until it is resumed"
    sys.exit(marker.tag(service, lambda by, at: tag(by, at, why, end), done))


@click.command()
@click.argument("service", default="")
@_cluster
@config
def resume(service: str, cluster: str | None, config_file: Path | None) -> None:
    """Take a pause back: of all clusters, of one, or of SERVICE.

    What was paused by its own name is resumed by its own name.
    """
    from reconciler.cli.marking import Marker
    from reconciler.intents import PAUSED

    sys.exit(Marker(settings(config_file), cluster).untag(service, PAUSED, "resumed"))


def _end(written: str | None, now: datetime) -> datetime | None:
    """The moment that `--until` names, if it is given."""
    if written is None:
        return None
    end = _moment(written, now)
    if end.tzinfo is None:
        raise click.BadParameter(f"{written} has no offset: write {written}Z or {written}+01:00", param_hint="--until")
    if end <= now:
        raise click.BadParameter(f"{written} is over", param_hint="--until")
    return end


def _moment(written: str, now: datetime) -> datetime:
    from datetime import UTC, timedelta

    from reconciler.duration import seconds

    try:
        return now + timedelta(seconds=seconds(written))
    except ValueError:  # then it is a timestamp
        pass
    try:
        end = datetime.fromisoformat(written)
        return end.astimezone(UTC) if end.tzinfo else end
    except (ValueError, OverflowError) as error:
        raise click.BadParameter("write 30m, 2h, or a timestamp with its offset", param_hint="--until") from error
