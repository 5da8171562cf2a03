"""What the rules know of `desired/` is read from its files."""

from pathlib import Path

import pytest

from tests.invariants.facts import Facts, Wanted, facts_in

WEB = """
instances: {test: 1, prod: 3}
listeners: [{subdomain: web, port: 80, protocol: http}]
rollout: {strategy: blue-green, bake: 2m}
ignore: [desiredCount]
"""


def write(root: Path, **files: str) -> Path:
    for name, text in {"clusters/prod.yml": "zone: prod.example", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_service_is_wanted_in_each_of_its_clusters(tmp_path: Path) -> None:
    facts = facts_in(write(tmp_path, **{"services/web/service.yml": WEB}))
    assert facts.wanted["prod/web"] == Wanted(3, 120, frozenset({"web.prod.example"}), autoscaled=True)
    assert facts.wanted["test/web"].instances == 1


@pytest.mark.parametrize(("written", "seconds"), [("45s", 45), ("5m", 300), ("2h", 7200), ("30", 30)])
def test_a_bake_is_a_duration(tmp_path: Path, written: str, seconds: float) -> None:
    facts = facts_in(write(tmp_path, **{"services/web/service.yml": WEB.replace("2m", written)}))
    assert facts.wanted["prod/web"].bake == seconds


def test_a_service_that_says_nothing_of_a_rollout_bakes_for_five_minutes(tmp_path: Path) -> None:
    facts = facts_in(write(tmp_path, **{"services/worker/service.yml": "instances: {prod: 1}"}))
    assert facts.wanted == {"prod/worker": Wanted(1, 300)}


def test_a_file_that_is_no_yaml_makes_its_service_broken_beside_those_that_the_test_names(tmp_path: Path) -> None:
    root = write(tmp_path, **{"services/bad/service.yml": "instances: {", "services/web/service.yml": WEB})
    facts = facts_in(root, broken={"other"})
    assert facts.broken == {"bad", "other"}
    assert sorted(facts.wanted) == ["prod/web", "test/web"]


def test_each_content_is_a_revision_of_its_own(tmp_path: Path) -> None:
    one = facts_in(write(tmp_path, **{"services/web/service.yml": WEB})).revision
    assert facts_in(tmp_path).revision == one
    assert facts_in(write(tmp_path, **{"services/web/service.yml": WEB + "\n"})).revision != one


def test_a_directory_that_is_not_there_wants_nothing(tmp_path: Path) -> None:
    assert facts_in(tmp_path / "missing").wanted == Facts().wanted
