"""A load balancer's rules as values: which actions a request meets."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any


@dataclass(frozen=True)
class Request:
    """What rules look at in a request. Header names are in lower case."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class Rule:
    """One rule: its conditions and actions in AWS's names. The default rule has the highest rank and no condition."""

    rank: int
    conditions: tuple[Mapping[str, Any], ...]
    actions: tuple[Mapping[str, Any], ...]


LAST = 2**31


def read(rule: Any) -> Rule:
    """The rule that moto holds."""
    rank = LAST if rule.is_default else int(rule.priority)
    return Rule(rank, tuple(rule.conditions), tuple(action.data for action in rule.actions))


def action(rules: Iterable[Rule], request: Request) -> Mapping[str, Any]:
    """What the first rule that matches does with the request: its last action, after any authentication."""
    rule = min((rule for rule in rules if matches(rule, request)), key=lambda rule: rule.rank)
    return max(rule.actions, key=lambda each: int(each.get("Order") or LAST))


def matches(rule: Rule, request: Request) -> bool:
    """Whether every condition holds."""
    return all(_CONDITIONS[condition["Field"]](condition, request) for condition in rule.conditions)


def _host(condition: Mapping[str, Any], request: Request) -> bool:
    host = request.host.partition(":")[0].lower()
    return any(_pattern(value.lower()).fullmatch(host) for value in _values(condition, "HostHeaderConfig"))


def _path(condition: Mapping[str, Any], request: Request) -> bool:
    return any(_pattern(value).fullmatch(request.path) for value in _values(condition, "PathPatternConfig"))


def _header(condition: Mapping[str, Any], request: Request) -> bool:
    name = condition["HttpHeaderConfig"]["HttpHeaderName"].lower()
    given = request.headers.get(name)
    values = _values(condition, "HttpHeaderConfig")
    return given is not None and any(_pattern(value.lower()).fullmatch(given.lower()) for value in values)


def _method(condition: Mapping[str, Any], request: Request) -> bool:
    return request.method in _values(condition, "HttpRequestMethodConfig")


def _query(condition: Mapping[str, Any], request: Request) -> bool:
    return any(
        _pattern(wanted["Value"].lower()).fullmatch(value.lower()) and wanted.get("Key", key).lower() == key.lower()
        for wanted in _values(condition, "QueryStringConfig")
        for key, value in request.query
    )


def _source(condition: Mapping[str, Any], request: Request) -> bool:
    source = ip_address(request.source)
    return any(source in ip_network(value) for value in _values(condition, "SourceIpConfig"))


_CONDITIONS: dict[str, Callable[[Mapping[str, Any], Request], bool]] = {
    "host-header": _host,
    "path-pattern": _path,
    "http-header": _header,
    "http-request-method": _method,
    "query-string": _query,
    "source-ip": _source,
}


def _values(condition: Mapping[str, Any], config: str) -> Iterable[Any]:
    return condition.get(config, {}).get("Values") or condition.get("Values") or ()


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """AWS's wildcards: `*` for any text, `?` for one character."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."))
