"""What a kind has to be allowed to do, as data: `reconciler iam-policy` makes IAM policies of it.

Which action knows which resources and condition keys is from AWS's Service Authorization Reference. Where an action
knows tags, what changes or deletes asks for this installation's tags on the resource, and what creates for the same
tags in the request: a resource that does not exist yet has none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from reconciler.spec import Workload
from reconciler.spec.models import ClusterSpec
from reconciler.spec.names import partition

ANY = ("*",)
Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]
"""IAM's operators, condition keys and values: `{"StringEquals": {"aws:ResourceTag/team": ("edge",)}}`."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One statement of a policy. Those of one name ask for the same, and are merged, across kinds and clusters.

    Hardly anything is lost by that: an action knows one type of resource, and what has the name of one cluster and the
    tags of another is the installation's own all the same.
    """

    name: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ANY
    conditions: Conditions = field(default_factory=dict)
    effect: Literal["Allow", "Deny"] = "Allow"


@dataclass(frozen=True, slots=True)
class Territory:
    """One cluster, as far as permissions for it reach.

    `marks` are the tags that make a resource this installation's own in this cluster; `zone_id` is `*` where the hosted
    zone was not looked up.
    """

    cluster: str
    spec: ClusterSpec
    marks: Mapping[str, str]
    workloads: tuple[Workload, ...] = ()
    zone_id: str = "*"

    @property
    def ecs_cluster(self) -> str:
        """Name of the ECS cluster."""
        return self.spec.ecs_cluster or self.cluster

    @property
    def balancers(self) -> tuple[str, ...]:
        """Names of the load balancers that rules are made on."""
        return tuple(sorted({balancer.name for balancer in self.spec.load_balancers.values()}))

    def arn(self, service: str, resource: str) -> str:
        """The ARN, or pattern of ARNs, of something in the cluster's account and region."""
        return f"arn:{partition(self.spec.region)}:{service}:{self.spec.region}:{self.spec.account}:{resource}"

    @property
    def zone(self) -> str:
        """The ARN of the hosted zone: zones are in no region and no account."""
        return f"arn:{partition(self.spec.region)}:route53:::hostedzone/{self.zone_id}"


def reading(*actions: str) -> Grant:
    """Reads that AWS allows of everything or of nothing."""
    return Grant("Read", actions)


def creating(territory: Territory, action: str, resources: Iterable[str]) -> Grant:
    """Making what is given this installation's tags for this cluster as it is made."""
    return Grant("Create", (action,), tuple(resources), {"StringEquals": _marks("RequestTag", territory)})


def changing(territory: Territory, actions: Iterable[str], resources: Iterable[str]) -> Grant:
    """Changing, deleting or tagging what carries this installation's tags for this cluster."""
    return Grant("Change", tuple(actions), tuple(resources), {"StringEquals": _marks("ResourceTag", territory)})


def tagging_on_creation(action: str, creates: str) -> Grant:
    """Tagging as a part of a creation, which AWS asks for beside the right to create, and which that right limits.

    Without the condition, the right to tag would be the right to make anybody's resource one's own.
    """
    service = action.partition(":")[0]
    return Grant(
        f"TagOnCreation{service.title()}", (action,), ANY, {"StringEquals": {f"{service}:CreateAction": (creates,)}}
    )


def passing(name: str, roles: Iterable[str], service: str) -> Iterable[Grant]:
    """Handing these roles, and no others, to an AWS service; nothing when there are none."""
    if named := tuple(sorted(set(roles))):
        yield Grant(name, ("iam:PassRole",), named, {"StringEquals": {"iam:PassedToService": (service,)}})


def _marks(of: str, territory: Territory) -> dict[str, tuple[str, ...]]:
    return {f"aws:{of}/{tag}": (value,) for tag, value in territory.marks.items()}
