"""The observer: what it sees, what it makes of it, and that it is not blind."""

from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.invariants import observer as module
from tests.invariants.estate import Estate
from tests.invariants.judged import Invariant, Write
from tests.invariants.observer import Observer
from tests.invariants.rules import RULES

pytest_plugins = ["pytester"]


def test_every_rule_is_a_sentence() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert [rule.name for rule in RULES if not rule.sentence.endswith(".")] == []


def test_a_violation_tells_the_call_the_rule_and_the_state_before(web: Estate) -> None:
    web.scale("web-blue", 0)
    with pytest.raises(AssertionError) as failure:
        web.observer.assert_upheld()
    report = str(failure.value)
    call = web.observer.writes[-1].number
    assert f"S6 at call {call}, ecs UpdateService: service web-blue would be scaled to 0" in report
    assert "must hold: The old colour is scaled down only after" in report
    assert "service web-blue: 2 desired" in report
    assert "rule web.prod.example: web-blue weighs 100 with 2 healthy, web-green weighs 0 with 0 healthy" in report


def test_a_violation_that_repeats_itself_is_told_once(web: Estate) -> None:
    for _ in range(3):
        web.scale("web-blue", 0)
        web.scale("web-blue", 2, web.people)
    with pytest.raises(AssertionError) as failure:
        web.observer.assert_upheld()
    assert str(failure.value).count("S6 at call") == 1
    assert "times: 3" in str(failure.value)


def test_an_observer_that_saw_nothing_is_no_proof() -> None:
    with Sandbox(SteppedClock()) as sandbox, Observer(sandbox) as observer:
        pass
    with pytest.raises(AssertionError, match="nothing has been judged"):
        observer.assert_upheld()


def test_a_rule_that_breaks_is_no_proof(web: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Write) -> list[str]:
        """It breaks."""
        raise LookupError("no such thing")

    monkeypatch.setattr(module, "RULES", (Invariant("S0", broken),))
    web.define("web:2")
    with pytest.raises(AssertionError, match="no such thing"):
        web.observer.assert_upheld()


def test_a_write_that_aws_refused_is_judged_and_yet_was_not_made(web: Estate) -> None:
    before = len(web.observer.writes)
    with suppress(ClientError):
        web.operator.elb.delete_target_group(TargetGroupArn=web.blue)
    assert "S7" in web.violated()
    assert len(web.observer.writes) == before


def test_afterwards_the_sandbox_is_as_it_was() -> None:
    with Sandbox(SteppedClock()) as sandbox:
        before = list(sandbox.hooks.before), list(sandbox.hooks.after)
        with Observer(sandbox):
            pass
        assert (sandbox.hooks.before, sandbox.hooks.after) == before


@pytest.mark.process
def test_a_violation_fails_the_test_that_is_observed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pytester.makeconftest("from tests.conftest import observe")
    pytester.makepyfile(
        """
        from reconciler.clock import SteppedClock
        from reconciler.sandbox import Sandbox
        from tests.invariants.estate import Hand

        def test_a_cluster_is_made(observe):
            with Sandbox(SteppedClock()) as sandbox:
                observe(sandbox)
                Hand(sandbox, "reconciler").ecs.create_cluster(clusterName="new")

        def test_clusters_are_listed(observe):
            with Sandbox(SteppedClock()) as sandbox:
                observe(sandbox)
                Hand(sandbox, "reconciler").ecs.list_clusters()
        """
    )
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    run.assert_outcomes(passed=2, errors=1)
    run.stdout.fnmatch_lines(["*S1 at call 1, ecs CreateCluster: ecs CreateCluster is unknown to them*"])
