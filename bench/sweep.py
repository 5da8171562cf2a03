"""What a sweep over services that are in sync costs the operator, in time and CPU of its own.

python -m bench.sweep [--services 400] [--sweeps 20] [--latency 0.02]

The first sweep is that of an operator that has just started. The embedded AWS makes the services, which takes a
minute or so, in a process of its own; a server that answers from memory stands before it, so that what is measured is
the operator. A minute of stepped time lies between sweeps, so none waits for AWS's request rates.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from reconciler.aws import Budgets, Traffic, clients_of, connect
from reconciler.cli.wiring import Silent
from reconciler.clock import SteppedClock
from reconciler.loop import Loop, reading
from reconciler.observe import Observer
from reconciler.source import DirectorySource

TAGGED = 2  # resources of a service whose tags are read in turn
TAGS_A_SWEEP = 60


@dataclass(frozen=True)
class Cost:
    """What one sweep took."""

    calls: int
    wall: float
    cpu: float


class Operator:
    """Sweeps, a minute after the last one."""

    def __init__(self, root: Path) -> None:
        self._root, self._clock = root, SteppedClock()
        self._calls: list[Traffic] = []
        budgets = Budgets(self._clock)
        observer = Observer(
            "reconciler",
            lambda name, cluster: connect(name, cluster, clients_of(cluster), self._clock, budgets, self._calls.append),
            self._clock,
        )
        self._loop = Loop(observer, self._clock, Silent())

    def sweep(self) -> Cost:
        """One pass over everything, from reading the files to what is told of it."""
        self._calls.clear()
        started, worked = time.perf_counter(), time.process_time()
        self._loop.accept(reading(DirectorySource(self._root)))
        done = self._loop.run_pass(None, threading.Event())
        cost = Cost(len(self._calls), time.perf_counter() - started, time.process_time() - worked)
        assert not done.unread, done.unread
        assert not done.outcomes, "what is in sync is not written to"
        self._clock.step(60)
        return cost


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as directory, _aws(directory, arguments) as environment:
        os.environ.update(environment)
        asking = Operator(Path(directory))
        for _ in range(1 + TAGGED * arguments.services // TAGS_A_SWEEP + 1):
            asking.sweep()  # until every question has been asked once
        operator = Operator(Path(directory))
        first = operator.sweep()
        warm = [operator.sweep() for _ in range(arguments.sweeps)]
    print(f"{arguments.services} services, {1000 * arguments.latency:.0f} ms until an answer comes")
    print(_line("first sweep", [first]))
    print(_line("warm sweep", warm))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--services", type=int, default=400)
    parser.add_argument("--sweeps", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds until an answer comes")
    return parser.parse_args()


def _line(what: str, costs: list[Cost]) -> str:
    calls, wall, cpu = (sorted(getattr(cost, name) for cost in costs) for name in ("calls", "wall", "cpu"))
    return (
        f"{what:<11} {median(calls):4.0f} calls, wall {median(wall):.3f} s ({wall[0]:.3f} to {wall[-1]:.3f}), "
        f"cpu {median(cpu):.3f} s; median of {len(costs)}"
    )


@contextmanager
def _aws(directory: str, arguments: argparse.Namespace) -> Iterator[dict[str, str]]:
    """The environment that leads to an AWS with so many services in it."""
    command = [sys.executable, "-m", "bench.canned", directory, str(arguments.services), str(arguments.latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - its own words
        try:
            assert process.stdout is not None
            environment = process.stdout.readline()
            assert environment, "there is no canned AWS, and no other may be asked"
            yield dict(pair.split("=", 1) for pair in environment.split())
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
