"""What IAM is asked as a call arrives: AWS's Service Authorization Reference, applied to the sandbox's state.

A creation asks for the right to tag as well, in the context of what it creates, and a task definition for the right to
pass each of its roles. A call that is not in the table is an error.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.sandbox import Call
from tests.invariants.live import Live, Tags, plain
from tests.permissions.iam import Asked, Context

PREFIXES = {"elbv2": "elasticloadbalancing"}


def asked_by(call: Call, live: Live) -> tuple[Asked, ...]:
    """All that must be allowed for this call to be carried out, just before it is."""
    return tuple(_TABLE[call.service, call.operation](call, live))


Ask = Callable[[Call, Live], Iterator[Asked]]


def _action(call: Call) -> str:
    return f"{PREFIXES.get(call.service, call.service)}:{call.operation}"


def _arn(call: Call, resource: str) -> str:
    return f"arn:aws:{PREFIXES.get(call.service, call.service)}:{call.region}:{call.account}:{resource}"


def _nothing(_call: Call, _live: Live) -> Iterator[Asked]:
    """`sts:GetCallerIdentity` needs no permission (AWS STS API reference)."""
    return iter(())


def _anything(call: Call, _live: Live) -> Iterator[Asked]:
    yield Asked(_action(call))


def _clusters(call: Call, _live: Live) -> Iterator[Asked]:
    for name in call.parameters["clusters"]:
        yield Asked(_action(call), _arn(call, f"cluster/{name}"))


def _in_cluster(call: Call) -> dict[str, tuple[str, ...]]:
    name = str(call.parameters["cluster"]).rsplit("/", 1)[-1]
    return {"ecs:cluster": (_arn(call, f"cluster/{name}"),)}


def _listing_services(call: Call, _live: Live) -> Iterator[Asked]:
    yield Asked(_action(call), context=_in_cluster(call))


def _services(call: Call, live: Live) -> Iterator[Asked]:
    for name in call.parameters["services"]:
        yield _service(call, live, name)


def _one_service(call: Call, live: Live) -> Iterator[Asked]:
    yield _service(call, live, call.parameters["service"])


def _service(call: Call, live: Live, name: str) -> Asked:
    found = live.service(call.parameters["cluster"], name)
    return Asked(
        _action(call),
        _service_arn(call, name),
        {**_in_cluster(call), **_tags("ResourceTag", found.tags if found else {})},
    )


def _service_arn(call: Call, name: str) -> str:
    cluster = str(call.parameters["cluster"]).rsplit("/", 1)[-1]
    return _arn(call, f"service/{cluster}/{name.rsplit('/', 1)[-1]}")


def _creates(call: Call, tagging: str, resource: str, tagged: str) -> Iterator[Asked]:
    context = _tags("RequestTag", _given_tags(call))
    yield Asked(_action(call), resource, context)
    created = {f"{tagging.partition(':')[0]}:CreateAction": (call.operation,)}
    yield Asked(tagging, tagged, {**context, **created})


def _new_service(call: Call, _live: Live) -> Iterator[Asked]:
    arn = _service_arn(call, call.parameters["serviceName"])
    yield from _creates(call, "ecs:TagResource", arn, arn)


def _new_definition(call: Call, _live: Live) -> Iterator[Asked]:
    arn = _arn(call, f"task-definition/{call.parameters['family']}:*")
    yield from _creates(call, "ecs:TagResource", arn, arn)
    for role in ("taskRoleArn", "executionRoleArn"):
        if role in call.parameters:
            yield passing(call.parameters[role])


def passing(role: str, service: str = "ecs-tasks.amazonaws.com") -> Asked:
    """Whether a role may be handed to a service of AWS's."""
    return Asked("iam:PassRole", role, {"iam:PassedToService": (service,)})


def _ecs_tagging(call: Call, live: Live) -> Iterator[Asked]:
    _, cluster, name = call.parameters["resourceArn"].rsplit("/", 2)
    found = live.service(cluster, name)
    context = {**_tags("ResourceTag", found.tags if found else {}), **_tags("RequestTag", _given_tags(call))}
    yield Asked(_action(call), call.parameters["resourceArn"], context)


def _new_group(call: Call, _live: Live) -> Iterator[Asked]:
    arn = _arn(call, f"targetgroup/{call.parameters['Name']}/*")
    yield from _creates(call, "elasticloadbalancing:AddTags", arn, arn)


def _new_rule(call: Call, _live: Live) -> Iterator[Asked]:
    listener = call.parameters["ListenerArn"]
    yield from _creates(
        call, "elasticloadbalancing:AddTags", listener, f"{listener.replace(':listener/', ':listener-rule/')}/*"
    )


def _balancing(parameter: str) -> Ask:
    def ask(call: Call, live: Live) -> Iterator[Asked]:
        given = call.parameters[parameter]
        for arn in [given] if isinstance(given, str) else given:
            yield Asked(_action(call), arn, _tags("ResourceTag", live.tags(arn)))

    return ask


def _zone(parameter: str) -> Ask:
    def ask(call: Call, _live: Live) -> Iterator[Asked]:
        yield Asked(_action(call), _zone_arn(call.parameters[parameter]))

    return ask


def _records(call: Call, _live: Live) -> Iterator[Asked]:
    changes = call.parameters["ChangeBatch"]["Changes"]
    records = [change["ResourceRecordSet"] for change in changes]
    yield Asked(
        _action(call),
        _zone_arn(call.parameters["HostedZoneId"]),
        {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": tuple(plain(record["Name"]) for record in records),
            "route53:ChangeResourceRecordSetsRecordTypes": tuple(record["Type"] for record in records),
            "route53:ChangeResourceRecordSetsActions": tuple(change["Action"] for change in changes),
        },
    )


def _zone_arn(zone: str) -> str:
    return f"arn:aws:route53:::hostedzone/{zone.removeprefix('/hostedzone/')}"


def _assuming(call: Call, _live: Live) -> Iterator[Asked]:
    yield Asked(_action(call), call.parameters["RoleArn"])


def _item(call: Call, _live: Live) -> Iterator[Asked]:
    key = (call.parameters.get("Key") or call.parameters["Item"])["owner"]["S"]
    yield Asked(
        _action(call), _arn(call, f"table/{call.parameters['TableName']}"), {"dynamodb:LeadingKeys": (str(key),)}
    )


def _given_tags(call: Call) -> Tags:
    given: list[Mapping[str, Any]] = call.parameters.get("tags") or call.parameters.get("Tags") or []
    return {str(tag.get("key", tag.get("Key"))): str(tag.get("value", tag.get("Value"))) for tag in given}


def _tags(of: str, tags: Tags) -> Context:
    return {f"aws:{of}/{key}": (value,) for key, value in tags.items()}


_DESCRIBES = (
    "LoadBalancers",
    "Listeners",
    "Rules",
    "Tags",
    "TargetGroups",
    "TargetGroupAttributes",
    "TargetHealth",
)
_TABLE: Mapping[tuple[str, str], Ask] = {
    ("sts", "GetCallerIdentity"): _nothing,
    ("sts", "AssumeRole"): _assuming,
    ("ecs", "DescribeClusters"): _clusters,
    ("ecs", "ListServices"): _listing_services,
    ("ecs", "DescribeServices"): _services,
    ("ecs", "DescribeTaskDefinition"): _anything,
    ("ecs", "RegisterTaskDefinition"): _new_definition,
    ("ecs", "CreateService"): _new_service,
    ("ecs", "UpdateService"): _one_service,
    ("ecs", "DeleteService"): _one_service,
    ("ecs", "TagResource"): _ecs_tagging,
    **{("elbv2", f"Describe{what}"): _anything for what in _DESCRIBES},
    ("elbv2", "CreateTargetGroup"): _new_group,
    ("elbv2", "ModifyTargetGroup"): _balancing("TargetGroupArn"),
    ("elbv2", "ModifyTargetGroupAttributes"): _balancing("TargetGroupArn"),
    ("elbv2", "DeleteTargetGroup"): _balancing("TargetGroupArn"),
    ("elbv2", "CreateRule"): _new_rule,
    ("elbv2", "ModifyRule"): _balancing("RuleArn"),
    ("elbv2", "DeleteRule"): _balancing("RuleArn"),
    ("elbv2", "AddTags"): _balancing("ResourceArns"),
    ("dynamodb", "GetItem"): _item,
    ("dynamodb", "PutItem"): _item,
    ("route53", "ListHostedZonesByName"): _anything,
    ("route53", "GetHostedZone"): _zone("Id"),
    ("route53", "ListResourceRecordSets"): _zone("HostedZoneId"),
    ("route53", "ChangeResourceRecordSets"): _records,
}
