"""One way to AWS: budgets before a call, one attempt per call, retries of what may be retried, one error type.

Nothing below retries (botocore's own retries are off), so a call is bounded by its timeouts and the retry layer
exists once. Reads are repeated; a write is repeated only when AWS said that it did not do it.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from reconciler.aws.errors import AwsError, ErrorClass, repeated_page, translate, withheld
from reconciler.aws.memory import DefinitionMemory, TagMemory
from reconciler.aws.rates import Bucket
from reconciler.aws.term import Term
from reconciler.clock import Clock

ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Traffic:
    """One attempt at one AWS call: `code` is `ok` or AWS's error code, `seconds` how long it took.

    `told_at` is AWS's own time in its answer, if there was one.
    """

    service: str
    operation: str
    code: str
    seconds: float
    told_at: datetime | None = None


Answers = dict[str, dict[str, Any]]
"""What AWS answered in one pass, by what it was asked."""


class Gateway:
    """Calls AWS in one region with one set of credentials, within the rates that AWS allows these.

    `client` gives the boto3 client of a service, `budget` the bucket of a service's operation; `on_call` hears of
    every attempt; no attempt begins once `term` is over, which ends every wait, and none at a write that it objects
    to. What was read and cannot change,
    or changes only by the operator's own hand, is remembered here: see `memory`.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        clock: Clock,
        budget: Callable[[str, str], Bucket],
        on_call: Callable[[Traffic], None],
        term: Term | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._client, self._clock, self._budget, self._on_call = client, clock, budget, on_call
        self._term, self._attempts = term or Term(), attempts
        self._answers: Answers | None = None
        self._patient = False
        self.tags = TagMemory(self.call)
        self.definitions = DefinitionMemory(self.call)

    def reading(self, answers: Answers, *, patient: bool = False) -> "Gateway":
        """The same gateway for one pass and one thread: what `answers` has is not asked of AWS again.

        Clusters that share a region ask alike for all of its target groups. Who is `patient` leaves a part of each
        rate to those who are not: a sweep to rollouts.
        """
        reading = copy(self)
        reading._answers, reading._patient = answers, patient  # noqa: SLF001 - its own
        return reading

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - AWS's own shapes
        """Make one AWS call (`operation` in its wire name) and return its answer.

        Raises `AwsError` when AWS refused, or transient errors outlasted the attempts.
        """
        if self._answers is None or not is_read(operation):
            return self._ask(service, operation, parameters)
        question = f"{service}:{operation} {sorted(parameters.items())}"
        if question not in self._answers:
            self._answers[question] = self._ask(service, operation, parameters)
        return self._answers[question]

    def once(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - AWS's own shapes
        """Make one attempt at a write that was allowed by what had been read just before: later it might not be."""
        return self._ask(service, operation, parameters, attempts=1)

    def _ask(
        self, service: str, operation: str, parameters: dict[str, Any], attempts: int | None = None
    ) -> dict[str, Any]:
        read = is_read(operation)
        retrying = Retrying(
            stop=stop_after_attempt(attempts or self._attempts),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            retry=retry_if_exception(lambda error: _may_repeat(error, read=read)),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer = retrying(self._attempt, service, operation, parameters)
        except AwsError as error:
            if "TaskDefinition is inactive" in error.message:  # somebody deregistered what was remembered
                self.definitions.forget(parameters.get("taskDefinition"))
            raise
        finally:  # of a write that failed too: it may have been done
            self.tags.forget_after(operation, parameters)
        return answer

    def pages(
        self,
        service: str,
        operation: str,
        items: str,
        token: tuple[str, str],
        /,
        **parameters: Any,  # noqa: ANN401
    ) -> Iterator[Any]:
        """Every item of a paged listing; `token` names the answer's and the request's token field.

        Raises `AwsError` when a page fails or repeats: a listing is whole or it is an error, never shorter.
        """
        seen: set[str] = set()
        following: dict[str, Any] = {}
        while True:
            answer = self.call(service, operation, **parameters, **following)
            yield from answer.get(items, [])
            mark = answer.get(token[0])
            if not mark:
                return
            if mark in seen:
                raise repeated_page(service, operation, repr(mark))
            seen.add(mark)
            following = {token[1]: mark}

    def _attempt(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        budget = self._budget(service, operation)
        self._sleep(budget.take(patient=self._patient))
        started, code, told_at = self._clock.now(), "ok", None
        try:
            ask = getattr(self._client(service), xform_name(operation))
            self._permit(service, operation)  # after everything that may take its time
            answer: dict[str, Any] = ask(**parameters)
            told_at = _date(answer)
        except AwsError as unsent:
            code = unsent.code
            raise
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            failure = translate(service, operation, error)
            code = failure.code
            if failure.throttles:
                budget.throttled(started)
            raise failure from error
        finally:
            seconds = (self._clock.now() - started).total_seconds()
            self._on_call(Traffic(service, operation, code, seconds, told_at))
        budget.succeeded()
        return answer

    def _permit(self, service: str, operation: str) -> None:
        """Raises `AwsError` when no call may begin: a write's answer might come when somebody else leads (S16)."""
        objection = "" if is_read(operation) else self._term.objection()
        if not objection and self._term.over.is_set():
            objection = "this process is stopping, or does not lead any more"
        if objection:
            raise withheld(service, operation, objection)

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._clock.wait(self._term.over, seconds)


def _date(answer: dict[str, Any]) -> datetime | None:
    """When AWS answered, by the header that every HTTP answer of its has."""
    written = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    with suppress(ValueError, OverflowError):
        return parsedate_to_datetime(written).astimezone(UTC)
    return None


def is_read(operation: str) -> bool:
    """Whether a call changes nothing."""
    return operation.startswith(("Describe", "List", "Get"))


def _may_repeat(error: BaseException, *, read: bool) -> bool:
    if not isinstance(error, AwsError):
        return False
    return error.kind is ErrorClass.TRANSIENT or (read and error.kind is ErrorClass.AMBIGUOUS)
