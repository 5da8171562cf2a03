"""Commands by which a person tells every operator of a cluster something: confirm."""

import sys
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

    Leaves a tag on the ECS clusters, with your own AWS credentials; a running operator acts on it in its next pass.
    Takes the place of an earlier confirmation.
    """
    from reconciler.cli.marking import mark_clusters
    from reconciler.intents import confirmation

    sys.exit(
        mark_clusters(
            settings(config_file), cluster, lambda by, at: confirmation(revision, by, at), f"confirmed {revision}"
        )
    )
