"""Requests through the sandbox's load balancers to the tasks behind them."""

import json
from typing import Any

import pytest

from tests.sandbox.visitors import Answer, ask, visiting
from tests.sandbox.with_world import Aws

HOST = "web.example"


class Shop:
    """A listener with one rule for a host, and services behind it, each with a target group of its own."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        aws.cluster(instances=4)
        self.listener = aws.listener()
        self.groups: dict[str, str] = {}
        self.rule = ""

    def open(self, service: str, image: str, desired: int = 2, **more: Any) -> None:
        """Start a service. The first gets all requests, those after it none."""
        self.groups[service] = self.aws.group(service, delay=5)
        if self.rule:
            self.weigh(**{name: int(name == next(iter(self.groups))) for name in self.groups})
        else:
            self.rule = self.aws.elb.create_rule(
                ListenerArn=self.listener,
                Priority=1,
                Conditions=[{"Field": "host-header", "Values": [HOST]}],
                Actions=[_forward({self.groups[service]: 1})],
            )["Rules"][0]["RuleArn"]
        self.aws.define(image, family=service)
        target = {"targetGroupArn": self.groups[service], "containerName": "web", "containerPort": 80}
        self.aws.run(service, desired=desired, taskDefinition=service, loadBalancers=[target], **more)

    def weigh(self, **weights: int) -> None:
        action = _forward({self.groups[service]: weight for service, weight in weights.items()})
        self.aws.elb.modify_rule(RuleArn=self.rule, Actions=[action])

    def close(self, service: str) -> None:
        self.aws.ecs.delete_service(cluster="prod", service=service, force=True)

    def pass_time(self, seconds: int) -> None:
        for _ in self.aws.seconds(seconds):
            pass

    @property
    def address(self) -> str:
        return self.aws.sandbox.traffic.addresses()["front", 80]

    def ask(self, host: str = HOST, path: str = "/", **headers: str) -> Answer:
        return ask(self.address, host, path, headers)


def _forward(weights: dict[str, int]) -> dict[str, Any]:
    groups = [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


@pytest.fixture
def shop(aws: Aws) -> Shop:
    return Shop(aws)


def test_the_answer_says_which_task_of_which_version_of_which_service_gave_it(shop: Shop) -> None:
    shop.open("web-blue", "registry.example/web:67c9cbb", desired=1)
    shop.pass_time(30)

    answer = shop.ask(path="/status/200")

    task = shop.aws.tasks("web-blue")[0]
    assert (answer.status, answer.version) == (200, "67c9cbb")
    assert json.loads(answer.body) == {
        "cluster": "prod",
        "service": "web-blue",
        "version": "67c9cbb",
        "colour": "blue",
        "task": task.id,
        "path": "/status/200",
    }


def test_a_host_that_no_rule_matches_gets_the_default_action(shop: Shop) -> None:
    shop.open("web", "web:1")
    shop.pass_time(30)

    assert shop.ask(host="other.example").status == 404


def test_a_rule_made_later_counts_at_once(shop: Shop) -> None:
    fixed = {"StatusCode": "418", "MessageBody": "short and stout", "ContentType": "text/plain"}
    assert shop.ask(host="tea.example").status == 404

    shop.aws.elb.create_rule(
        ListenerArn=shop.listener,
        Priority=7,
        Conditions=[{"Field": "host-header", "Values": ["*.example"]}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
    )

    assert (shop.ask(host="tea.example").status, shop.ask(host="tea.example").body) == (418, "short and stout")


def test_requests_go_to_the_healthy_targets_in_turn(shop: Shop) -> None:
    shop.open("web", "web:1", desired=3)
    shop.pass_time(30)

    tasks = [json.loads(shop.ask().body)["task"] for _ in range(6)]

    assert sorted(tasks[:3]) == sorted(task.id for task in shop.aws.tasks())
    assert tasks[3:] == tasks[:3]


def test_until_a_target_is_healthy_there_is_no_service(shop: Shop) -> None:
    shop.open("web", "web:1", desired=1)
    shop.pass_time(5)
    assert shop.aws.health(shop.groups["web"]) == ["initial"]

    assert shop.ask().status == 503


def test_when_every_target_is_unhealthy_all_of_them_get_requests(shop: Shop) -> None:
    shop.open("web", "web:1-sick", desired=1, healthCheckGracePeriodSeconds=300)
    shop.pass_time(30)
    assert shop.aws.health(shop.groups["web"]) == ["unhealthy"]

    answer = shop.ask()

    assert (answer.status, json.loads(answer.body)["version"]) == (503, "1-sick")


def test_a_redirect_fills_in_what_the_request_was(shop: Shop) -> None:
    redirect = {"Protocol": "HTTPS", "Port": "443", "Path": "/new/#{path}", "StatusCode": "HTTP_301"}
    shop.aws.elb.create_rule(
        ListenerArn=shop.listener,
        Priority=7,
        Conditions=[{"Field": "path-pattern", "Values": ["/old*"]}],
        Actions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )

    answer = shop.ask(host="a.example", path="/old/page?x=1")

    assert (answer.status, answer.headers["Location"]) == (301, "https://a.example:443/new/old/page?x=1")


def test_a_header_can_choose_the_new_version_before_it_gets_any_other_request(shop: Shop) -> None:
    shop.open("blue", "web:1")
    shop.open("green", "web:2")
    shop.aws.elb.create_rule(
        ListenerArn=shop.listener,
        Priority=5,
        Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Test", "Values": ["yes"]}}],
        Actions=[_forward({shop.groups["green"]: 1})],
    )
    shop.aws.elb.set_rule_priorities(RulePriorities=[{"RuleArn": shop.rule, "Priority": 10}])
    shop.pass_time(30)

    assert (shop.ask().version, shop.ask(**{"X-Test": "yes"}).version) == ("1", "2")


def test_a_switch_by_weights_in_the_right_order_loses_no_request(shop: Shop) -> None:
    shop.open("blue", "web:1")
    shop.pass_time(30)
    with visiting(shop.address, HOST) as visitor:
        shop.open("green", "web:2")
        shop.pass_time(30)
        visitor.wait_for(10)
        assert visitor.versions() == {"1"}

        shop.weigh(blue=50, green=50)
        visitor.wait_for(40)
        assert visitor.versions(last=40) == {"1", "2"}

        shop.weigh(blue=0, green=100)
        visitor.wait_for(10)
        shop.close("blue")
        shop.pass_time(20)
        visitor.wait_for(10)

    assert visitor.failures() == []
    assert visitor.versions(last=10) == {"2"}
    assert shop.aws.tasks("blue") == ()


def test_a_service_deleted_before_its_weight_was_moved_loses_requests(shop: Shop) -> None:
    shop.open("blue", "web:1")
    shop.open("green", "web:2")
    shop.pass_time(30)
    with visiting(shop.address, HOST) as visitor:
        visitor.wait_for(5)
        shop.close("blue")
        visitor.wait_for(5)
        shop.weigh(blue=0, green=1)
        visitor.wait_for(5)

    assert {answer.status for answer in visitor.failures()} == {503}
    assert visitor.answers[-1].version == "2"


def test_a_target_behind_which_nothing_listens_breaks_the_requests_sent_to_it(shop: Shop) -> None:
    shop.open("web", "web:1", desired=2)
    shop.pass_time(30)

    shop.aws.elb.register_targets(TargetGroupArn=shop.groups["web"], Targets=[{"Id": "192.0.2.1", "Port": 80}])
    shop.pass_time(10)

    assert sorted(shop.ask().status for _ in range(3)) == [200, 200, 502]


def test_a_rolling_deployment_loses_no_request(shop: Shop) -> None:
    shop.open("web", "web:1", desired=3)
    shop.pass_time(30)
    shop.aws.define("web:2", family="web")
    with visiting(shop.address, HOST) as visitor:
        shop.aws.update("web", taskDefinition="web:2")
        for _ in range(60):
            shop.pass_time(1)
            visitor.wait_for(1)

    assert visitor.failures() == []
    assert visitor.versions(last=10) == {"2"}


def test_a_sandbox_that_has_stopped_takes_no_more_requests(shop: Shop) -> None:
    shop.open("web", "web:1")
    address = shop.address
    assert ask(address, "other.example").status == 404

    shop.aws.sandbox.traffic.stop()

    assert ask(address, "other.example").status == 0


def test_a_stopped_task_finishes_the_requests_it_has_however_fast_time_runs(shop: Shop) -> None:
    shop.open("web", "web:1", desired=2)
    shop.pass_time(30)
    with visiting(shop.address, HOST) as visitor:
        for _ in range(10):
            shop.aws.ecs.stop_task(cluster="prod", task=shop.aws.tasks()[0].arn)
            shop.pass_time(60)
            visitor.wait_for(1)

    assert visitor.failures() == []
