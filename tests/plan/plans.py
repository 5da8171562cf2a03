"""Plans to show, put together by hand: what a planner would make of a few everyday situations."""

from reconciler.model import (
    Action,
    Call,
    FieldChange,
    HealthStatus,
    Held,
    Phase,
    Plan,
    Policy,
    Ref,
    Refusal,
    ResourceId,
    ServiceKey,
    Value,
    Verb,
    Waypoint,
)

API = ServiceKey("prod", "api_gateway")
HTTPBIN = ServiceKey("prod", "httpbin")
WORKER = ServiceKey("test", "worker")

_ELB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"
BLUE_ARN = f"{_ELB}:targetgroup/prod-api-gateway-api-blue/73e2d6bc24d8a067"
GREEN_ARN = f"{_ELB}:targetgroup/prod-api-gateway-api-green/943f017f100becff"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/worker"


def waypoint(key: ServiceKey, phase: Phase, reason: str = "", version: str = "") -> Waypoint:
    health = HealthStatus.HEALTHY if phase is Phase.STABLE else HealthStatus.PROGRESSING
    return Waypoint(key, (), phase, health, reason, version=version)


def action(
    verb: Verb,
    owned: ResourceId,
    operation: str,
    cause: str,
    *changes: tuple[str, Value, Value],
    needs: tuple[ResourceId, ...] = (),
) -> Action:
    fields = tuple(FieldChange(*change) for change in changes)
    return Action(verb, owned, Call("ecs", operation, {"name": owned.name}), cause, fields, needs)


def a_new_service() -> Plan:
    reason = "it is declared and not there yet"
    cause = f"Create: {reason}"
    definition = ResourceId("task-definition", HTTPBIN, "prod-httpbin")
    group = ResourceId("target-group", HTTPBIN, "prod-httpbin")
    rule = ResourceId("listener-rule", HTTPBIN, "httpbin.prod.example")
    service = ResourceId("service", HTTPBIN, "httpbin")
    record = ResourceId("dns-record", HTTPBIN, "httpbin.prod.example")
    delay = ("deregistration_delay.timeout_seconds", None, "10")
    return Plan(
        "1f2e3d4",
        (
            action(Verb.CREATE, definition, "RegisterTaskDefinition", cause),
            action(Verb.CREATE, group, "CreateTargetGroup", cause),
            action(Verb.UPDATE, group, "ModifyTargetGroupAttributes", cause, delay),
            action(Verb.CREATE, rule, "CreateRule", cause, needs=(group,)),
            action(Verb.CREATE, service, "CreateService", cause, needs=(definition, group)),
            action(Verb.CREATE, record, "ChangeResourceRecordSets", cause),
        ),
        waypoints=(waypoint(HTTPBIN, Phase.CREATE, reason, "67c9cbb"), waypoint(WORKER, Phase.STABLE)),
    )


def a_changed_release() -> Plan:
    """A new version, a changed variable and a changed secret-looking one, rolled out by ECS."""
    reason = "a new release is rolled out"
    cause = f"Rolling: {reason}"
    definition = ResourceId("task-definition", WORKER, "test-worker")
    service = ResourceId("service", WORKER, "worker")
    container = "containerDefinitions[worker]"
    return Plan(
        "1f2e3d4",
        (
            action(
                Verb.CREATE,
                definition,
                "RegisterTaskDefinition",
                cause,
                (f"{container}.image", f"{IMAGE}:d41d8cd", f"{IMAGE}:98f00b2"),
                (f"{container}.environment[LOG_LEVEL].value", "info", "debug"),
                (f"{container}.environment[SMTP_PASSWORD].value", "hunter2", "correct horse"),
                (f"{container}.command", ["worker"], ["worker", "--queue", "thumbnails"]),
            ),
            action(
                Verb.UPDATE,
                service,
                "UpdateService",
                cause,
                (
                    "taskDefinition",
                    "arn:aws:ecs:eu-west-1:123456789012:task-definition/test-worker:1",
                    Ref(definition),
                ),
                needs=(definition,),
            ),
        ),
        waypoints=(waypoint(WORKER, Phase.ROLLING, reason, "98f00b2"),),
    )


def a_shift_of_traffic() -> Plan:
    reason = "traffic goes from blue to green: 3 of 3 targets healthy"
    rule = ResourceId("listener-rule", API, "api.prod.example")
    return Plan(
        "1f2e3d4",
        (
            action(
                Verb.UPDATE,
                rule,
                "ModifyRule",
                f"Shift: {reason}",
                (f"Forward[{BLUE_ARN}].weight", 100, 0),
                (f"Forward[{GREEN_ARN}].weight", 0, 100),
            ),
        ),
        waypoints=(waypoint(API, Phase.SHIFT, reason, "1.11"),),
    )


def a_drifted_service() -> Plan:
    service = ResourceId("service", WORKER, "worker")
    return Plan(
        "1f2e3d4",
        (action(Verb.UPDATE, service, "UpdateService", "drift", ("desiredCount", 5, 2)),),
        waypoints=(waypoint(WORKER, Phase.STABLE, version="98f00b2"),),
    )


def a_held_removal() -> Plan:
    """Two services are gone from git; the brake waits for a person."""
    why = (
        "2 of 2 services would be removed by one revision, the most is 1; if that is meant: reconciler confirm 1f2e3d4"
    )
    cause = "not in desired/ at 1f2e3d4"
    record = action(
        Verb.DELETE, ResourceId("dns-record", HTTPBIN, "httpbin.prod.example"), "ChangeResourceRecordSets", cause
    )
    count = ("desiredCount", 3, 0)
    service = action(Verb.UPDATE, ResourceId("service", HTTPBIN, "httpbin"), "UpdateService", cause, count)
    other = action(Verb.UPDATE, ResourceId("service", WORKER, "worker"), "UpdateService", cause, count)
    return Plan(
        "1f2e3d4",
        held=tuple(Held(item, Policy.PRUNE_BRAKE, why) for item in (record, service, other)),
        waypoints=(waypoint(HTTPBIN, Phase.PRUNE, cause), waypoint(WORKER, Phase.PRUNE, cause)),
    )


def a_refusal() -> Plan:
    reason = "conflict: target-group prod-httpbin exists without an owner tag; rename one of them, or remove it"
    return Plan(
        "1f2e3d4",
        waypoints=(waypoint(HTTPBIN, Phase.CREATE, "it is declared and not there yet", "67c9cbb"),),
        refusals=(Refusal(HTTPBIN, reason),),
    )


def a_wait() -> Plan:
    """One service is being verified, another is well."""
    reason = "green: 2 of 3 targets healthy, 3 of 3 tasks run"
    return Plan(
        "1f2e3d4",
        waypoints=(waypoint(API, Phase.VERIFY, reason, "1.11"), waypoint(HTTPBIN, Phase.STABLE, "", "67c9cbb")),
    )


def all_well() -> Plan:
    return Plan("1f2e3d4", waypoints=(waypoint(API, Phase.STABLE), waypoint(HTTPBIN, Phase.STABLE)))
