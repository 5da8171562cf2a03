"""Commands that only look: validate, status, schema."""

import sys
import time
from pathlib import Path

import click

from reconciler.cli.options import BAD_SPEC, FAILURE, config, output, settings

_SECONDS_BETWEEN_LOOKS = 2.0
KINDS = ("service", "cluster", "release", "config")


@click.command()
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@config
@output("text", "json")
def validate(directory: Path | None, config_file: Path | None, output: str) -> None:
    """Check every file of desired/, or of DIRECTORY.

    Prints all errors at once. Ends with 0 when all is well, with 3 when a file is wrong.
    """
    import json

    from reconciler.cli.wiring import load_desired, source_of
    from reconciler.plan.wording import count
    from reconciler.source import DirectorySource

    loaded = settings(config_file)
    if directory:
        desired = load_desired(DirectorySource(directory), str(directory), loaded.role)
    else:
        desired = load_desired(source_of(loaded), loaded.source.path, loaded.role)
    if output == "json":
        errors = [vars_of(error) for error in desired.errors]
        click.echo(json.dumps({"revision": desired.revision, "errors": errors}, indent=2))
    else:
        for error in desired.errors:
            click.echo(str(error))
        if not desired.errors:
            services = count(len({workload.key.service for workload in desired.workloads}), "service")
            click.echo(f"{services} in {count(len(desired.clusters), 'cluster')}: all files are valid.")
    sys.exit(BAD_SPEC if desired.errors else 0)


def vars_of(error: object) -> dict[str, object]:
    """A frozen dataclass as a mapping."""
    from dataclasses import asdict

    return asdict(error)  # type: ignore[call-overload,no-any-return]


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@config
def schema(kind: str, config_file: Path | None) -> None:
    """Print the JSON Schema of a kind of file."""
    import json

    from reconciler.spec.schema import MODELS
    from reconciler.spec.schema import schema as schema_of

    settings(config_file)
    (chosen,) = (known for known in MODELS if known == kind)
    click.echo(json.dumps(schema_of(chosen), indent=2))


@click.command()
@click.argument("service", required=False)
@click.option("--cluster", help="Only this cluster.")
@click.option("--watch", is_flag=True, help="Again whenever something has changed, until Ctrl-C.")
@config
@output("text", "json")
def status(service: str | None, cluster: str | None, watch: bool, config_file: Path | None, output: str) -> None:  # noqa: FBT001
    """Show how each service is, and why.

    Version, sync, health and rollout phase, read straight from AWS; of one SERVICE also the share of the traffic and
    the tasks of each colour. Ends with 1 when not everything can be told: a cluster can't be read, or a file is wrong.
    """
    from reconciler.cli.complaints import complaints
    from reconciler.cli.tables import described
    from reconciler.cli.wiring import previews

    shown: tuple[str, ...] = ()
    for seen in previews(settings(config_file)):
        problems = tuple(complaints(seen))
        now = described(seen.status, service, cluster, output), *problems
        if now != shown:
            click.echo(now[0])
            for problem in problems:
                click.echo(problem, err=True)
        if not watch:
            sys.exit(FAILURE if problems else 0)
        shown = now
        time.sleep(_SECONDS_BETWEEN_LOOKS)
