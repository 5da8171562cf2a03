"""A rule that the spec no longer declares goes before what it leads to does, however the releases in between end."""

from reconciler.model import Phase
from tests.loop.harness import Stage
from tests.loop.test_blue_green import until


def test_a_failed_release_takes_nothing_away_that_a_former_rule_leads_to(stage: Stage) -> None:
    stage.web("v1", hosts=("web",))
    stage.settle()
    stage.web("v2", "blue-green", hosts=("shop",))
    until(stage, Phase.BAKE)
    stage.web("v3-crash", "blue-green", hosts=("shop",))
    until(stage, Phase.FAILED)
    stage.passes(10)
    assert (stage.running("web"), stage.running("web-green")) == (["v1", "v1"], [])
    stage.web("v4", "blue-green", hosts=("shop",))
    stage.settle(100)
    assert not stage.running("web")
    assert stage.weights("shop") == {"test-web-shop-blue": 0, "test-web-shop-green": 100}
