"""Random operations on several services: what people write and do by hand, what goes wrong, what time brings."""

import random
import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from reconciler.loop import Pass, reading
from reconciler.source import DirectorySource, Tree
from tests.faults.hands import BY_HAND, HOSTS, NAMES, Back
from tests.faults.injector import Injector
from tests.faults.rest import come_to_rest, failed, troubled
from tests.faults.weather import SKIES, Death, Killed, Weather
from tests.faults.written import BAD, Written, assert_as_new, installation
from tests.invariants.portrait import portrait
from tests.loop.people import confirm

VERSIONS = ("v1", "v2", "v3", "v4", *BAD)
SERVICE, NUMBER = st.integers(0, 3), st.integers(0, 11)
THEN = st.integers(0, 3)
"""Passes of the operator's after an operation, by its own agenda."""


class Operations(RuleBasedStateMachine):
    """An installation, and what may happen to it in any order; what it must come to is said at `teardown`."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        self.stage = self.opened.enter_context(installation())
        self.sky = Weather()
        self.injector = Injector(self.sky)
        self.stage.on_client = self.injector.watch
        self.written: dict[str, Written] = {}
        self.backs: list[Back] = []

    @initialize()
    def two_services(self) -> None:
        self._write("web", Written(hosts=("web",), strategy="blue-green"))
        self._write("api", Written(hosts=("api",)))
        self._work(8)

    @rule(service=SERVICE, version=st.sampled_from(VERSIONS), then=THEN)
    def release(self, service: int, version: str, then: int) -> None:
        self._change(service, then, version=version)

    @rule(service=SERVICE, strategy=st.sampled_from(("blue-green", "rolling")), then=THEN)
    def strategy(self, service: int, strategy: str, then: int) -> None:
        self._change(service, then, strategy=strategy)

    @rule(service=SERVICE, instances=st.integers(0, 4), then=THEN)
    def instances(self, service: int, instances: int, then: int) -> None:
        self._change(service, then, instances=instances)

    @rule(service=SERVICE, level=st.sampled_from(("info", "debug")), then=THEN)
    def configuration(self, service: int, level: str, then: int) -> None:
        self._change(service, then, level=level)

    @rule(service=SERVICE, host=st.sampled_from(HOSTS), then=THEN)
    def host_added(self, service: int, host: str, then: int) -> None:
        """A service asks for a host. Who has it gives it up, unless it is its only one."""
        name, former = self._name(service), next((it for it in self.written if host in self.written[it].hosts), None)
        if former and former != name and len(self.written[former].hosts) > 1:
            rest = tuple(each for each in self.written[former].hosts if each != host)
            self._write(former, replace(self.written[former], hosts=rest))
            former = None
        if former is None:
            self._write(name, replace(self.written[name], hosts=(*self.written[name].hosts[:2], host)))
        self._work(then)

    @rule(service=SERVICE, then=THEN)
    def host_dropped(self, service: int, then: int) -> None:
        hosts = self.written[self._name(service)].hosts
        self._change(service, then, hosts=hosts[1:] or hosts)

    @rule(name=st.sampled_from(NAMES), like=SERVICE, then=THEN)
    def added(self, name: str, like: int, then: int) -> None:
        free = [host for host in HOSTS if all(host not in it.hosts for it in self.written.values())]
        if name not in self.written and free:
            self._write(name, replace(self.written[self._name(like)], hosts=(free[0],)))
        self._work(then)

    @rule(service=SERVICE, then=THEN)
    def removed(self, service: int, then: int) -> None:
        if len(self.written) > 1:
            self._delete(self._name(service))
        self._work(then)

    @rule(service=SERVICE, name=st.sampled_from(NAMES), then=THEN)
    def renamed(self, service: int, name: str, then: int) -> None:
        if name not in self.written:
            former = self._name(service)
            self._write(name, self.written[former])
            self._delete(former)
        self._work(then)

    @rule(edit=st.sampled_from(sorted(BY_HAND)), number=NUMBER, then=THEN)
    def by_hand(self, edit: str, number: int, then: int) -> None:
        if back := BY_HAND[edit](self.stage, number):
            self.backs.append(back)
        self._work(then)

    @rule(sky=st.sampled_from(sorted(SKIES)), rate=st.sampled_from((0.02, 0.1, 0.5)), dice=NUMBER, then=THEN)
    def goes_wrong(self, sky: str, rate: float, dice: int, then: int) -> None:
        self.sky.turn(SKIES[sky], rate, random.Random(dice))
        self._work(then)

    @rule(then=THEN)
    def clears_up(self, then: int) -> None:
        self.sky.clear_up()
        self._work(then)

    @rule(calls=st.integers(1, 40), carried_out=st.booleans(), wrong=st.sampled_from((0, 30, -7200, 7200)), then=THEN)
    def dies(self, calls: int, carried_out: bool, wrong: int, then: int) -> None:
        """The operator dies at a call, and another starts, on a machine whose clock is wrong by so many seconds."""
        self.injector.decide = Death(self.sky, calls, carried_out)
        with suppress(Killed):
            self._work(3)
        self.injector.decide = self.sky
        self.stage.wrong = timedelta(seconds=wrong)
        self.stage.restart()
        self._work(then)

    @rule(seconds=st.sampled_from((1, 20, 200, 900)), then=THEN)
    def time_passes(self, seconds: int, then: int) -> None:
        self.stage.clock.step(seconds)
        self.stage.sandbox.world.tick()
        self._work(then)

    def teardown(self) -> None:
        """In the end nothing goes wrong any more, and hands and strangers take back what the operator must not.

        Then everything comes to rest. Waiting for time and for health is not counted, and is bounded by the deadlines;
        of the passes that write, no more than five are of the same phase of the same service. A service may then have
        failed, whether by a bad release or since hands and faults took a good one past its deadline, or wait for a host
        of such a one: with a good release it comes to rest as well. From then on nothing is written, not by a new
        operator either, and what there is is what a new installation of the same files has.
        """
        with self.opened:
            if sys.exc_info()[0] is None:  # else an operation has failed already, and that is what should be told
                self._take_back()
                self._end()
                had = portrait(self.stage.sandbox)
        if sys.exc_info()[0] is None:
            assert_as_new(had, self.written)

    def _take_back(self) -> None:
        self.sky.clear_up()
        for back in self.backs:
            with suppress(ClientError):  # it is gone, or somebody else's by now
                back()

    def _rest(self) -> None:
        """A person confirms what is written, and the operator works until it rests."""
        news = reading(DirectorySource(self.stage.root))
        assert isinstance(news, Tree)
        confirm(self.stage, news.revision)
        come_to_rest(self.stage)

    def _end(self) -> None:
        self._rest()
        ill = failed(self.stage) | {name for name, it in self.written.items() if it.version in BAD}
        assert ill or not troubled(self.stage), self.stage.report()
        for name in ill & self.written.keys():
            self._write(name, replace(self.written[name], version="v5"))
        self._rest()
        assert self.stage.settled(), self.stage.report()
        self.stage.wrong = timedelta()
        self.stage.restart()
        with self.stage.observer.forbid_writes("at rest"):
            self.stage.passes(3, step=60)

    def _name(self, number: int) -> str:
        return sorted(self.written)[number % len(self.written)]

    def _change(self, service: int, then: int, **changes: Any) -> None:
        name = self._name(service)
        self._write(name, replace(self.written[name], **changes))
        self._work(then)

    def _write(self, name: str, written: Written) -> None:
        self.written[name] = written
        written.write(self.stage, name)

    def _delete(self, name: str) -> None:
        del self.written[name]
        self.stage.delete(name)

    def _work(self, passes: int) -> None:
        """The operator makes some passes by its own agenda."""
        made = 0

        def enough(done: Pass) -> bool:
            nonlocal made
            assert "report this defect" not in str(done.unread), done.unread
            made += 1
            return made >= passes

        if passes:
            self.stage.commit()
            self.stage.loop.run(Event(), until=enough)
        assert not self.stage.observer.violations, str(self.stage.observer.violations[0])
