"""An account with something in it, for calls to be refused in."""

from collections.abc import Callable
from typing import Any

from tests.sandbox.aws import Aws, refusal

WEB = {"name": "web", "image": "httpbin:1", "memory": 64, "portMappings": [{"containerPort": 80}]}


class House:
    """An account with a VPC, a load balancer that forwards to `main`, a cluster, a task definition and a zone."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.ec2, self.ecs = aws.client("ec2"), aws.client("ecs")
        self.elb, self.dns = aws.client("elbv2"), aws.client("route53")
        self.sts, self.asg = aws.client("sts"), aws.client("autoscaling")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self.subnet(0, "us-east-1a"), self.subnet(1, "us-east-1b")]
        self.balancer = self.load_balancer("front")
        self.main, self.other = self.group("main"), self.group("other")
        self.listener = self.listen(self.balancer, 80, self.main)
        self.ecs.create_cluster(clusterName="prod")
        self.define()
        self.ec2.create_launch_template(
            LaunchTemplateName="node", LaunchTemplateData={"ImageId": "ami-0123456789abcdef0"}
        )
        self.zone = self.dns.create_hosted_zone(Name="prod.example", CallerReference="1")["HostedZone"]["Id"]
        self.change("CREATE", name="a.prod.example", kind="A", values=["192.0.2.1"])

    def subnet(self, number: int, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    def load_balancer(self, name: str, subnets: list[str] | None = None, **more: Any) -> str:
        made = self.elb.create_load_balancer(Name=name, Subnets=subnets or self.subnets, **more)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def group(self, name: str, **more: Any) -> str:
        made = self.elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, **more)
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def listen(self, balancer: str, port: int, group: str, protocol: str = "HTTP") -> str:
        action = {"Type": "forward", "TargetGroupArn": group}
        made = self.elb.create_listener(LoadBalancerArn=balancer, Protocol=protocol, Port=port, DefaultActions=[action])
        return str(made["Listeners"][0]["ListenerArn"])

    def rule(
        self,
        *weights: int,
        priority: int = 10,
        hosts: tuple[str, ...] = ("a.example",),
        listener: str | None = None,
        group: str | None = None,
        **more: Any,
    ) -> str:
        groups = [{"TargetGroupArn": group or self.main, "Weight": weight} for weight in weights or (1,)]
        made = self.elb.create_rule(
            ListenerArn=listener or self.listener,
            Priority=priority,
            Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": list(hosts)}}] if hosts else [],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
            **more,
        )
        return str(made["Rules"][0]["RuleArn"])

    def default_rule(self) -> str:
        rules = self.elb.describe_rules(ListenerArn=self.listener)["Rules"]
        return str(next(rule["RuleArn"] for rule in rules if rule["IsDefault"]))

    def define(self, *containers: dict[str, Any], family: str = "web", **more: Any) -> None:
        self.ecs.register_task_definition(family=family, containerDefinitions=list(containers or (WEB,)), **more)

    def define_fargate(self, *containers: dict[str, Any], **more: Any) -> None:
        compatible = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
        self.define(*containers, **compatible | {"cpu": "256", "memory": "512", "family": "fargate"} | more)

    def serve(self, name: str = "web", **more: Any) -> None:
        self.ecs.create_service(
            **{"cluster": "prod", "serviceName": name, "taskDefinition": "web", "desiredCount": 1} | more
        )

    def update(self, name: str, **changes: Any) -> None:
        self.ecs.update_service(cluster="prod", service=name, **changes)

    def scale(self, name: str, **more: Any) -> None:
        """A group of one instance at most, and of none at first."""
        template = {"LaunchTemplateName": "node"}
        self.asg.create_auto_scaling_group(
            **{
                "AutoScalingGroupName": name,
                "MinSize": 0,
                "MaxSize": 1,
                "LaunchTemplate": template,
                "VPCZoneIdentifier": self.subnets[0],
            }
            | more
        )

    def balanced(self, group: str | None = None, container: str = "web", port: int = 80) -> dict[str, Any]:
        target = {"targetGroupArn": group or self.main, "containerName": container, "containerPort": port}
        return {"loadBalancers": [target]}

    def change(self, *actions: str, **record: Any) -> dict[str, Any]:
        changes = [{"Action": action, "ResourceRecordSet": _record(**record)} for action in actions]
        made = self.dns.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})
        return dict(made["ChangeInfo"])


def _record(name: str, kind: str, values: list[str] | None = None, ttl: int | None = 60, **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"ResourceRecords": [{"Value": value} for value in values]} if values else {}
    if values and ttl is not None:
        plain["TTL"] = ttl
    return {"Name": name, "Type": kind, **plain, **more}


Ask = Callable[[House], object]
Cases = dict[str, tuple[Ask, str]]
"""By what is asked: the call, and AWS's answer to it; `*` stands for an ARN or a value too long to repeat."""


def after(*asks: Ask) -> Ask:
    """The last of these calls, after the others were accepted."""

    def ask(house: House) -> object:
        for earlier in asks[:-1]:
            assert refusal(lambda each=earlier: each(house)) == "accepted"  # type: ignore[misc]
        return asks[-1](house)

    return ask
