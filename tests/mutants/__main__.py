"""`make mutants`: try every mutant, and tell which test found it out. Ends in 1 if one survives."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tests.mutants.catalogue import MUTANTS
from tests.mutants.trial import Trial, Verdict, attempt

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
_COLOURS = {Verdict.CAUGHT: "green", Verdict.SURVIVED: "red", Verdict.NO_TRIAL: "yellow"}


@click.command()
@click.option("--only", default="", help="Only mutants with this word in their name or file.")
@click.pass_context
def main(context: click.Context, only: str) -> None:
    """Try the operator without each of its safeguards: the tests must notice every time."""
    chosen = [mutant for mutant in MUTANTS if only in mutant.name or only in mutant.file]
    if not chosen:
        raise click.UsageError(f"no mutant has {only!r} in its name or file")
    console = Console()
    trials = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for trial in pool.map(lambda mutant: attempt(mutant, ROOT), chosen):
            trials.append(trial)
            console.print(
                f"{len(trials)}/{len(chosen)} {trial.verdict}: {trial.mutant.name}", style=_COLOURS[trial.verdict]
            )
    console.print(_table(trials))
    failed = [trial for trial in trials if trial.verdict is not Verdict.CAUGHT]
    for trial in failed:
        console.print(f"The operator {trial.mutant.name} ({trial.verdict}):", style="bold red")
        console.print(trial.output[-3000:], markup=False, highlight=False)
    console.print(f"{len(trials) - len(failed)} of {len(trials)} caught")
    context.exit(1 if failed else 0)


def _table(trials: list[Trial]) -> Table:
    table = Table("the operator …", "", "seconds", "caught by")
    for trial in trials:
        verdict = f"[{_COLOURS[trial.verdict]}]{trial.verdict}[/]"
        caught = f"{trial.test.removeprefix('tests/')}\n{trial.said}".strip().replace("[", "\\[")
        table.add_row(trial.mutant.name, verdict, f"{trial.seconds:.0f}", caught)
    return table


if __name__ == "__main__":
    main()
