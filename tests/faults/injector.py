"""Faults between the operator and AWS: what AWS answers, what of it arrives, and how true it is.

An injector hangs on botocore's own events, so the operator's code runs as it is, from the client call to the parsed
answer. Who decides which call meets which fault is given; so are dice and clock, and a run is replayed by its seed.
"""

import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

Answer = dict[str, Any]
ENDPOINT = "https://aws.example"


@dataclass(frozen=True, slots=True)
class Asked:
    """One attempt of one call: numbered from when the injector was hung up."""

    number: int
    service: str
    operation: str
    parameters: str

    def __str__(self) -> str:
        return f"call {self.number}, {self.service} {self.operation}"


class Fault(Protocol):
    """What goes wrong with one call."""

    @property
    def untrue(self) -> bool:
        """Whether the answer says something of AWS that is not so."""
        ...

    def before(self, asked: Asked) -> tuple[AWSResponse, Answer] | None:
        """Instead of the call: raise, or give an answer; None lets it be made."""
        ...

    def body(self, body: bytes) -> bytes:
        """What arrives of the answer's body."""
        ...

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Raise, or change the answer in place. `former` are true answers to the same question, oldest first."""
        ...


class Harmless:
    """Nothing goes wrong; the base of what does."""

    untrue = False
    """Whether the answer says something of AWS that is not so."""

    def before(self, asked: Asked) -> tuple[AWSResponse, Answer] | None:
        """Let it be made."""

    def body(self, body: bytes) -> bytes:
        """All of it."""
        return body

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Leave it as it is."""


@dataclass(frozen=True, slots=True)
class Refused(Harmless):
    """AWS answers with an error, and has done nothing."""

    code: str
    message: str = "injected"
    status: int = 400

    def before(self, asked: Asked) -> tuple[AWSResponse, Answer] | None:
        """The error instead of the call."""
        error = {"Code": self.code, "Message": self.message}
        nothing: Any = None
        response = AWSResponse(ENDPOINT, self.status, nothing or {}, nothing)  # type: ignore[arg-type]
        return response, {"Error": error, "ResponseMetadata": {"HTTPStatusCode": self.status}}


@dataclass(frozen=True, slots=True)
class NotReached(Harmless):
    """No connection: nothing was sent."""

    timeout: bool = False

    def before(self, asked: Asked) -> tuple[AWSResponse, Answer] | None:
        """Raise what botocore raises."""
        raise (ConnectTimeoutError if self.timeout else EndpointConnectionError)(endpoint_url=ENDPOINT)


@dataclass(frozen=True, slots=True)
class AnswerLost(Harmless):
    """The call was carried out, and the operator never hears of it: a time-out, or the connection breaks."""

    timeout: bool = True

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Raise what botocore raises."""
        raise (ReadTimeoutError if self.timeout else ConnectionClosedError)(endpoint_url=ENDPOINT)


@dataclass(frozen=True, slots=True)
class BrokenAfter(Harmless):
    """The call was carried out, and then AWS broke, or something between answers for it: 502, 503, 504."""

    status: int = 504
    code: str = ""

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Put the error in the answer's place."""
        response.status_code = self.status
        answer.clear()
        answer["Error"] = {"Code": self.code or str(self.status), "Message": ""}
        answer["ResponseMetadata"] = {"HTTPStatusCode": self.status}


@dataclass(frozen=True, slots=True)
class Truncated(Harmless):
    """The call was carried out, and half of the answer arrives."""

    def body(self, body: bytes) -> bytes:
        """The first half."""
        return body[: len(body) // 2]


@dataclass(frozen=True, slots=True)
class Stale(Harmless):
    """A read answers with what was true `back` answers ago."""

    untrue = True
    back: int = 1

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Put the earlier answer in its place, if there is one."""
        if former:
            earlier = deepcopy(former[-min(self.back, len(former))])
            answer.clear()
            answer.update(earlier)


@dataclass(frozen=True, slots=True)
class EmptyPage(Harmless):
    """A listing has nothing on this page, whether or not another one follows."""

    untrue = True

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Empty every list at the top of the answer."""
        for name, value in answer.items():
            if isinstance(value, list):
                answer[name] = value[:0]


@dataclass(frozen=True, slots=True)
class ShortPage(Harmless):
    """A listing lacks its last item."""

    untrue = True

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Take it away."""
        for name, value in answer.items():
            if isinstance(value, list):
                answer[name] = value[:-1]


@dataclass(frozen=True, slots=True)
class RepeatedPage(Harmless):
    """A listing says everything twice."""

    untrue = True

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Double every list at the top of the answer."""
        for name, value in answer.items():
            if isinstance(value, list):
                answer[name] = value + deepcopy(value)


@dataclass(frozen=True, slots=True)
class Missing(Harmless):
    """DescribeServices does not know services, as right after their creation."""

    untrue = True

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Move what was found to the failures."""
        if found := answer.get("services"):
            answer["failures"] = [{"arn": each["serviceArn"], "reason": "MISSING"} for each in found]
            answer["services"] = []


NOTHING = Harmless()
Decide = Callable[[Asked], Fault]
_REMEMBERED = 8


@dataclass
class Injector:
    """Hangs on clients. `decide` says of each attempt what goes wrong with it; `met` is what did, in order."""

    decide: Decide = lambda _: NOTHING
    met: list[str] = field(default_factory=list)
    number: int = 0
    _former: dict[str, list[Answer]] = field(default_factory=dict)
    _current: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, client: Any) -> None:
        """Hang on a boto3 client."""
        events = client.meta.events
        events.register_first("before-parameter-build", self._ask)
        events.register_first("before-call", self._before)
        events.register_first("before-parse", self._parse)
        events.register_last("after-call", self._after)

    def _ask(self, params: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        with self._lock:
            self.number += 1
            service = model.service_model.service_name
            question = f"{service} {model.name} {sorted(params.items(), key=str)}"
            asked = Asked(self.number, service, model.name, question)
        fault = self.decide(asked)
        if fault is not NOTHING:
            self.met.append(f"{asked}: {fault}")
        self._current.asked, self._current.fault = asked, fault

    def _before(self, **_: Any) -> tuple[AWSResponse, Answer] | None:
        answered: tuple[AWSResponse, Answer] | None = self._current.fault.before(self._current.asked)
        return answered

    def _parse(self, response_dict: dict[str, Any], **_: Any) -> None:
        response_dict["body"] = self._current.fault.body(response_dict["body"])

    def _after(self, http_response: AWSResponse, parsed: Answer, **_: Any) -> None:
        asked, fault = self._current.asked, self._current.fault
        with self._lock:
            former = self._former.setdefault(asked.parameters, [])
            true = deepcopy(parsed) if http_response.status_code < 300 else None
        fault.after(asked, http_response, parsed, former)
        if true is not None:
            former.append(true)
            del former[:-_REMEMBERED]
