"""What a listener does with one request: answer it itself, or hand it to a task."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.sandbox.traffic.choice import Turns, group
from reconciler.sandbox.traffic.rules import Request, Rule, action
from reconciler.sandbox.world import TargetRecord, TaskRecord


@dataclass(frozen=True)
class Answer:
    """The load balancer's own answer."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Forward:
    """The task that is to answer; none when nothing is behind the target's address."""

    task: TaskRecord | None


NO_TARGET = Answer(503, "503 Service Temporarily Unavailable\n")


@dataclass(frozen=True)
class Decider:
    """Decides for every listener of the sandbox; what it holds is whose turn it is, and the dice."""

    targets: Callable[[str], Sequence[TargetRecord]]
    task: Callable[[str], TaskRecord | None]
    random: Random
    turns: Turns = field(default_factory=Turns)

    def decide(self, rules: Iterable[Rule], request: Request, port: int) -> Answer | Forward:
        """What the rules of the listener on that port make of a request."""
        chosen = action(rules, request)
        if chosen["Type"] == "fixed-response":
            return _fixed(chosen["FixedResponseConfig"])
        if chosen["Type"] == "redirect":
            return _redirect(chosen["RedirectConfig"], request, port)
        target = self.turns.next(self.targets(group(chosen, self.random)))
        if target is None:
            return NO_TARGET
        return Forward(self.task(target.task) if target.task else None)


def _fixed(config: Mapping[str, Any]) -> Answer:
    content_type = config.get("ContentType") or "text/plain"
    return Answer(int(config["StatusCode"]), config.get("MessageBody") or "", {"Content-Type": content_type})


def _redirect(config: Mapping[str, Any], request: Request, port: int) -> Answer:
    now = {
        "protocol": "http",
        "host": request.host.partition(":")[0],
        "port": str(port),
        "path": request.path.lstrip("/"),
        "query": "&".join(f"{key}={value}" for key, value in request.query),
    }
    said = {
        part: _filled(config.get(part.title()) or default, now)
        for part, default in (
            ("protocol", "#{protocol}"),
            ("host", "#{host}"),
            ("port", "#{port}"),
            ("path", "/#{path}"),
            ("query", "#{query}"),
        )
    }
    query = f"?{said['query']}" if said["query"] else ""
    location = f"{said['protocol'].lower()}://{said['host']}:{said['port']}{said['path']}{query}"
    return Answer(int(config["StatusCode"].removeprefix("HTTP_")), "", {"Location": location})


def _filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"#{{{name}}}", value)
    return template
