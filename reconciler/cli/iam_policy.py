"""The command that prints what the operator has to be allowed to do."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import BAD_SPEC, config, settings

if TYPE_CHECKING:
    from reconciler.spec import Desired
    from reconciler.spec.models import ClusterSpec


@click.command("iam-policy")
@click.option("--cluster", "clusters", multiple=True, help="Only this cluster; may be given again.")
@click.option("--role", help="For this role, which clusters name in `role:`; for the operator's own when left out.")
@click.option("--lookup", is_flag=True, help="Ask AWS for the ids of hosted zones, and name these zones alone.")
@config
def iam_policy(clusters: tuple[str, ...], role: str | None, lookup: bool, config_file: Path | None) -> None:  # noqa: FBT001 - click's way of giving a flag
    """Print the least IAM policy that the operator needs.

    As a JSON document, or a list of documents where one would be larger than AWS allows. Made from the files of
    desired/: print it anew when a cluster, a zone or a role joins. Ends with 3 when a file is wrong.
    """
    import json

    from reconciler import permissions
    from reconciler.cli.wiring import load_desired, source_of

    loaded = settings(config_file)
    desired = load_desired(source_of(loaded), loaded.source.path, loaded.role)
    if desired.errors:
        click.echo("\n".join(map(str, desired.errors)), err=True)
        sys.exit(BAD_SPEC)
    chosen = _chosen(desired, clusters)
    own = [name for name, spec in chosen.items() if spec.role == role]
    others = [] if role else sorted({spec.role for spec in chosen.values() if spec.role})
    if role and not own:
        raise click.ClickException(f"no cluster has `role: {role}`; leave --role out, or write it as the file has it")
    zones = _zones({name: chosen[name] for name in own}) if lookup else {}
    territories = permissions.territories(desired, loaded.owner, own, zones)
    granted = permissions.grants(territories, loaded.service)
    if not role:
        granted += permissions.assuming(others) + permissions.leasing(loaded.lease, territories, loaded.owner)
    documents = permissions.documents(granted)
    click.echo(json.dumps(documents[0] if len(documents) == 1 else documents, indent=2))
    for note in _notes(len(documents), others):
        click.echo(note, err=True)


def _chosen(desired: "Desired", clusters: tuple[str, ...]) -> "Mapping[str, ClusterSpec]":
    if not desired.clusters:
        raise click.ClickException("there is no cluster in desired/clusters, so nothing has to be allowed")
    if unknown := sorted(set(clusters) - desired.clusters.keys()):
        known = ", ".join(sorted(desired.clusters))
        raise click.ClickException(f"there is no cluster {unknown[0]} in desired/clusters; there is: {known}")
    return {name: spec for name, spec in desired.clusters.items() if not clusters or name in clusters}


def _zones(clusters: "Mapping[str, ClusterSpec]") -> dict[str, str]:
    """The ids of the clusters' hosted zones; ends the command with why they can't be told."""
    from reconciler.aws import AwsError, Budgets, WrongAccountError, clients_of, connect
    from reconciler.clock import SystemClock
    from reconciler.kinds.infrastructure import InfrastructureError, zone_id

    clock = SystemClock()
    budgets = Budgets(clock)
    found: dict[str, str] = {}
    for name, spec in clusters.items():
        try:
            if spec.zone:
                found[name] = zone_id(connect(name, spec, clients_of(spec), clock, budgets, lambda _: None), name, spec)
        except (AwsError, WrongAccountError, InfrastructureError) as error:
            raise click.ClickException(f"{error}; without --lookup, zones are bound by the names in them") from error
    return found


def _notes(documents: int, roles: Iterable[str]) -> Iterable[str]:
    if documents > 1:
        yield (
            f"one policy would be larger than AWS allows, so this is a list of {documents}: "
            "make a managed policy of each, and attach them all to the role (10 at most, unless the quota is raised)"
        )
    for role in roles:
        yield f"clusters that are worked on by a role of their own: reconciler iam-policy --role {role}"
