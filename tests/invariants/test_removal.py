"""S8 to S12, S23: what must be known before anything is taken away."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from reconciler.sandbox import AwsRefusal, Call
from tests.invariants.estate import FACTS, MARKS, WEB, Estate, lower
from tests.invariants.facts import Facts, Wanted

ALL = {"prod/web": WEB} | dict.fromkeys(("prod/one", "prod/two", "prod/three", "prod/four"), Wanted())


@pytest.fixture
def many(web: Estate) -> Estate:
    """Four workers beside `web`."""
    web.observer.pass_started(Facts(ALL, "all"))
    for name in ("one", "two", "three", "four"):
        web.create(name, desiredCount=1, tags=lower({**MARKS, "reconciler:service": name}))
    return web


def without(*names: str, confirmed: bool = False) -> Facts:
    wanted = {key: each for key, each in ALL.items() if key.removeprefix("prod/") not in names}
    return Facts(wanted, f"without {names}", confirmed=confirmed)


def take_down(many: Estate, *names: str) -> None:
    """Scale to 0 and delete, with a look before each."""
    for name in names:
        many.read(name)
        many.scale(name, 0)
        many.step(5)
        many.read(name)
        many.delete(name)


def test_s8_a_definition_that_a_service_runs_is_deregistered(web: Estate) -> None:
    web.operator.ecs.deregister_task_definition(taskDefinition=web.definition)
    assert web.violated() == ["S8"]


def test_s8_a_definition_that_an_older_deployment_still_runs_is_deregistered(web: Estate) -> None:
    web.operator.ecs.update_service(cluster="prod", service="web-blue", taskDefinition=web.define("web:2"))
    web.operator.ecs.deregister_task_definition(taskDefinition=web.definition)
    assert web.violated() == ["S8"]


def test_s8_a_definition_that_an_idle_colour_would_go_back_to_is_deregistered(web: Estate) -> None:
    old = web.define("web:0")
    web.create("web-green", web.green, desiredCount=0, taskDefinition=old)
    web.operator.ecs.deregister_task_definition(taskDefinition=old)
    assert web.violated() == ["S8"]


def test_s8_a_definition_that_a_schedule_runs_is_deregistered(web: Estate) -> None:
    nightly = web.define("web:nightly")
    web.people.client("scheduler").create_schedule(
        Name="nightly",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
            "RoleArn": "arn:aws:iam::123456789012:role/nightly",
            "EcsParameters": {"TaskDefinitionArn": nightly},
        },
    )
    web.operator.ecs.deregister_task_definition(taskDefinition=nightly)
    assert web.violated() == ["S8"]


def test_s8_a_definition_that_nothing_runs_may_go(web: Estate) -> None:
    web.operator.ecs.deregister_task_definition(taskDefinition=web.define("web:0"))
    assert web.violated() == []


def test_s9_a_rule_is_deleted_and_made_anew(web: Estate) -> None:
    delete_rule(web)
    web.create_rule()
    assert web.violated() == ["S9"]


def test_s9_a_rule_is_made_anew_because_git_wants_it_again(web: Estate) -> None:
    delete_rule(web)
    web.observer.pass_started(replace(FACTS, revision="two"))
    web.create_rule()
    assert web.violated() == []


def test_s9_a_service_whose_spec_agrees_is_replaced(web: Estate) -> None:
    web.observer.pass_started(Facts({"prod/web": replace(WEB, replaceable=True)}))
    delete_rule(web)
    web.create_rule()
    assert web.violated() == []


def test_s9_a_second_rule_of_the_same_host_is_a_leftover_that_may_go(web: Estate) -> None:
    web.create_rule(priority=11)
    delete_rule(web)
    web.create_rule(priority=12)
    assert web.violated() == []


def delete_rule(web: Estate) -> None:
    web.operator.elb.describe_rules(RuleArns=[web.rule])
    web.operator.elb.delete_rule(RuleArn=web.rule)


def test_s10_more_than_30_percent_of_the_services_go_in_one_pass(many: Estate) -> None:
    many.observer.pass_started(without("one", "two"))
    many.observer.pass_started()
    take_down(many, "one", "two")
    assert many.violated() == ["S10"]


def test_s10_a_person_has_agreed(many: Estate) -> None:
    many.observer.pass_started(without("one", "two", confirmed=True))
    many.observer.pass_started()
    take_down(many, "one", "two")
    assert many.violated() == []


def test_s10_one_service_of_five_goes(many: Estate) -> None:
    many.observer.pass_started(without("one"))
    many.observer.pass_started()
    take_down(many, "one")
    assert many.violated() == []


def test_s10_an_empty_desired_takes_a_service_down(many: Estate) -> None:
    many.observer.pass_started(Facts(confirmed=True))
    many.observer.pass_started()
    take_down(many, "one")
    assert many.violated() == ["S10"]


@contextmanager
def failing(web: Estate, operation: str) -> Iterator[None]:
    """AWS does not answer this operation."""

    def fail(call: Call) -> None:
        if call.operation == operation:
            raise AwsRefusal("ServerException", "try again")

    web.sandbox.hooks.before.append(fail)
    yield
    web.sandbox.hooks.before.remove(fail)


@contextmanager
def losing_answers(web: Estate, operation: str) -> Iterator[None]:
    """AWS's answers to this operation get lost on the way."""

    def lose(call: Call, error: str | None) -> None:
        if call.operation == operation:
            raise AwsRefusal("ServiceUnavailable", "no answer", 503)

    web.sandbox.hooks.after.append(lose)
    yield
    web.sandbox.hooks.after.remove(lose)


@pytest.mark.parametrize("fault", [failing, losing_answers])
def test_s11_a_service_goes_in_a_pass_whose_listing_failed(
    many: Estate, fault: Callable[[Estate, str], AbstractContextManager[None]]
) -> None:
    many.observer.pass_started(without("one"))
    many.observer.pass_started()
    with fault(many, "ListServices"), pytest.raises(ClientError):
        many.operator.ecs.list_services(cluster="prod")
    take_down(many, "one")
    assert many.violated() == ["S11"]


def test_s11_a_listing_that_was_answered_at_the_second_attempt_counts(many: Estate) -> None:
    many.observer.pass_started(without("one"))
    many.observer.pass_started()
    with failing(many, "ListServices"), pytest.raises(ClientError):
        many.operator.ecs.list_services(cluster="prod")
    many.operator.ecs.list_services(cluster="prod")
    take_down(many, "one")
    assert many.violated() == []


def test_s11_that_a_group_is_gone_is_an_answer(many: Estate) -> None:
    many.observer.pass_started(without("one"))
    many.observer.pass_started()
    with pytest.raises(ClientError):
        many.operator.elb.describe_target_groups(TargetGroupArns=[many.green.replace("green", "red")])
    take_down(many, "one")
    assert many.violated() == []


def test_s12_a_service_goes_in_the_first_pass_that_finds_it_unwanted(many: Estate) -> None:
    many.observer.pass_started(without("one"))
    take_down(many, "one")
    assert many.violated() == ["S12"]


def test_s12_a_service_is_wanted_again_in_between(many: Estate) -> None:
    many.observer.pass_started(without("one"))
    many.observer.pass_started(without())
    many.observer.pass_started(without("one"))
    take_down(many, "one")
    assert many.violated() == ["S12"]


def test_s12_a_service_goes_without_a_look(many: Estate) -> None:
    many.observer.pass_started(without("one"))
    many.observer.pass_started()
    many.scale("one", 0)
    assert many.violated() == ["S12"]


def test_s12_a_service_goes_after_a_look_from_before_its_last_write(many: Estate) -> None:
    many.observer.pass_started(without("one"))
    many.observer.pass_started()
    many.read("one")
    many.scale("one", 0)
    many.step(5)
    many.delete("one")
    assert many.violated() == ["S12"]


def test_s23_a_service_is_deleted_by_force(web: Estate) -> None:
    web.stand_up_green()
    web.read("web-green")
    web.delete("web-green", force=True)
    assert web.violated() == ["S23"]


def test_s23_a_service_whose_spec_agrees_is_deleted_by_force(web: Estate) -> None:
    web.observer.pass_started(Facts({"prod/web": replace(WEB, forcible=True)}))
    web.stand_up_green()
    web.read("web-green")
    web.delete("web-green", force=True)
    assert web.violated() == []
