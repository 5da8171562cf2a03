"""A service that a guardrail keeps out is left as it is, and so is everything that it may take the place of."""

from tests.loop.harness import CLUSTER, Stage
from tests.loop.test_handover import rename

PRIVILEGED = "task_definition: {containerDefinitions: [{name: web, privileged: true}]}\n"


def test_a_release_that_a_guardrail_refuses_changes_nothing_and_says_why_until_it_is_allowed(stage: Stage) -> None:
    stage.web("v1")
    stage.settle()
    stage.web("v2", extra=PRIVILEGED)
    with stage.observer.forbid_writes("its cluster does not allow it"):
        stage.passes(5)
    assert stage.running("web") == ["v1", "v1"]
    assert "left as it is: " in stage.status().reason
    assert "`web` is privileged, which `test` does not allow" in stage.status().reason

    stage.write("clusters/test.yml", CLUSTER.replace("guardrails: {", "guardrails: {privileged: true, "))
    stage.settle()
    assert stage.running("web") == ["v2", "v2"]


def test_a_guardrail_that_is_drawn_tighter_stops_nothing_that_runs(stage: Stage) -> None:
    stage.write("clusters/test.yml", CLUSTER.replace("guardrails: {", "guardrails: {privileged: true, "))
    stage.web("v1", extra=PRIVILEGED)
    stage.web("v1", service="other")
    stage.settle()
    stage.write("clusters/test.yml", CLUSTER)
    with stage.observer.forbid_writes("what runs goes on"):
        stage.passes(5)
    stage.web("v2", service="other")
    stage.passes(20)
    assert stage.status("other").version == "v2"
    assert "is privileged" in stage.status().reason


def test_a_renamed_service_that_a_guardrail_refuses_keeps_its_former_self(stage: Stage) -> None:
    for service in ("web", "other0", "other1", "other2"):
        stage.web("v1", service=service)
    stage.settle()
    rename(stage, "web", "shop")
    good = (stage.root / "services/shop/service.yml").read_text()
    stage.write("services/shop/service.yml", good + "image: evil.example/shop\n")
    with stage.observer.forbid_writes("it may be the same service"):
        stage.passes(10)
    assert "waits until shop can be read" in stage.status().reason
