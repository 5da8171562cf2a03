"""The words that people's intents are written with in tags, and read back from them."""

from datetime import UTC, datetime

import pytest

from reconciler.intents import CONFIRMED, PAUSED, confirmation, confirmed, names, pause, paused
from reconciler.model import Confirmation, Pause

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ONE = datetime.fromisoformat("2026-01-01T14:00:00+01:00")


@pytest.mark.parametrize("until", [None, ONE])
def test_a_pause_is_read_as_it_was_meant(until: datetime | None) -> None:
    tags = pause("assumed-role/Admin/alice@x.example", NOON, "incident 4711: by=nobody until=never", until)

    meant = Pause("prod", "web", "assumed-role/Admin/alice@x.example", "incident 4711: by=nobody until=never", until)
    assert paused("prod", "web", tags) == meant


def test_what_aws_does_not_take_in_a_tag_becomes_a_space_and_the_end_is_cut() -> None:
    (said,) = pause("a,b", NOON, "why\nnot? " + "x" * 300, None).values()

    assert said.startswith("at=2026-01-01T12:00:00+00:00 by=a_b why=why not xxx")
    assert len(said) == 256


def test_who_has_a_long_name_leaves_room_for_why() -> None:
    read = paused("prod", "", pause("x" * 300, NOON, "incident 4711", ONE))

    assert read
    assert (read.why, read.until) == ("incident 4711", ONE)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "yes",
        "until=soon at=x by=bob why=y",
        "until=2026-01-01 at=x by=bob why=y",
        "until=0001-01-01T00:00:00+14:00 at=x by=bob why=y",
    ],
)
def test_what_cannot_be_read_is_a_pause_without_an_end(said: str) -> None:
    read = paused("prod", "", {PAUSED: said})

    assert read
    assert (read.until, read.why) == (None, said)


def test_no_tag_is_no_pause_and_no_confirmation() -> None:
    assert paused("prod", "", {}) is None
    assert confirmed({}) is None


def test_a_confirmation_says_what_when_and_who() -> None:
    tags = confirmation("dir:1f2e3d4c5b6a", "user/alice", NOON)

    assert tags == {CONFIRMED: "dir:1f2e3d4c5b6a at=2026-01-01T12:00:00+00:00 by=user/alice"}
    assert confirmed(tags) == Confirmation("dir:1f2e3d4c5b6a", NOON)


@pytest.mark.parametrize("written", ["1", "1f2e3d", "main", "dir:", "dir:1f2e3d4", "*", "1F2E3D4C5B6A"])
def test_a_confirmation_by_hand_that_could_name_any_revision_confirms_none(written: str) -> None:
    assert confirmed({CONFIRMED: f"{written} at=2026-01-01T12:00:00+00:00 by=user/alice"}) is None


@pytest.mark.parametrize("written", ["dir:1f2e3d4", "dir:1f2e3d4c5b6b", "", "1f2e3d4c5b6a"])
def test_a_directory_is_named_by_its_whole_digest(written: str) -> None:
    assert names("dir:1f2e3d4c5b6a", "dir:1f2e3d4c5b6a")
    assert not names(written, "dir:1f2e3d4c5b6a")
