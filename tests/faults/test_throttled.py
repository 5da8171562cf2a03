"""L5: half of all calls are throttled, reads and writes, and every service is reconciled all the same."""

import random
from dataclasses import replace
from datetime import timedelta
from threading import Event

from reconciler.loop import Pass
from tests.faults.injector import Injector
from tests.faults.replay import replayed_by
from tests.faults.weather import Weather, throttled
from tests.faults.written import Written, installation
from tests.loop.harness import Stage

PASSES, TIME = 80, timedelta(minutes=90)
"""So many passes and so much time a release of all services takes at most."""
SERVICES = {
    "web": Written(hosts=("web", "left"), strategy="blue-green"),
    "api": Written(hosts=("api",)),
    "job": Written(hosts=("job",), strategy="blue-green", instances=1),
}


def release(stage: Stage, version: str) -> tuple[int, timedelta]:
    """Everything at a version; after how many passes and how much time it is in sync and well."""
    for name, it in SERVICES.items():
        replace(it, version=version).write(stage, name)
    began, passes = stage.clock.now(), 0

    def over(_: Pass) -> bool:
        nonlocal passes
        passes += 1
        assert passes <= 200, stage.report()
        return stage.settled() and {status.version for status in stage.loop.status.services.values()} == {version}

    stage.commit()
    stage.loop.run(Event(), until=over)
    return passes, stage.clock.now() - began


def test_with_half_of_all_calls_throttled_every_service_is_reconciled(seed: int, whole: bool) -> None:
    for part in range(20 if whole else 1):
        with replayed_by(seed), installation() as stage:
            stage.on_client = Injector(Weather(throttled, 0.5, random.Random(f"{seed} {part}"))).watch
            for version in ("v1", "v2"):
                passes, time = release(stage, version)
                assert passes <= PASSES, f"{version} took {passes} passes"
                assert time <= TIME, f"{version} took {time}"
