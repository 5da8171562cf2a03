"""Scenario files: which images misbehave and where room runs out, and what is said of a wrong one."""

from pathlib import Path

import pytest

from reconciler.sandbox import Behaviour, Scenario, ScenarioError
from reconciler.sandbox.world.images import WELL, behaviour_of


def test_a_scenario_says_what_images_do_and_how_much_room_there_is(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yml"
    file.write_text('images:\n  "httpbin:1.3*": {crashes_after: 5, exit_code: 137}\ncapacity:\n  prod: 20\n')
    scenario = Scenario.load(file)
    assert scenario.images == {"httpbin:1.3*": Behaviour(crashes_after=5, exit_code=137)}
    assert scenario.capacity == {"prod": 20}


def test_an_empty_scenario_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yml"
    file.write_text("")
    assert Scenario.load(file) == Scenario()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("image: {}", "image: Extra inputs are not permitted"),
        ("images: {web: {crash: 1}}", "images.web.crash: Extra inputs are not permitted"),
        ("images: {web: {starts_after: soon}}", "images.web.starts_after: Input should be a valid number"),
        ("capacity: {prod: -1}", "capacity.prod: Input should be greater than or equal to 0"),
        ("- web", "the file: Input should be a valid dictionary"),
        ("images: {", "not YAML"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_file_the_place_and_the_reason(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "scenario.yml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as error:
        Scenario.load(file)
    assert str(error.value).startswith(f"{file}: {told}")


def test_a_scenario_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        Scenario.load(tmp_path / "absent.yml")


@pytest.mark.parametrize(
    ("image", "behaviour"),
    [
        ("web:1", WELL),
        ("crash/web:1", WELL),
        ("registry.example:5000/web:1-crash", Behaviour(crashes_after=0)),
        ("web:sick", Behaviour(sick_after=0)),
        ("registry.example/told:1-crash", Behaviour(exit_code=9)),
        ("told:2", Behaviour(exit_code=9)),
    ],
)
def test_a_word_in_the_tag_decides_unless_the_scenario_says_otherwise(image: str, behaviour: Behaviour) -> None:
    assert behaviour_of(image, {"told:*": Behaviour(exit_code=9)}) == behaviour
