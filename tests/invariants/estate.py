"""A small estate for the rules to be shown on: one service in two colours, and two hands, the operator's and ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from reconciler.clock import SteppedClock
from reconciler.sandbox import Sandbox
from tests.invariants.facts import Facts, Wanted
from tests.invariants.observer import USER_AGENT, Observer
from tests.transport import in_process

WEB = Wanted(instances=2, bake=60, hosts=frozenset({"web.prod.example"}))
FACTS = Facts({"prod/web": WEB}, revision="one")
MARKS = {"reconciler:owner": "reconciler", "reconciler:cluster": "prod", "reconciler:service": "web"}
_SESSION = boto3.session.Session()


class Hand:
    """The clients of one caller."""

    def __init__(self, sandbox: Sandbox, user_agent: str | None) -> None:
        make: Any = _SESSION.client
        config = Config(retries={"total_max_attempts": 1}, user_agent_extra=user_agent)
        keys = {"aws_access_key_id": "AKIASANDBOX000000000", "aws_secret_access_key": "sandbox"}
        self.client = cache(lambda name: make(name, "us-east-1", endpoint_url=sandbox.endpoint, config=config, **keys))

    @property
    def ecs(self) -> Any:
        return self.client("ecs")

    @property
    def elb(self) -> Any:
        return self.client("elbv2")

    @property
    def dns(self) -> Any:
        return self.client("route53")


class Estate:
    """`web-blue` and `web-green`, blue with the traffic, made by the operator under an observer's eyes."""

    def __init__(self, sandbox: Sandbox, clock: SteppedClock, observer: Observer) -> None:
        self.sandbox, self.clock, self.observer = sandbox, clock, observer
        self.operator, self.people = Hand(sandbox, USER_AGENT), Hand(sandbox, None)
        self._build_front()
        observer.pass_started(FACTS)
        self._build_service()

    def _build_front(self) -> None:
        """What the operator finds: a cluster with instances, a load balancer, a zone."""
        self.people.ecs.create_cluster(clusterName="prod")
        self.sandbox.world.add_instances("prod", 3)
        subnets = [each["SubnetId"] for each in self.people.client("ec2").describe_subnets()["Subnets"]]
        balancer = self.people.elb.create_load_balancer(Name="front", Subnets=subnets)["LoadBalancers"][0]
        nowhere = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        made = self.people.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[nowhere]
        )
        self.listener = made["Listeners"][0]["ListenerArn"]
        zone = self.people.dns.create_hosted_zone(Name="prod.example", CallerReference="1")["HostedZone"]
        self.zone = zone["Id"].removeprefix("/hostedzone/")

    def _build_service(self) -> None:
        self.definition = self.define()
        self.blue, self.green = self.group("web-blue"), self.group("web-green")
        self.rule = self.create_rule()
        self.create("web-blue", self.blue)
        self.record("CREATE")
        self.step(30)

    def step(self, seconds: float) -> None:
        self.clock.step(seconds)
        self.sandbox.world.tick()

    def group(self, name: str, hand: Hand | None = None, tags: dict[str, str] | None = None) -> str:
        hand = hand or self.operator
        vpc = self.people.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        made = hand.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=80,
            VpcId=vpc,
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            **({"Tags": upper(MARKS if tags is None else tags)} if tags != {} else {}),
        )
        arn = str(made["TargetGroups"][0]["TargetGroupArn"])
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "10"}
        self.people.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
        return arn

    def define(self, image: str = "web:1", environment: dict[str, str] | None = None) -> str:
        web = {
            "name": "web",
            "image": image,
            "memory": 64,
            "portMappings": [{"containerPort": 80}],
            "environment": [{"name": name, "value": value} for name, value in (environment or {}).items()],
        }
        made = self.operator.ecs.register_task_definition(
            family="prod-web", containerDefinitions=[web], tags=lower(MARKS)
        )
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def create_rule(self, *, host: str = "web.prod.example", priority: int = 10, **weights: int) -> str:
        made = self.operator.elb.create_rule(
            ListenerArn=self.listener,
            Priority=priority,
            Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}],
            Actions=[self.forward(**(weights or {"blue": 100, "green": 0}))],
            Tags=upper({**MARKS, "reconciler:shifted-at": self.now}),
        )
        return str(made["Rules"][0]["RuleArn"])

    def forward(self, **weights: int) -> dict[str, Any]:
        groups = [{"TargetGroupArn": getattr(self, colour), "Weight": each} for colour, each in weights.items()]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}

    def create(self, name: str, group: str | None = None, hand: Hand | None = None, **more: Any) -> None:
        balanced = {"loadBalancers": [{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]}
        wanted = {
            "cluster": "prod",
            "serviceName": name,
            "taskDefinition": self.definition,
            "desiredCount": 2,
            "tags": lower(MARKS),
            **(balanced if group else {}),
        }
        (hand or self.operator).ecs.create_service(**wanted | more)

    def scale(self, name: str, count: int, hand: Hand | None = None) -> None:
        (hand or self.operator).ecs.update_service(cluster="prod", service=name, desiredCount=count)

    def delete(self, name: str, **more: Any) -> None:
        self.operator.ecs.delete_service(cluster="prod", service=name, **more)

    def shift(self, hand: Hand | None = None, **weights: int) -> None:
        """Change the weights, look whether they are so, and put the time on record: what a rightful shift is."""
        hand = hand or self.operator
        hand.elb.modify_rule(RuleArn=self.rule, Actions=[self.forward(**weights)])
        self.read_back()

    def read_back(self) -> None:
        self.operator.elb.describe_rules(RuleArns=[self.rule])
        self.operator.elb.add_tags(ResourceArns=[self.rule], Tags=upper({"reconciler:shifted-at": self.now}))

    def stand_up_green(self) -> None:
        self.create("web-green", self.green)
        self.step(30)

    def record(self, action: str, host: str = "web.prod.example", hand: Hand | None = None, **more: Any) -> None:
        """Change the aliases of a host and its registry record together."""
        self.change(*self.record_sets(action, host, **more), hand=hand)

    def record_sets(
        self, action: str, host: str = "web.prod.example", kinds: tuple[str, ...] = ("A", "AAAA", "TXT"), **marks: str
    ) -> list[dict[str, Any]]:
        values = {f"reconciler:{name}": value for name, value in marks.items()}
        registry = ",".join(f"{name}={value}" for name, value in (MARKS | values).items())
        text = {"TTL": 300, "ResourceRecords": [{"Value": f'"{registry}"'}]}
        records = [
            {"Name": f"_reconciler.{host}", "Type": "TXT", **text}
            if kind == "TXT"
            else {"Name": host, "Type": kind, "AliasTarget": self._alias()}
            for kind in kinds
        ]
        return [{"Action": action, "ResourceRecordSet": record} for record in records]

    def _alias(self) -> dict[str, Any]:
        balancer = self.people.elb.describe_load_balancers(Names=["front"])["LoadBalancers"][0]
        return {
            "HostedZoneId": balancer["CanonicalHostedZoneId"],
            "DNSName": balancer["DNSName"],
            "EvaluateTargetHealth": False,
        }

    def change(self, *changes: dict[str, Any], hand: Hand | None = None) -> None:
        hand = hand or self.operator
        hand.dns.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": list(changes)})

    def read(self, name: str) -> None:
        """Read a service, as the operator does just before it takes it away."""
        self.operator.ecs.describe_services(cluster="prod", services=[name], include=["TAGS"])

    @property
    def now(self) -> str:
        return self.clock.now().isoformat(timespec="seconds")

    def violated(self) -> list[str]:
        """The names of the invariants that were violated, each once, in order."""
        return list(dict.fromkeys(each.invariant for each in self.observer.violations))


def upper(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def lower(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


@contextmanager
def estate(**more: Any) -> Iterator[Estate]:
    clock = SteppedClock()
    with Sandbox(clock) as sandbox, in_process(sandbox), Observer(sandbox, **more) as observer:
        yield Estate(sandbox, clock, observer)
