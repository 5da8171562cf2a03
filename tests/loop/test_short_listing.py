"""A listing that lacks something: what is taken away is taken away whole, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.awsrequest import AWSResponse

from tests.faults.injector import NOTHING, Answer, Asked, Fault, Harmless, Injector
from tests.loop.harness import Stage
from tests.loop.test_bad_readings import records

HOST = "other.test.example"


@dataclass(frozen=True, slots=True)
class WithoutAddresses(Harmless):
    """A listing of the zone shows of a host who owns it, and no address."""

    def after(self, asked: Asked, response: AWSResponse, answer: Answer, former: list[Answer]) -> None:
        """Take the addresses out."""
        answer["ResourceRecordSets"] = [each for each in answer["ResourceRecordSets"] if each["Name"] != f"{HOST}."]


@contextmanager
def listed_without_addresses(injector: Injector) -> Iterator[None]:
    def decide(asked: Asked) -> Fault:
        whole = asked.operation == "ListResourceRecordSets" and "StartRecordName" not in asked.parameters
        return WithoutAddresses() if whole else NOTHING

    injector.decide = decide
    yield
    injector.decide = lambda _: NOTHING


def test_a_name_is_not_given_up_while_its_addresses_are_there(stage: Stage) -> None:
    injector = Injector()
    stage.on_client = injector.watch
    stage.web("v1")
    stage.web("v1", service="other")
    stage.settle()
    stage.delete("other")
    with listed_without_addresses(injector):
        stage.passes(5)
        assert records(stage, HOST).keys() == {"A", "AAAA"}
        assert records(stage, f"_reconciler.{HOST}")
    stage.passes(5)
    assert not records(stage, HOST)
    assert not records(stage, f"_reconciler.{HOST}")
