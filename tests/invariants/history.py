"""What has happened so far, as far as a rule needs it to judge the next write."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from reconciler.sandbox import Call
from tests.invariants.facts import Facts
from tests.invariants.live import EcsService, Live, key_of, plain
from tests.invariants.writes import Touched

_ABSENT = frozenset({"TargetGroupNotFound", "RuleNotFound"})
"""Errors that are an answer: what was asked for is not there."""


@dataclass(frozen=True)
class Stand:
    """One life of an ECS service: from its start, or a new definition, until it is scaled to 0.

    `ended` is when, and at which call, the weight it had went away; None while it has some, or never had.
    """

    since: int
    definition: str
    weighted: bool = False
    ended: tuple[int, datetime] | None = None

    @property
    def served(self) -> bool:
        """Whether it ever had the traffic."""
        return self.weighted or self.ended is not None


@dataclass
class Pass:
    """One pass of the operator."""

    number: int = 0
    owned: frozenset[str] = frozenset()
    pruned: set[str] = field(default_factory=set)
    failed_reads: dict[str, Call] = field(default_factory=dict)
    reads: dict[str, int] = field(default_factory=dict)
    """When each resource was last read by its name: the number of the call."""


@dataclass
class History:
    """Grows with every call. The numbers are those of calls."""

    owner: str
    facts: Facts = field(default_factory=Facts)
    current: Pass = field(default_factory=Pass)
    unwanted_since: dict[str, int] = field(default_factory=dict)
    newest_edition_applied: int = 0
    written: dict[str, int] = field(default_factory=dict)
    deleted: dict[tuple[str, str, str], str] = field(default_factory=dict)
    stands: dict[str, Stand] = field(default_factory=dict)
    rules_read: dict[str, int] = field(default_factory=dict)

    def start_pass(self, facts: Facts, live: Iterator[Live]) -> None:
        """A pass begins, with this revision in force."""
        self.facts = facts
        owned = frozenset(key_of(tags) for each in live for tags in each.owned(self.owner))
        self.current = Pass(self.current.number + 1, owned)
        gone = owned - facts.wanted.keys()
        self.unwanted_since = {key: self.unwanted_since.get(key, self.current.number) for key in gone}

    def add_write(self, call: Call, touched: tuple[Touched, ...], live: Live) -> None:
        """A write of the operator's was carried out."""
        self.newest_edition_applied = max(self.newest_edition_applied, self.facts.edition)
        for each in touched:
            self.written[each.key] = call.number
            if each.verb == "delete" and not _has_twin(each, live):
                self.deleted[each.kind, each.label, each.key] = self.facts.revision

    def add_read(self, call: Call, error: str | None, live: Live) -> None:
        """A read of the operator's was answered, or not."""
        question = json.dumps([call.service, call.operation, call.parameters], sort_keys=True, default=str)
        if error and not _is_answer(call, error):
            self.current.failed_reads[question] = call
            return
        self.current.failed_reads.pop(question, None)
        self.current.reads |= dict.fromkeys(_named(call), call.number)
        if call.operation == "DescribeRules":
            self.rules_read |= dict.fromkeys(_rules_shown(call, live), call.number)

    def look(self, number: int, live: Live) -> None:
        """Note who stands and who has the traffic, after a change of anybody's."""
        for service in live.services():
            if service.desired == 0:
                self.stands.pop(service.arn, None)
            else:
                self.stands[service.arn] = self._stand(service, number, live)

    def _stand(self, service: EcsService, number: int, live: Live) -> Stand:
        stand = self.stands.get(service.arn)
        if stand is None or stand.definition != service.definition:
            stand = Stand(number, service.definition)
        if live.weight(service):
            return replace(stand, weighted=True, ended=None)
        if stand.weighted:
            return replace(stand, weighted=False, ended=(number, live.world.now))
        return stand


def _has_twin(gone: Touched, live: Live) -> bool:
    """Whether another of the same label is still there: then a leftover went, not the resource."""
    return gone.kind == "rule" and any(",".join(rule.hosts) == gone.label for rule in live.rules())


def _is_answer(call: Call, error: str) -> bool:
    return error in _ABSENT or (call.operation, error) == ("DescribeTaskDefinition", "ClientException")


def _named(call: Call) -> Iterator[str]:
    """The resources that a read asks for by name, as `Touched.name` has them."""
    given: Any = call.parameters
    match call.operation:
        case "DescribeServices":
            cluster = str(given.get("cluster", "default")).rsplit("/", 1)[-1]
            yield from (f"{cluster}/{name.rsplit('/', 1)[-1]}" for name in given["services"])
        case "DescribeTargetGroups":
            yield from given.get("TargetGroupArns") or ()
        case "DescribeRules":
            yield from given.get("RuleArns") or ()
        case "ListResourceRecordSets" if given.get("StartRecordName"):
            yield f"{given['HostedZoneId']}/{plain(given['StartRecordName'])}"


def _rules_shown(call: Call, live: Live) -> Iterator[str]:
    arns = call.parameters.get("RuleArns") or ()
    listener = call.parameters.get("ListenerArn")
    return (rule.arn for rule in live.rules() if rule.arn in arns or rule.listener == listener)
