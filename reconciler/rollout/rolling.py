"""Rolling: ECS replaces the tasks of one service; the operator watches it to its end, with a deadline of its own."""

from datetime import datetime, timedelta

from reconciler import intents
from reconciler.kinds.target_group import DEFAULT_DELAY
from reconciler.model import HealthStatus, Live, Phase, Resource, Value, Waypoint
from reconciler.rollout.assembly import AT_ONCE, SOON, Assembly
from reconciler.rollout.view import Deployment, SlotView


def create(scene: Assembly) -> Waypoint:
    """Nothing serves: make everything, in the slot that the rules already lead to, or the first."""
    slot = scene.blueprint.slots[0] if scene.view.intended is None else scene.view.intended
    resources = (scene.blueprint.definition, *scene.surroundings(slot), scene.service(slot))
    return scene.waypoint(Phase.CREATE, HealthStatus.MISSING, resources, "declared, and not there yet", SOON)


def in_place(scene: Assembly, slot: SlotView) -> Waypoint:
    """Update the one service, or watch ECS do it."""
    if scene.in_quarantine():
        return held_back(scene, slot)
    if not slot.matches:
        return _update(scene, slot)
    return watch(scene, slot)


def _update(scene: Assembly, slot: SlotView) -> Waypoint:
    if gave_up := _gave_up(scene, slot):
        return fail(scene, slot, gave_up)
    service = scene.service(slot.slot) if _is_dated(scene, slot) else scene.tried(slot)
    resources = (scene.blueprint.definition, *scene.surroundings(slot.slot), service)
    return scene.waypoint(Phase.ROLLING, HealthStatus.PROGRESSING, resources, "a new release is rolled out", SOON)


def _is_dated(scene: Assembly, slot: SlotView) -> bool:
    """Whether it will be known when this try began: its definition is registered with it, or was just now."""
    if scene.registered is None:
        return True
    since = scene.tried_since(slot)
    return since is not None and scene.now < since + _patience(scene)


def _gave_up(scene: Assembly, slot: SlotView) -> str:
    """What ECS said when it rolled this very try back, perhaps while nobody watched."""
    since = scene.tried_since(slot)
    if since is None or scene.now >= since + _patience(scene):
        return ""  # too long ago to tell whose failure it was: the release is tried, with its time on record
    return slot.gave_up_since(since)


def watch(scene: Assembly, slot: SlotView) -> Waypoint:
    """The release is with ECS: completed, failed, or on its way until the deadline."""
    resources = (scene.blueprint.definition, *scene.surroundings(slot.slot), scene.service(slot.slot))
    deployment = slot.primary
    if scene.blueprint.workload.instances == 0 and slot.running == 0:
        return scene.waypoint(Phase.STABLE, HealthStatus.SUSPENDED, resources, "0 instances are asked for")
    if deployment is None:
        return scene.waypoint(Phase.ROLLING, HealthStatus.PROGRESSING, resources, "ECS has no deployment yet", SOON)
    if deployment.state == "FAILED":
        return fail(scene, slot, deployment.reason or "ECS's circuit breaker gave up")
    if said := scene.said(intents.ROLLED_BACK, slot.began):
        return fail(scene, slot, f"rolled back {said}")
    if deployment.state == "COMPLETED":
        return settled(scene, slot, resources)
    return _under_way(scene, slot, deployment, resources)


def _under_way(scene: Assembly, slot: SlotView, deployment: Deployment, resources: tuple[Resource, ...]) -> Waypoint:
    """ECS is replacing tasks, and has until the deadline."""
    if deployment.goes_back:  # its age is that of a release which worked, so it says nothing
        reason = f"ECS goes back to this release: {progress(slot)}"
        return scene.waypoint(Phase.ROLLBACK, HealthStatus.DEGRADED, resources, reason, SOON)
    if aborted := scene.said(intents.ABORTED, slot.began):
        return fail(scene, slot, f"aborted {aborted}")
    if scene.now >= _deadline(scene, deployment):
        return fail(scene, slot, f"not healthy within its deadline: {progress(slot)}")
    reason = f"{progress(slot)}; deadline {_deadline(scene, deployment):%H:%M:%SZ}"
    return scene.waypoint(Phase.ROLLING, HealthStatus.PROGRESSING, resources, reason, SOON)


def called_off(scene: Assembly, slot: SlotView) -> str:
    """Who has called off the release that a slot is getting, and why; empty when nobody has."""
    aborted, back = scene.said(intents.ABORTED, slot.began), scene.said(intents.ROLLED_BACK, slot.began)
    return f"aborted {aborted}" if aborted else f"rolled back {back}" if back else ""


def settled(scene: Assembly, slot: SlotView, resources: tuple[Resource, ...]) -> Waypoint:
    """Deployed. What is left to say is whether as many tasks run as asked for."""
    if slot.running < slot.desired:
        return scene.waypoint(Phase.STABLE, HealthStatus.DEGRADED, resources, progress(slot), SOON)
    return scene.waypoint(Phase.STABLE, HealthStatus.HEALTHY, resources)


def _deadline(scene: Assembly, deployment: Deployment) -> datetime:
    """When ECS should have been done. It is not before old tasks have drained, which is no fault of the new ones."""
    return deployment.since + _patience(scene)


def _patience(scene: Assembly) -> timedelta:
    return scene.deadline + timedelta(seconds=drain(scene))


def drain(scene: Assembly) -> int:
    """The longest deregistration delay of the service's target groups, in seconds."""
    delays = (listener.deregistration_delay for listener in scene.blueprint.workload.spec.listeners)
    return max((DEFAULT_DELAY if delay is None else delay for delay in delays), default=0)


def progress(slot: SlotView) -> str:
    """How far ECS is: `1 of 2 tasks run, 3 failed`."""
    failed = slot.primary.failed if slot.primary else 0
    return f"{slot.running} of {slot.desired} tasks run" + (f", {failed} failed" if failed else "")


def fail(scene: Assembly, slot: SlotView, reason: str) -> Waypoint:
    """Put the failure on record first; what follows from it is read off the record."""
    return scene.hold(
        Phase.ROLLBACK, HealthStatus.DEGRADED, reason, scene.quarantined(slot, reason), retry_after=AT_ONCE
    )


def held_back(scene: Assembly, slot: SlotView) -> Waypoint:
    """The release failed: back to what ran before, if ECS has not gone back by itself; then wait for a new spec."""
    reason = scene.why_held_back()
    running = slot.service.fields["taskDefinition"]
    former = next(
        (item.definition for item in slot.deployments[1:] if item.state != "FAILED" and item.definition != running),
        None,
    )
    if slot.matches and former:
        back = scene.pinned(slot, taskDefinition=former, **_ways_in(scene, slot, former))
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, reason, back, retry_after=SOON)
    primary = slot.primary
    phase = Phase.ROLLBACK if primary and primary.state == "IN_PROGRESS" and not slot.matches else Phase.FAILED
    as_declared = scene.survivor(slot)
    return scene.hold(
        phase, HealthStatus.DEGRADED, reason, *as_declared, retry_after=SOON if phase is Phase.ROLLBACK else 0
    )


def _ways_in(scene: Assembly, slot: SlotView, definition: str) -> dict[str, Value]:
    """The target groups that the former definition has a port for, as ECS refuses it together with any other."""
    former = slot.definitions.get(definition)
    if former is None:
        return {}
    containers = former.fields["containerDefinitions"]
    ports = [(item["name"], port["containerPort"]) for item in containers for port in item.get("portMappings", ())]
    balancers = slot.service.fields.get("loadBalancers", [])
    kept = [item for item in balancers if (item["containerName"], item["containerPort"]) in ports]
    gone = [_behind(group, ports) for group in scene.unregistered(slot)]
    back = kept + [item for item in gone if item]
    return {} if back == balancers else {"loadBalancers": back}


def _behind(group: Live, ports: list[tuple[str, int]]) -> dict[str, Value] | None:
    """The entry with which a service had been behind a target group, if its port leaves no doubt."""
    match [(name, port) for name, port in ports if port == group.fields.get("Port")]:
        case [(name, port)]:
            return {"targetGroupArn": group.arn, "containerName": name, "containerPort": port}
    return None
