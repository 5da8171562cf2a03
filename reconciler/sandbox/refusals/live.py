"""What the sandbox holds at the moment of a call: the one door through which predicates look at moto."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.route53.models import route53_backends

Parameters = dict[str, Any]
"""The parameters of a call, in AWS's names."""


@dataclass(frozen=True)
class Live:
    """One account and region of the sandbox, read only."""

    account: str
    region: str

    @property
    def ecs(self) -> Any:
        """ECS of this account and region."""
        return ecs_backends[self.account][self.region]

    @property
    def autoscaling(self) -> Any:
        """Auto Scaling of this account and region."""
        return autoscaling_backends[self.account][self.region]

    @property
    def elbv2(self) -> Any:
        """Load balancing of this account and region."""
        return elbv2_backends[self.account][self.region]

    def subnets(self) -> set[str]:
        """The ids of the subnets of this account and region."""
        by_zone = ec2_backends[self.account][self.region].subnets.values()
        return {subnet for by_id in by_zone for subnet in by_id}

    def security_groups(self) -> set[str]:
        """The ids of the security groups of this account and region."""
        by_vpc = ec2_backends[self.account][self.region].groups.values()
        return {group for by_id in by_vpc for group in by_id}

    def load_balancers(self) -> Iterator[Any]:
        """The load balancers of every region of this account: a record may point to any of them."""
        for backend in elbv2_backends[self.account].values():
            yield from backend.load_balancers.values()

    def zone(self, zone_id: str) -> Any | None:
        """The hosted zone of that id."""
        return route53_backends[self.account]["aws"].zones.get(zone_id.removeprefix("/hostedzone/"))

    def has_role(self, arn_or_name: str) -> bool:
        """Whether the role exists, in the account its ARN names or else in this one."""
        account = arn_or_name.split(":")[4] if arn_or_name.startswith("arn:") else self.account
        name = arn_or_name.rsplit("/", 1)[-1]
        return any(role.name == name for role in iam_backends[account]["aws"].roles.values())

    def task_definition(self, name: str) -> Any | None:
        """The task definition that a family, family:revision or ARN means, if it was ever registered."""
        family, _, revision = name.rsplit("/", 1)[-1].partition(":")
        revisions = self.ecs.task_definitions.get(family, {})
        if revision:
            return revisions.get(int(revision)) if revision.isdecimal() else None
        active = [number for number, definition in revisions.items() if definition.status == "ACTIVE"]
        return revisions[max(active)] if active else None

    def cluster(self, name_or_arn: str | None) -> Any | None:
        """The ECS cluster of that name or ARN; the default one where none is named."""
        return self.ecs.clusters.get((name_or_arn or "default").rsplit("/", 1)[-1])

    def service(self, cluster: str | None, name: str) -> Any | None:
        """The ECS service of that name or ARN, whatever its status."""
        key = f"{(cluster or 'default').rsplit('/', 1)[-1]}:{name.rsplit('/', 1)[-1]}"
        return self.ecs.services.get(key)

    def listener(self, arn: str) -> Any | None:
        """The listener of that ARN."""
        return next((each for each in self.listeners() if each.arn == arn), None)

    def listeners(self) -> Iterator[Any]:
        """Every listener of this account and region."""
        for balancer in self.elbv2.load_balancers.values():
            yield from balancer.listeners.values()

    def rule(self, arn: str) -> Any | None:
        """The listener rule of that ARN, default rules included."""
        return next(
            (rule for listener in self.listeners() for rule in listener.rules.values() if rule.arn == arn),
            None,
        )

    def balancers_of(self, target_group: str) -> set[str]:
        """The load balancers that forward to a target group, whatever the weight."""
        return {
            listener.load_balancer_arn for listener in self.listeners() if target_group in self.forwarded_by(listener)
        }

    def forwarded_by(self, listener: Any) -> set[str]:
        """The target groups that a listener forwards to, whatever the weight."""
        actions = (action for rule in listener.rules.values() for action in rule.actions)
        return {group for action in actions for group in forwarded(action.data)}


def forwarded(action: Parameters) -> list[str]:
    """The target groups an action forwards to."""
    if action.get("ForwardConfig"):
        return [group["TargetGroupArn"] for group in action["ForwardConfig"].get("TargetGroups", [])]
    return [action["TargetGroupArn"]] if action.get("TargetGroupArn") else []
