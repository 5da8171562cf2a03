"""What people do by hand behind the operator's back, and what strangers build beside it.

An edit is made to one of the things that are there, chosen by a number. Where there is none nothing is done.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from tests.loop.harness import Stage
from tests.loop.test_bad_readings import change_records
from tests.loop.test_drift import zone

Thing = Mapping[str, Any]
Back = Callable[[], object]
"""Takes an edit back."""
Edit = Callable[[Stage, int], Back | None]
"""What is done to one of the things; what the operator must not put right by itself, its hands take back."""
DOMAIN = "test.example"
_MARKS = "reconciler:"
_ADDRESSES = ("A", "AAAA")


def _weights_moved(stage: Stage, number: int) -> None:
    """Somebody turns a rule's weights round, or takes some of the only one."""
    for rule in _one(_rules(stage), number):
        groups = rule["Actions"][0].get("ForwardConfig", {}).get("TargetGroups", ())
        weights = [group["Weight"] for group in groups][::-1] if len(groups) > 1 else [50]
        turned = [{**group, "Weight": weight} for group, weight in zip(groups, weights, strict=True)]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": turned}}
        stage.client("elbv2").modify_rule(RuleArn=rule["RuleArn"], Actions=[forward])


def _rule_deleted(stage: Stage, number: int) -> None:
    for rule in _one(_rules(stage), number):
        stage.client("elbv2").delete_rule(RuleArn=rule["RuleArn"])


def _group_modified(stage: Stage, number: int) -> None:
    for group in _one(_groups(stage), number):
        stage.client("elbv2").modify_target_group(TargetGroupArn=group["TargetGroupArn"], HealthyThresholdCount=9)


def _delay_lengthened(stage: Stage, number: int) -> None:
    for group in _one(_groups(stage), number):
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
        stage.client("elbv2").modify_target_group_attributes(TargetGroupArn=group["TargetGroupArn"], Attributes=[delay])


def _scaled(stage: Stage, number: int) -> None:
    for service in _one(_services(stage), number):
        stage.client("ecs").update_service(cluster="test", service=service["serviceName"], desiredCount=number % 4)


def _service_deleted(stage: Stage, number: int) -> None:
    for service in _one(_services(stage), number):
        stage.client("ecs").delete_service(cluster="test", service=service["serviceName"], force=True)


def _task_killed(stage: Stage, number: int) -> None:
    ecs = stage.client("ecs")
    for task in _one(sorted(ecs.list_tasks(cluster="test")["taskArns"]), number):
        ecs.stop_task(cluster="test", task=task)


def _definition_deregistered(stage: Stage, number: int) -> Back | None:
    """Somebody deregisters a definition: one that is in use is registered again by the next operator that starts."""
    ecs = stage.client("ecs")
    for definition in _one(ecs.list_task_definitions()["taskDefinitionArns"], number):
        ecs.deregister_task_definition(taskDefinition=definition)
        return stage.restart
    return None


def _record_changed(stage: Stage, number: int) -> None:
    for name in _one(_names(stage), number):
        record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}
        change_records(stage, ("UPSERT", record))


def _record_deleted(stage: Stage, number: int) -> None:
    for name in _one(_names(stage), number):
        change_records(stage, *(("DELETE", record) for record in _records(stage) if record["Name"] == name))


def _slot_forgotten(stage: Stage, number: int) -> None:
    """Somebody takes the tag off that says which colour a service is."""
    for service in _one(_services(stage), number):
        stage.client("ecs").untag_resource(resourceArn=service["serviceArn"], tagKeys=[f"{_MARKS}slot"])


def _notes_lost(stage: Stage, number: int) -> None:
    """Somebody takes everything off a rule that the operator has noted there about its weights."""
    for rule in _one(_rules(stage), number):
        notes = [f"{_MARKS}{name}" for name in ("weights", "shifted-at", "flips")]
        stage.client("elbv2").remove_tags(ResourceArns=[rule["RuleArn"]], TagKeys=notes)


def _disowned(stage: Stage, number: int) -> Back | None:
    """Somebody takes the owner's tag off something: the operator leaves it alone from then on."""
    things = [*_rules(stage), *_groups(stage)]
    for thing in _one(things, number):
        elb, arn = stage.client("elbv2"), thing.get("RuleArn") or thing["TargetGroupArn"]
        owner = {"Key": f"{_MARKS}owner", "Value": "reconciler"}
        elb.remove_tags(ResourceArns=[arn], TagKeys=[owner["Key"]])
        return lambda: elb.add_tags(ResourceArns=[arn], Tags=[owner])
    return None


def _strangers_rule(stage: Stage, number: int) -> Back | None:
    """A stranger's rule for a host that a service may want, before all others."""
    elb = stage.client("elbv2")
    (balancer,) = elb.describe_load_balancers(Names=["test-internal"])["LoadBalancers"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": [f"{_host(number)}.{DOMAIN}"]}}
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    with suppress(ClientError):  # the priority is taken: there is one already
        made = elb.create_rule(
            ListenerArn=listener["ListenerArn"], Priority=1 + number % 3, Conditions=[host], Actions=[answer]
        )
        return lambda: elb.delete_rule(RuleArn=made["Rules"][0]["RuleArn"])
    return None


def _strangers_record(stage: Stage, number: int) -> Back | None:
    """A stranger's address under a name that a service may want."""
    record = {"Name": f"{_host(number)}.{DOMAIN}.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.9"}]}
    if any(record["Name"] == each["Name"] for each in _records(stage)):
        return None
    change_records(stage, ("CREATE", record))
    return lambda: change_records(stage, ("DELETE", record))


def _strangers_service(stage: Stage, number: int) -> Back | None:
    """A stranger's ECS service under a name that a service may want."""
    ecs, name = stage.client("ecs"), f"{NAMES[number % len(NAMES)]}{('', '-blue', '-green')[number % 3]}"
    container = {"name": "main", "image": "stranger:1", "memory": 64}
    ecs.register_task_definition(family="stranger", containerDefinitions=[container])
    with suppress(ClientError):  # there is one of that name
        ecs.create_service(cluster="test", serviceName=name, taskDefinition="stranger", desiredCount=1)
        return lambda: ecs.delete_service(cluster="test", service=name, force=True)
    return None


NAMES = ("web", "api", "job", "shop")
HOSTS = (*NAMES, "left", "right")
BY_HAND: Mapping[str, Edit] = {
    "weights moved": _weights_moved,
    "rule deleted": _rule_deleted,
    "group modified": _group_modified,
    "delay lengthened": _delay_lengthened,
    "service scaled": _scaled,
    "service deleted": _service_deleted,
    "task killed": _task_killed,
    "definition deregistered": _definition_deregistered,
    "record changed": _record_changed,
    "record deleted": _record_deleted,
    "slot forgotten": _slot_forgotten,
    "notes lost": _notes_lost,
    "disowned": _disowned,
    "a stranger's rule": _strangers_rule,
    "a stranger's record": _strangers_record,
    "a stranger's service": _strangers_service,
}


def _one(things: list[Any], number: int) -> list[Any]:
    return [things[number % len(things)]] if things else []


def _host(number: int) -> str:
    return HOSTS[number % len(HOSTS)]


def _rules(stage: Stage) -> list[Thing]:
    elb = stage.client("elbv2")
    (balancer,) = elb.describe_load_balancers(Names=["test-internal"])["LoadBalancers"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    return _ours(stage, [rule for rule in rules if not rule["IsDefault"]], "RuleArn")


def _groups(stage: Stage) -> list[Thing]:
    return _ours(stage, stage.client("elbv2").describe_target_groups()["TargetGroups"], "TargetGroupArn")


def _ours(stage: Stage, things: list[Thing], arn: str) -> list[Thing]:
    """Those that carry the operator's mark."""
    elb, arns = stage.client("elbv2"), [thing[arn] for thing in things]
    batches = (arns[start : start + 20] for start in range(0, len(arns), 20))
    told = [each for batch in batches for each in elb.describe_tags(ResourceArns=batch)["TagDescriptions"]]
    marked = {each["ResourceArn"] for each in told if any(tag["Key"] == f"{_MARKS}owner" for tag in each["Tags"])}
    return [thing for thing in things if thing[arn] in marked]


def _services(stage: Stage) -> list[Thing]:
    ecs = stage.client("ecs")
    arns = sorted(ecs.list_services(cluster="test")["serviceArns"])
    found = [ecs.describe_services(cluster="test", services=[arn], include=["TAGS"])["services"] for arn in arns]
    return [
        service
        for services in found
        for service in services
        if service["status"] == "ACTIVE" and any(tag["key"] == f"{_MARKS}owner" for tag in service["tags"])
    ]


def _records(stage: Stage) -> list[Thing]:
    found = stage.client("route53").list_resource_record_sets(HostedZoneId=zone(stage))["ResourceRecordSets"]
    return [record for record in found if record["Type"] not in ("NS", "SOA")]


def _names(stage: Stage) -> list[str]:
    """Hosts that have an address of the operator's."""
    records = _records(stage)
    owned = {record["Name"].removeprefix("_reconciler.") for record in records if record["Type"] == "TXT"}
    return sorted(owned & {record["Name"] for record in records if record["Type"] in _ADDRESSES})
