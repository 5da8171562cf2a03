"""Freeze windows: which moments are in them, on which wall clock, and until when."""

from datetime import datetime

import pytest

from reconciler.spec import load
from reconciler.spec.freeze import frozen

CLUSTER = """
region: us-east-1
account: "123456789012"
vpc: vpc-0a1b2c3d4e5f60001
"""
WEEKEND = "{start: Fri 16:00, end: Mon 08:00, timezone: Europe/Berlin, why: weekend}"
NIGHT = "{start: Tue 22:00, end: Tue 06:00, why: all week but Tuesday's office hours}"
HOLIDAYS = '{start: 2026-12-20T00:00:00+01:00, end: 2027-01-04T08:00Z, why: "holidays: ask bob"}'


def until(windows: str, now: str) -> str:
    """Until when and why the cluster is frozen at a moment; empty when it is not."""
    desired = load([("clusters/prod.yml", f"{CLUSTER}freeze: [{windows}]\n".encode(), None)], "1f2e3d4")
    assert not desired.errors
    return " ".join(map(str, frozen(desired.clusters, datetime.fromisoformat(now))))


@pytest.mark.parametrize(
    ("window", "now", "expected"),
    [
        (HOLIDAYS, "2026-12-19T22:59:59+00:00", ""),
        (HOLIDAYS, "2026-12-19T23:00:00+00:00", "2027-01-04T08:00:00Z"),
        (HOLIDAYS, "2027-01-04T07:59:59+00:00", "2027-01-04T08:00:00Z"),
        (HOLIDAYS, "2027-01-04T08:00:00+00:00", ""),
        # Summer: Berlin is two hours ahead.
        (WEEKEND, "2026-07-03T13:59:59+00:00", ""),
        (WEEKEND, "2026-07-03T14:00:00+00:00", "2026-07-06T06:00:00Z"),
        (WEEKEND, "2026-07-05T23:00:00+00:00", "2026-07-06T06:00:00Z"),
        (WEEKEND, "2026-07-06T05:59:59+00:00", "2026-07-06T06:00:00Z"),
        (WEEKEND, "2026-07-06T06:00:00+00:00", ""),
        # The clocks go back in the night to Sunday: it ends at eight on the wall clock all the same.
        (WEEKEND, "2026-10-23T14:00:00+00:00", "2026-10-26T07:00:00Z"),
        (NIGHT, "2026-07-07T06:00:00+00:00", ""),
        (NIGHT, "2026-07-07T22:00:00+00:00", "2026-07-14T06:00:00Z"),
        (NIGHT, "2026-07-07T05:59:00+00:00", "2026-07-07T06:00:00Z"),
    ],
)
def test_a_window_begins_with_its_start_and_ends_before_its_end(window: str, now: str, expected: str) -> None:
    why = {HOLIDAYS: "holidays: ask bob", WEEKEND: "weekend", NIGHT: "all week but Tuesday's office hours"}[window]

    assert until(window, now) == (f"frozen until {expected}: {why}" if expected else "")


@pytest.mark.parametrize(
    ("window", "now", "expected"),
    [
        # The clocks go back from 03:00 to 02:00 at 01:00Z: Berlin has 02:30 twice.
        ("{start: Sun 01:00, end: Sun 02:30", "2026-10-24T22:59:59+00:00", ""),
        ("{start: Sun 01:00, end: Sun 02:30", "2026-10-25T00:45:00+00:00", "2026-10-25T01:30:00Z"),
        ("{start: Sun 01:00, end: Sun 02:30", "2026-10-25T01:10:00+00:00", "2026-10-25T01:30:00Z"),
        ("{start: Sun 01:00, end: Sun 02:30", "2026-10-25T01:30:00+00:00", ""),
        ("{start: Sun 02:30, end: Sun 05:00", "2026-10-25T00:30:00+00:00", "2026-10-25T04:00:00Z"),
        ("{start: Sun 02:30, end: Sun 05:00", "2026-10-25T01:10:00+00:00", "2026-10-25T04:00:00Z"),
        # They go forward from 02:00 to 03:00 at 01:00Z: Berlin has no 02:30.
        ("{start: Sun 01:00, end: Sun 02:30", "2026-03-29T01:29:59+00:00", "2026-03-29T01:30:00Z"),
        ("{start: Sun 01:00, end: Sun 02:30", "2026-03-29T01:30:00+00:00", ""),
        ("{start: Sun 02:30, end: Sun 05:00", "2026-03-29T00:30:00+00:00", "2026-03-29T03:00:00Z"),
    ],
)
def test_when_clocks_are_changed_a_window_is_at_least_what_is_written_and_its_end_is_ahead(
    window: str, now: str, expected: str
) -> None:
    told = until(f"{window}, timezone: Europe/Berlin, why: night}}", now)

    assert told == (f"frozen until {expected}: night" if expected else "")


def test_of_several_windows_the_one_that_ends_last_is_told() -> None:
    assert until(f"{WEEKEND}, {HOLIDAYS}", "2026-12-26T12:00:00+00:00").startswith("frozen until 2027-01-04T08:00:00Z")


@pytest.mark.parametrize("zone", ["localtime", "posixrules"])
def test_a_zone_that_is_another_on_each_machine_is_no_zone(zone: str) -> None:
    window = WEEKEND.replace("Europe/Berlin", zone)

    (error,) = load([("clusters/prod.yml", f"{CLUSTER}freeze: [{window}]\n".encode(), None)], "1f2e3d4").errors

    assert "must be a time zone that this system knows, such as Europe/Berlin" in error.message
