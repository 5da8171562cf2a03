"""What must become true in the end: assertions for the end of a scenario, one for each invariant of liveness.

L8 is a rule of the observer's, since it can be judged at each write.
"""

import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from reconciler.sandbox import Sandbox
from tests.invariants.live import Live, everywhere, key_of
from tests.invariants.observer import Observer
from tests.invariants.portrait import portrait

STOP_TIMEOUT = 30
"""ECS's stopTimeout, in seconds."""

RunPass = Callable[[], object]


def assert_converges(run_pass: RunPass, settled: Callable[[], bool], within: int) -> int:
    """L1: with a constant spec and no more faults, the state converges within that many passes; returns how many."""
    for number in range(1, within + 1):
        run_pass()
        if settled():
            return number
    raise AssertionError(f"L1: not settled after {within} passes")


def assert_converged(run_pass: RunPass, observer: Observer, passes: int = 100) -> None:
    """L2: converged means zero writes, for 100 passes."""
    before = len(observer.writes)
    with observer.forbid_writes("converged (L2)"):
        for number in range(1, passes + 1):
            run_pass()
            written = [f"{call.service} {call.operation}" for call in observer.writes[before:]]
            assert not written, f"L2: pass {number} over converged state wrote {', '.join(written)}"


def assert_same_end(sandbox: Sandbox, reference: tuple[str, ...]) -> None:
    """L3: killed at any call and restarted, the final state is the `portrait` of an undisturbed run: no orphans."""
    assert portrait(sandbox) == reference, "L3: the operator ended elsewhere than without the interruption"


def assert_not_held_up(alone: int, beside_a_failing_one: int) -> None:
    """L4: a failing service delays the others by one pass at most. Both are numbers of passes until they settled."""
    assert beside_a_failing_one <= alone + 1, (
        f"L4: {beside_a_failing_one} passes beside a failing service, {alone} without it"
    )


def assert_rolled_back(sandbox: Sandbox, key: str, survivor: str, told: str) -> None:
    """L7: a stuck rollout times out, rolls back to the ECS service `survivor`, and the phase that is told is Failed."""
    assert told == "Failed", f"L7: {key} is told as {told}"
    with sandbox.world.lock:
        colours = [(live, each) for live in everywhere(sandbox.world) for each in live.services()]
        state = {
            each.name: (each.desired > 0, live.weight(each) > 0 or not each.groups)
            for live, each in colours
            if key_of(each.tags) == key and (each.desired or _weighs(live, each.groups) or each.name == survivor)
        }
    assert state == {survivor: (True, True)}, f"L7: {survivor} should alone run and serve, (runs, serves) is {state}"


def _weighs(live: Live, groups: tuple[str, ...]) -> bool:
    return any(rule.weights.get(group) for rule in live.rules() for group in groups)


def assert_tells_its_age(exposition: str, fresh_for: float) -> None:
    """L9: metrics expose the age of the last success; a stale gauge never reads as in sync.

    `fresh_for` is the age in seconds from which a cluster's state is no longer known.
    """
    ages = {each.labels["cluster"]: each.value for each in _samples(exposition, "reconciler_observe_age_seconds")}
    stamped = {_service(each) for each in _samples(exposition, "reconciler_service_last_in_sync_timestamp_seconds")}
    for each in _samples(exposition, "reconciler_service_info"):
        cluster, synced = each.labels["cluster"], each.labels["sync_status"] == "Synced"
        assert cluster in ages, f"L9: nothing tells how old what is said of {cluster} is"
        assert not synced or ages[cluster] <= fresh_for, (
            f"L9: {_service(each)} reads as in sync, from {ages[cluster]} s ago"
        )
        assert not synced or _service(each) in stamped, f"L9: nothing tells when {_service(each)} was last in sync"


def _samples(exposition: str, name: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(exposition):
        yield from (sample for sample in family.samples if sample.name == name)


def _service(sample: Sample) -> str:
    return f"{sample.labels['cluster']}/{sample.labels['service']}"


def assert_ends_on_sigterm(process: "subprocess.Popen[Any]") -> None:
    """L10: on SIGTERM the call in flight ends, and the process exits well within ECS's stopTimeout."""
    process.send_signal(signal.SIGTERM)
    status = process.wait(STOP_TIMEOUT)
    assert status == 0, f"L10: the process ended with {status}"
