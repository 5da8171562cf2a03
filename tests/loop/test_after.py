"""`after:`: a release begins when the services that it comes after run what git says, and are healthy."""

from reconciler.model import Phase
from tests.loop.harness import Stage


def front_and_back(stage: Stage, version: str, back: str = "") -> None:
    """`front` comes after `back`."""
    stage.web(version, service="front", extra="after: [back]\n")
    stage.web(back or version, service="back")


def test_services_come_up_one_after_the_other(stage: Stage) -> None:
    front_and_back(stage, "v1")
    stage.passes()
    assert not stage.ecs_service("front")
    assert "waits until test/back runs what git says, and is healthy" in stage.status("front").reason
    seen_together = False
    for _ in range(60):
        stage.passes()
        seen_together |= bool(stage.running("front")) and not stage.is_well("test", "back")
        if stage.settled():
            break
    assert stage.settled()
    assert not seen_together


def test_a_release_of_both_goes_to_the_one_after_the_other(stage: Stage) -> None:
    front_and_back(stage, "v1")
    stage.settle()
    front_and_back(stage, "v2")
    begun: list[str] = []
    for _ in range(60):
        stage.passes()
        begun += [name for name in ("back", "front") if "v2" in stage.running(name) and name not in begun]
        assert "v2" not in stage.running("front") or stage.running("back") == ["v2", "v2"]
    assert begun == ["back", "front"]
    assert stage.running("front") == ["v2", "v2"]


def test_a_release_waits_as_long_as_the_one_before_it_fails(stage: Stage) -> None:
    front_and_back(stage, "v1")
    stage.settle()
    front_and_back(stage, "v2", back="v2-crash")
    stage.passes(60)
    assert stage.status("back").phase is Phase.FAILED
    assert stage.running("front") == ["v1", "v1"]
    front_and_back(stage, "v2", back="v3")
    stage.settle()
    assert (stage.running("front"), stage.running("back")) == (["v2", "v2"], ["v3", "v3"])


def test_what_is_not_a_release_does_not_wait(stage: Stage) -> None:
    front_and_back(stage, "v1")
    stage.settle()
    front_and_back(stage, "v1", back="v2-crash")
    stage.passes(30)
    stage.client("ecs").update_service(cluster="test", service="front", desiredCount=1)
    stage.passes(3)
    assert stage.running("front") == ["v1", "v1"]


def test_a_pass_over_the_later_one_alone_looks_at_the_earlier_too(stage: Stage) -> None:
    front_and_back(stage, "v1")
    stage.settle()
    front_and_back(stage, "v2", back="v1")
    stage.commit()
    stage.scoped("front")
    stage.passes(1)
    stage.settle()
    assert stage.running("front") == ["v2", "v2"]


def test_a_host_that_the_earlier_one_gives_up_is_not_waited_for_by_both(stage: Stage) -> None:
    stage.web("v1", service="back", hosts=("back", "shared"))
    stage.settle()
    stage.web("v1", service="back", hosts=("back",))
    stage.web("v1", service="front", hosts=("shared",), extra="after: [back]\n")
    stage.settle(100)
    assert stage.running("front") == ["v1", "v1"]
