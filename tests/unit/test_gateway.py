"""One call to AWS: what is tried again, what is not, and when a listing is whole."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from reconciler import spec
from reconciler.aws import AwsError, Budgets, Gateway, Term
from reconciler.clock import SteppedClock
from reconciler.kinds import dns_record
from reconciler.kinds.base import Scope
from reconciler.model import Infrastructure
from tests.loop.harness import CLUSTER


def refused(code: str, status: int = 400) -> ClientError:
    error = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "any")  # type: ignore[arg-type]


def tags(colour: str) -> dict[str, Any]:
    """What DescribeTags answers of one resource."""
    return {"TagDescriptions": [{"ResourceArn": "arn", "Tags": [{"Key": "colour", "Value": colour}]}]}


LOST = ReadTimeoutError(endpoint_url="https://aws.example")
THROTTLED = refused("ThrottlingException")


@dataclass
class Aws:
    """Answers each call with the next of what it was given; an error is raised, a function is asked for its answer."""

    answers: Iterator[Any]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __getattr__(self, _operation: str) -> Any:
        def ask(**parameters: Any) -> Any:
            self.asked.append(parameters)
            answer = next(self.answers)
            answer = answer() if callable(answer) else answer
            if isinstance(answer, Exception):
                raise answer
            return answer

        return ask


def gateway(*answers: Any, term: Term | None = None) -> tuple[Gateway, Aws, SteppedClock]:
    clock, aws = SteppedClock(), Aws(iter(answers))
    budgets = Budgets(clock)
    found = Gateway(lambda _: aws, clock, lambda *call: budgets.bucket("1", "x", *call), lambda _: None, term)
    return found, aws, clock


def pages(*marks: str) -> list[dict[str, Any]]:
    """Pages of one item each, and the mark of the next."""
    return [{"Rules": [number], "NextMarker": mark} for number, mark in enumerate(marks)]


def listing(*marks: str) -> list[int]:
    found, _, _ = gateway(*pages(*marks))
    return list(found.pages("elbv2", "DescribeRules", "Rules", ("NextMarker", "Marker")))


@pytest.mark.parametrize("date", ["", "soon", "Fri, 31 Dec 9999 23:59:59 -2300"])
def test_an_answer_with_a_date_that_is_none_is_an_answer(date: str) -> None:
    answer = {"services": [], "ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    found, _, _ = gateway(answer)
    assert found.call("ecs", "DescribeServices") == answer


@pytest.mark.parametrize("operation", ["DescribeServices", "CreateService"])
def test_what_aws_throttles_is_tried_again(operation: str) -> None:
    found, aws, _ = gateway(THROTTLED, THROTTLED, {"services": []})
    assert found.call("ecs", operation) == {"services": []}
    assert len(aws.asked) == 3


def test_a_reading_whose_answer_is_lost_is_tried_again() -> None:
    found, _, _ = gateway(LOST, {"services": []})
    assert found.call("ecs", "DescribeServices") == {"services": []}


def test_a_write_whose_answer_is_lost_is_not_made_twice() -> None:
    found, aws, _ = gateway(LOST, {"service": {}})
    with pytest.raises(AwsError, match="ReadTimeoutError"):
        found.call("ecs", "CreateService")
    assert len(aws.asked) == 1


def test_a_write_that_ecs_breaks_at_is_not_made_twice_as_it_may_have_been_done() -> None:
    found, aws, _ = gateway(refused("ServerException", 500), {"taskDefinition": {}})
    with pytest.raises(AwsError, match="ServerException"):
        found.call("ecs", "RegisterTaskDefinition")
    assert len(aws.asked) == 1


def test_tags_are_read_again_after_a_write_of_them_whose_answer_was_lost() -> None:
    found, _, _ = gateway(tags("old"), LOST, tags("new"))
    assert found.tags.of(["arn"]) == {"arn": {"colour": "old"}}
    with pytest.raises(AwsError):
        found.call("elbv2", "AddTags", ResourceArns=["arn"], Tags=[{"Key": "colour", "Value": "new"}])
    assert found.tags.of(["arn"]) == {"arn": {"colour": "new"}}


def test_after_an_answer_that_throttles_calls_are_made_more_slowly() -> None:
    found, _, clock = gateway(THROTTLED, *[{}] * 60)
    before = clock.now()
    for _ in range(30):  # which a bucket that is full would give at once
        found.call("elbv2", "DescribeRules")
    assert (clock.now() - before).total_seconds() > 30 / 10


@pytest.mark.parametrize("operation", ["DescribeServices", "CreateService"])
def test_once_the_term_is_over_nothing_more_is_asked_though_the_call_before_failed(operation: str) -> None:
    over = threading.Event()

    def throttle() -> ClientError:
        over.set()
        return THROTTLED

    found, aws, _ = gateway(throttle, {"services": []}, term=Term(over))
    with pytest.raises(AwsError, match="this process is stopping, or does not lead any more"):
        found.call("ecs", operation)
    assert len(aws.asked) == 1


def test_a_listing_is_read_to_its_last_page() -> None:
    assert listing("a", "b", "") == [0, 1, 2]


def test_a_listing_that_comes_back_to_a_page_is_an_error_and_not_a_shorter_list() -> None:
    with pytest.raises(AwsError, match="page 'a' came twice"):
        listing("a", "b", "a", "")


def test_a_zones_listing_that_does_not_move_on_is_an_error_and_not_a_shorter_list() -> None:
    page = {"ResourceRecordSets": [], "IsTruncated": True, "NextRecordName": "web.test.example."}
    found, _, _ = gateway(page, page, {"ResourceRecordSets": [], "IsTruncated": False})
    cluster = spec.load([("clusters/test.yml", CLUSTER.encode(), None)], "").clusters["test"]
    with pytest.raises(AwsError, match="came twice"):
        dns_record.observe(found, Scope("reconciler", "test", cluster, Infrastructure("test", "arn", zone_id="Z1")))
