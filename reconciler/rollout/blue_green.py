"""Blue-green by target-group switch: stand up at weight 0, verify, shift, bake, retire; back again when it fails.

The same switch carries a change of strategy: the slot that serves and the slot that takes over may be any two.
Which phase it is follows from live state alone, so a run that starts anywhere goes on from there.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.model import HealthStatus, Phase, Resource, Slot, Waypoint
from reconciler.rollout import rolling
from reconciler.rollout.assembly import AT_ONCE, SOON, Assembly
from reconciler.rollout.view import Deployment, SlotView, keep


def switch(scene: Assembly, serving: SlotView) -> Waypoint:
    """Where a service with one slot serving goes next."""
    others = [view for view in scene.view.slots.values() if view.slot != serving.slot]
    if scene.in_quarantine():
        return _held_back(scene, serving, others)
    if not serving.matches:
        return _take_over(scene, serving)
    standing = [view for view in others if view.desired]
    if standing:
        return _bake(scene, serving, standing)
    return _stable(scene, serving, others)


def _take_over(scene: Assembly, serving: SlotView) -> Waypoint:
    """Stand the wanted release up in a slot that does not serve, at weight 0, until it may take the traffic."""
    slot: Slot = next(slot for slot in scene.blueprint.slots if slot != serving.slot)
    new = scene.view.slots.get(slot)
    standing = new.desired if new and new.matches else 0
    needed = max(scene.blueprint.workload.instances, serving.healthy, standing, 1)
    # The rule comes before the service: ECS refuses a target group that no load balancer knows, and it would stay
    # `unused` (L8).
    waiting = (
        scene.blueprint.definition,
        *scene.surroundings(serving.slot),
        scene.service(slot, **_asked(scene, new, needed)),
        scene.pinned(serving),
    )
    if new is None or not new.matches or new.desired < needed:
        reason = f"{_name(slot)} is stood up beside {_name(serving.slot)} at weight 0"
        return scene.waypoint(Phase.STAND_UP, HealthStatus.PROGRESSING, waiting, reason, SOON)
    deployment = new.primary
    if deployment is None or deployment.state == "FAILED":
        return rolling.fail(scene, serving, f"{_name(slot)}: {deployment.reason if deployment else 'no deployment'}")
    if deployment.state != "COMPLETED" or new.healthy < needed:
        return _verify(scene, serving, new, waiting, needed, deployment)
    resources = (*scene.surroundings(slot), scene.service(slot, desiredCount=needed), scene.pinned(serving))
    reason = f"traffic goes from {_name(serving.slot)} to {_name(slot)}: {new.healthy} of {needed} targets healthy"
    return scene.waypoint(Phase.SHIFT, HealthStatus.PROGRESSING, resources, reason, AT_ONCE)


def _asked(scene: Assembly, new: SlotView | None, needed: int) -> dict[str, object]:
    """The tasks that a slot needs to take over. Where its deployment is old, it gets one with an age of its own."""
    if new is None or new.primary is None or new.desired >= needed or scene.now < _deadline(scene, new.primary):
        return {"desiredCount": needed}
    return {"desiredCount": needed, "forceNewDeployment": True}


def _deadline(scene: Assembly, deployment: Deployment) -> datetime:
    return deployment.since + timedelta(seconds=scene.blueprint.workload.spec.rollout.deadline)


def _verify(
    scene: Assembly,
    serving: SlotView,
    new: SlotView,
    waiting: tuple[Resource, ...],
    needed: int,
    deployment: Deployment,
) -> Waypoint:
    deadline = _deadline(scene, deployment)
    state = f"{_name(new.slot)}: {new.healthy} of {needed} targets healthy, {rolling.progress(new)}"
    if scene.now >= deadline:
        return rolling.fail(scene, serving, f"not healthy within its deadline: {state}")
    reason = f"{state}; deadline {deadline:%H:%M:%SZ}"
    return scene.waypoint(Phase.VERIFY, HealthStatus.PROGRESSING, waiting, reason, SOON)


def _bake(scene: Assembly, serving: SlotView, old: list[SlotView]) -> Waypoint:
    """The new slot has the traffic; the old one stands by until the bake is over."""
    waiting = (
        *scene.surroundings(serving.slot),
        replace(scene.service(serving.slot), fields=_without_count(scene, serving)),
        *(scene.pinned(view) for view in old),
    )
    shifted = _shifted_at(scene)
    if shifted is None:
        reason = "the weights are read back"
        return scene.waypoint(Phase.SHIFT, HealthStatus.PROGRESSING, waiting, reason, AT_ONCE)
    if sick := _sickness(serving):
        return _give_up(scene, serving, old, sick)
    ends = shifted + timedelta(seconds=max(scene.blueprint.workload.spec.rollout.bake, rolling.drain(scene)))
    names = " and ".join(_name(view.slot) for view in old)
    if scene.now < ends:
        left = (ends - scene.now).total_seconds()
        reason = (
            f"{_name(serving.slot)} serves with {serving.healthy} healthy; {names} stands by until {ends:%H:%M:%SZ}"
        )
        return scene.waypoint(Phase.BAKE, HealthStatus.PROGRESSING, waiting, reason, min(SOON, left))
    wanted = scene.blueprint.workload.instances
    if serving.healthy < max(1, wanted):
        if scene.now >= ends + timedelta(seconds=scene.blueprint.workload.spec.rollout.deadline):
            return _give_up(scene, serving, old, f"only {serving.healthy} of {wanted} targets healthy after the bake")
        reason = f"{names} stays: only {serving.healthy} of {wanted} targets of {_name(serving.slot)} are healthy"
        return scene.waypoint(Phase.BAKE, HealthStatus.PROGRESSING, waiting, reason, SOON)
    resources = (
        scene.blueprint.definition,
        *scene.surroundings(serving.slot),
        scene.service(serving.slot),
        *(scene.pinned(view, desiredCount=0) for view in old),
    )
    return scene.waypoint(Phase.RETIRE, HealthStatus.PROGRESSING, resources, f"{names} is scaled to 0", SOON)


def _without_count(scene: Assembly, serving: SlotView) -> dict[str, object]:
    """During a bake the new slot keeps the number of tasks it was stood up with."""
    return {**scene.blueprint.services[serving.slot].fields, "desiredCount": serving.desired}


def _sickness(serving: SlotView) -> str:
    primary = serving.primary
    if primary and primary.state == "FAILED":
        return f"{_name(serving.slot)}: {primary.reason}"
    if serving.healthy < max(1, (serving.desired + 1) // 2):
        return f"{_name(serving.slot)}: only {serving.healthy} of {serving.desired} targets healthy during the bake"
    return ""


def _give_up(scene: Assembly, serving: SlotView, old: list[SlotView], reason: str) -> Waypoint:
    """Back to the old slot, if it could carry the traffic."""
    fit = [view for view in old if view.healthy >= max(1, serving.healthy)]
    if not fit:
        return scene.hold(
            Phase.BAKE, HealthStatus.DEGRADED, f"{reason}; no other slot is fit to take over", retry_after=SOON
        )
    return rolling.fail(scene, fit[0], reason)


def _held_back(scene: Assembly, serving: SlotView, others: list[SlotView]) -> Waypoint:
    """The release failed: traffic goes back to the slot that has another one, then the failed slot is scaled to 0."""
    why = scene.why_held_back()
    if serving.matches:
        fit = next((view for view in others if view.healthy >= max(1, serving.healthy)), None)
        if fit is None:
            return scene.hold(
                Phase.FAILED, HealthStatus.DEGRADED, f"{why}; no other slot is fit to take over", retry_after=SOON
            )
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, *scene.rules(fit.slot), retry_after=AT_ONCE)
    failed = [view for view in others if view.desired]
    shifted = _shifted_at(scene)
    if shifted is None:
        rules = scene.rules(serving.slot)
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, *rules, retry_after=AT_ONCE)
    if not failed:
        return scene.hold(Phase.FAILED, HealthStatus.DEGRADED, why)
    if scene.now < shifted + timedelta(seconds=rolling.drain(scene)):
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, f"{why}; the failed slot drains", retry_after=SOON)
    down = (scene.pinned(view, desiredCount=0) for view in failed)
    return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, *down, retry_after=SOON)


def _stable(scene: Assembly, serving: SlotView, others: list[SlotView]) -> Waypoint:
    """One slot serves the wanted release. The idle colour stays, at 0; slots of a former strategy go."""
    draining = [view for view in others if view.running]
    if draining:
        resources = (*scene.surroundings(serving.slot), scene.service(serving.slot))
        reason = f"{' and '.join(_name(view.slot) for view in draining)} stops"
        return scene.waypoint(Phase.RETIRE, HealthStatus.PROGRESSING, resources, reason, SOON)
    waypoint = rolling.watch(scene, serving)
    idle = tuple(keep(view.service) for view in others if view.slot in scene.blueprint.slots)
    return replace(waypoint, resources=(*waypoint.resources, *idle))


def _shifted_at(scene: Assembly) -> datetime | None:
    """When the last of the weights was read back as set; None while one is not."""
    times = [rule.shifted_at if rule.as_intended else None for rule in scene.view.rules]
    return None if None in times else max((time for time in times if time), default=None)


def _name(slot: Slot) -> str:
    return slot or "the rolling service"
