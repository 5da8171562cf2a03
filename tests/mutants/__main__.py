"""`make mutants`: try every mutant, and tell which test found it out. Ends in 1 if one survives."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import DoesNotApplyError, Mutant
from tests.mutants.trial import Trial, Verdict, attempt

ROOT = Path(__file__).parents[2]
_AT_ONCE = 2
_COLOURS = {Verdict.CAUGHT: "green", Verdict.SURVIVED: "red", Verdict.NO_TRIAL: "yellow"}
_LAST_WORDS = 3000


@click.command()
@click.option("--only", default="", help="Only mutants with these words in their name or file.")
@click.pass_context
def main(context: click.Context, only: str) -> None:
    """Try the operator without each of its safeguards: the tests must notice every time."""
    chosen = [mutant for mutant in MUTANTS if only in mutant.name or only in mutant.file]
    if not chosen:
        raise click.UsageError(f"no mutant has {only!r} in its name or file")
    console = Console()
    try:
        trials = _tried(chosen, console)
    except DoesNotApplyError as error:
        raise click.ClickException(str(error)) from error
    console.print(_table(trials))
    failed = [trial for trial in trials if trial.verdict is not Verdict.CAUGHT]
    for trial in failed:
        console.print(f"{trial.verdict}: the operator {trial.mutant.name}", style=_COLOURS[trial.verdict])
        console.print(escape(trial.output[-_LAST_WORDS:]), highlight=False)
    console.print(f"{len(trials) - len(failed)} of {len(trials)} caught")
    context.exit(1 if failed else 0)


def _tried(chosen: Sequence[Mutant], console: Console) -> list[Trial]:
    """The trials in the order of the mutants; each is told of as it ends."""
    trials = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number, trial in enumerate(pool.map(partial(attempt, root=ROOT), chosen), 1):
            console.print(f"{number}/{len(chosen)} {trial.verdict}: {trial.mutant.name}", style=_COLOURS[trial.verdict])
            trials.append(trial)
    return trials


def _table(trials: Iterable[Trial]) -> Table:
    table = Table("the operator …", "", "seconds", show_lines=True)
    table.add_column("caught by", overflow="fold")
    for trial in trials:
        caught = escape(f"{trial.test.removeprefix('tests/')}\n{trial.said}".strip())
        verdict = f"[{_COLOURS[trial.verdict]}]{trial.verdict}[/]"
        table.add_row(trial.mutant.name, verdict, f"{trial.seconds:.0f}", caught)
    return table


if __name__ == "__main__":
    main()
