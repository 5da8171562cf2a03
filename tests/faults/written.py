"""What people have written, as a test remembers it, and what a new installation makes of that."""

import difflib
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.sandbox import Behaviour, Sandbox, Scenario
from reconciler.spec.names import target_group_name
from tests.faults.children import one_thread
from tests.invariants.observer import Observer
from tests.invariants.portrait import portrait
from tests.loop.conftest import played
from tests.loop.harness import CANARY, Stage

SCENARIO = Scenario(
    images={
        "*-broken": Behaviour(crashes_after=0),
        "*-sick": Behaviour(sick_after=0),
        "*-falls": Behaviour(sick_after=30),
    }
)
BAD = ("v7-broken", "v8-sick", "v9-falls")


@dataclass(frozen=True, slots=True)
class Written:
    """A service as its files have it."""

    version: str = "v1"
    strategy: str = "rolling"
    hosts: tuple[str, ...] = ()
    instances: int = 2
    level: str = "info"

    def write(self, stage: Stage, name: str) -> None:
        """Make its files."""
        stage.web(self.version, self.strategy, name, hosts=self.hosts, instances=self.instances, deadline="3m")
        stage.write(f"services/{name}/config.yml", f"default: {{DB_PASSWORD: {CANARY}, LOG_LEVEL: {self.level}}}\n")


@contextmanager
def installation() -> Iterator[Stage]:
    """A stage in one thread, whose operator has yet to make its first pass, and which violates no invariant."""
    with ExitStack() as opened:

        def observe(sandbox: Sandbox, canary: str) -> Observer:
            return opened.enter_context(Observer(sandbox, canary=canary))

        root = Path(opened.enter_context(tempfile.TemporaryDirectory())) / "desired"
        opened.enter_context(one_thread())
        stage = opened.enter_context(played(root, observe, SCENARIO))
        yield stage
        stage.observer.assert_upheld()


def assert_as_new(had: tuple[str, ...], written: Mapping[str, Written]) -> None:
    """What there is, by its portrait, is what a new installation of the same files has."""
    with installation() as stage:
        for name, it in written.items():
            it.write(stage, name)
        stage.run()
        assert stage.settled(), stage.report()
        new = portrait(stage.sandbox)
    difference = difflib.unified_diff(
        _whichever_serves(new, written), _whichever_serves(had, written), "new", "had", lineterm="", n=0
    )
    assert not (told := "\n".join(difference)), f"not what a new installation has:\n{told}"


def _whichever_serves(lines: tuple[str, ...], written: Mapping[str, Written]) -> list[str]:
    """A portrait that says the same whichever colour serves.

    The other colour may be there or not, at 0, and still be behind groups of an earlier release's hosts.
    """
    for name, it in written.items():
        if it.strategy == "blue-green":
            lines = tuple(line for line in lines if not _stands_by(line, name, it))
            lines = min(tuple(sorted(lines)), tuple(sorted(_turned(line, name) for line in lines)))
    return sorted(lines)


def _stands_by(line: str, name: str, it: Written) -> bool:
    stems = {target_group_name("test", name, host) for host in it.hosts}
    group = re.search(rf"group (test-{name}\b.*)-(blue|green): 0 healthy", line)
    return line.endswith((f"/{name}-blue: idle", f"/{name}-green: idle")) or bool(group and group[1] not in stems)


def _turned(line: str, name: str) -> str:
    """A line of the service's with its colours exchanged."""
    if f"test-{name}-" not in line and f"test/{name}-" not in line:
        return line
    turned = line.replace("-blue", "-\0").replace("-green", "-blue").replace("-\0", "-green")
    head, _, weights = turned.partition(": ")
    return f"{head}: {', '.join(sorted(weights.split(', ')))}" if " rule " in head else turned
