"""Two colours: stand up at weight 0, verify, shift, bake, retire; back again when it fails.

Blue-green shifts all of the traffic at once, a canary by the steps of `canary`, which end in the same shift. The same
switch carries a change of strategy: the slot that serves and the slot that takes over may be any two.
Which phase it is follows from live state alone, so a run that starts anywhere goes on from there.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from reconciler import intents
from reconciler.model import HealthStatus, Phase, Resource, Slot, Waypoint
from reconciler.rollout import canary, rolling
from reconciler.rollout.assembly import AT_ONCE, SOON, Assembly, part_of
from reconciler.rollout.trial import Trial
from reconciler.rollout.view import CALLED_AT, Deployment, SlotView, keep
from reconciler.rollout.weights import PENDING, moment, stamp

UNLINKED_AT = "reconciler:unlinked-at"


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
    if new and not new.matches and Trial.of(new.service) and scene.returns(serving.slot):
        return _recall(scene, serving, new)
    walk = canary.walk(scene, serving, new)
    # The rule comes before the service: ECS refuses a target group that no load balancer knows, and it would stay
    # `unused` (L8).
    waiting = (
        scene.blueprint.definition,
        *scene.surroundings(canary.split(serving.slot, slot, walk.reached), fresh=slot),
        _called(scene, slot, walk.needed),
        scene.pinned(serving),
    )
    if new is None or not new.matches or new.desired < walk.needed or _began(scene, new) is None:
        reason = f"{_name(slot)} is stood up beside {_name(serving.slot)} at weight {walk.reached}"
        stand_up = scene.waypoint(Phase.STAND_UP, HealthStatus.PROGRESSING, waiting, reason, SOON)
        return replace(stand_up, interrupts=_is_unfinished(scene, serving))
    if failure := _failure(scene, new, walk):
        return rolling.fail(scene, serving, f"{_name(slot)}: {failure}")
    if not new.deployed or new.healthy < walk.needed:
        return _verify(scene, serving, new, waiting, walk.needed)
    if walk.step is not None:
        return canary.take(scene, serving, new, walk, waiting)
    resources = (*scene.surroundings(slot, fresh=slot), _called(scene, slot, walk.needed), scene.pinned(serving))
    reason = f"traffic goes from {_name(serving.slot)} to {_name(slot)}: {new.healthy} of {walk.needed} targets healthy"
    return scene.waypoint(Phase.SHIFT, HealthStatus.PROGRESSING, resources, reason, AT_ONCE)


def _failure(scene: Assembly, new: SlotView, walk: canary.Walk) -> str:
    """Why the release must not go on; empty while it may."""
    if said := rolling.called_off(scene, new):
        return said
    if new.primary is None or new.primary.state == "FAILED":
        return new.primary.reason if new.primary else "no deployment"
    if walk.reached and new.healthy < walk.least:
        return f"only {new.healthy} healthy with {walk.reached} percent of the traffic"
    return ""


def _recall(scene: Assembly, serving: SlotView, new: SlotView) -> Waypoint:
    """A newer release comes while one is on trial: before it takes the place of that one, nothing leads there."""
    reason = f"the traffic of {_name(new.slot)}, whose release is not wanted any more, goes back"
    back = (*scene.moved(serving.slot), scene.pinned(new), scene.pinned(serving))
    waypoint = scene.waypoint(Phase.SHIFT, HealthStatus.PROGRESSING, back, reason, AT_ONCE)
    return replace(waypoint, interrupts=True)


def _is_unfinished(scene: Assembly, serving: SlotView) -> bool:
    """Whether the slot that serves was given the traffic by a rollout that has yet to end."""
    standing = [view for view in scene.view.slots.values() if view.slot != serving.slot and view.desired]
    on_trial = any(Trial.of(view.service) for view in standing)
    return on_trial or _shifted_at(scene, serving) is None or any(_began(scene, view) is None for view in standing)


def _called(scene: Assembly, slot: Slot, needed: int) -> Resource:
    """The service that is to take over, with the time it is called at if it stood by since before the last shift."""
    new = scene.view.slots.get(slot)
    service = canary.begun(scene, scene.judged_here(scene.service(slot, desiredCount=needed)), new)
    if new is None or not new.matches or _began(scene, new):
        return service
    return replace(service, tags={**service.tags, CALLED_AT: stamp(scene.now)})


def _began(scene: Assembly, new: SlotView) -> datetime | None:
    """When a slot began to get ready: deployed, or called back from standing by; None when that is still to come.

    For the step that it is at, if it is on trial.
    """
    began = new.began or scene.now
    if trial := canary.on_trial(scene, new):
        return max(began, trial.since)
    shifts = [rule.shifted_at for rule in scene.view.rules if rule.shifted_at]
    return began if all(began > shift for shift in shifts) else None


def _verify(
    scene: Assembly,
    serving: SlotView,
    new: SlotView,
    waiting: tuple[Resource, ...],
    needed: int,
) -> Waypoint:
    began = _began(scene, new) or scene.now
    deadline = began + scene.deadline
    state = f"{_name(new.slot)}: {new.healthy} of {needed} targets healthy, {rolling.progress(new)}"
    if scene.now >= deadline:
        return rolling.fail(scene, serving, f"not healthy within its deadline: {state}")
    reason = f"{state}; deadline {deadline:%H:%M:%SZ}"
    return scene.waypoint(Phase.VERIFY, HealthStatus.PROGRESSING, waiting, reason, SOON)


def _bake(scene: Assembly, serving: SlotView, old: list[SlotView]) -> Waypoint:
    """The new slot has the traffic; the old one stands by until the bake is over."""
    waiting = (
        *scene.surroundings(serving.slot, fresh=serving.slot),
        scene.service(serving.slot, desiredCount=_count(scene, serving)),
        *(scene.pinned(view) for view in old),
    )
    shifted = _shifted_at(scene, serving)
    if shifted is None:
        reason = "the weights are read back"
        return scene.waypoint(Phase.SHIFT, HealthStatus.PROGRESSING, waiting, reason, AT_ONCE)
    if _is_made_anew(serving, shifted) and (fit := next((view for view in old if view.healthy), None)):
        reason = f"{_name(serving.slot)} is made anew, so {_name(fit.slot)} serves again"
        back = (*scene.moved(fit.slot), scene.service(serving.slot))
        return scene.waypoint(Phase.SHIFT, HealthStatus.DEGRADED, back, reason, AT_ONCE)
    if sick := rolling.called_off(scene, serving) or _sickness(scene, serving, old):
        return _give_up(scene, serving, old, sick)
    if any(scene.loaded(view.slot) for view in old):
        reason = f"the rules that still lead to {_names(old)} are moved"
        return scene.waypoint(Phase.SHIFT, HealthStatus.PROGRESSING, waiting, reason, SOON)
    ends = shifted + _bake_time(scene)
    if scene.now >= ends:
        return _retire(scene, serving, old, waiting, ends)
    left = (ends - scene.now).total_seconds()
    reason = (
        f"{_name(serving.slot)} serves with {serving.healthy} healthy; {_names(old)} stands by until {ends:%H:%M:%SZ}"
    )
    return scene.waypoint(Phase.BAKE, HealthStatus.PROGRESSING, waiting, reason, min(SOON, left))


def _is_made_anew(serving: SlotView, shifted: datetime) -> bool:
    """Whether somebody deleted the service after it got the traffic, and what took its place has yet to come up."""
    primary = serving.primary
    return primary is not None and primary.state != "COMPLETED" and primary.since > shifted and not serving.healthy


def _retire(
    scene: Assembly, serving: SlotView, old: list[SlotView], waiting: tuple[Resource, ...], baked: datetime
) -> Waypoint:
    """The bake is over: the old slot goes to 0 once the new one is whole and nothing leads to the old one any more."""
    wanted = serving.desired if scene.autoscaled else scene.blueprint.workload.instances
    if serving.healthy < max(1, wanted):
        state = f"only {serving.healthy} of {wanted} targets of {_name(serving.slot)} are healthy"
        overdue = scene.now >= baked + scene.deadline
        if overdue and serving.healthy < max(view.desired for view in old):
            return _give_up(scene, serving, old, f"{state} after the bake")
        reason = f"{_names(old)} stays: {state}"
        return scene.waypoint(Phase.BAKE, HealthStatus.PROGRESSING, waiting, reason, SOON)
    if former := scene.view.former:
        gone = " and ".join(sorted({owned.name for owned in former}))
        reason = f"{_names(old)} stays until {gone} is removed, which the release no longer declares"
        marked = _marked(waiting, old, PENDING)
        return scene.waypoint(Phase.RETIRE, HealthStatus.PROGRESSING, marked, reason, SOON, drops=former)
    if any(view.service.tags.get(UNLINKED_AT) == PENDING for view in old):
        reason = f"the ways in to {_names(old)} that the release no longer declares are gone"
        marked = _marked(waiting, old, stamp(scene.now))
        return scene.waypoint(Phase.RETIRE, HealthStatus.PROGRESSING, marked, reason, SOON)
    unlinked = (moment(view.service.tags.get(UNLINKED_AT, "")) for view in old)
    if any(at and scene.now < at + _bake_time(scene) for at in unlinked):
        return scene.waypoint(Phase.RETIRE, HealthStatus.PROGRESSING, waiting, f"{_names(old)} drains", SOON)
    asked = {group.arn: max(1, wanted) for group in serving.groups.values()}
    resources = (
        scene.blueprint.definition,
        *scene.surroundings(serving.slot, fresh=serving.slot),
        scene.service(serving.slot),
        *(replace(scene.idle(view), healthy_at_least=asked) for view in old),
    )
    return scene.waypoint(Phase.RETIRE, HealthStatus.PROGRESSING, resources, f"{_names(old)} is scaled to 0", SOON)


def _marked(resources: tuple[Resource, ...], old: list[SlotView], at: str) -> tuple[Resource, ...]:
    """The resources, on those of the old slots when the last way in beside the declared rules was taken away."""
    ids = {view.service.id for view in old}
    return tuple(replace(item, tags={**item.tags, UNLINKED_AT: at}) if item.id in ids else item for item in resources)


def _bake_time(scene: Assembly) -> timedelta:
    """How long what has lost its traffic stands by."""
    rollout = scene.blueprint.workload.spec.rollout
    return timedelta(seconds=max(rollout.bake + rollout.scaleDownDelay, rolling.drain(scene)))


def _count(scene: Assembly, serving: SlotView) -> int:
    """During a bake the new slot keeps at least the tasks that it was stood up with."""
    return max(serving.desired, 0 if scene.autoscaled else scene.blueprint.workload.instances)


def _sickness(scene: Assembly, serving: SlotView, old: list[SlotView]) -> str:
    """A share of the tasks must be healthy; of those that were asked for since the shift nothing is known yet."""
    primary = serving.primary
    if primary and primary.state == "FAILED":
        return f"{_name(serving.slot)}: {primary.reason}"
    proven = min(serving.desired, max(view.desired for view in old))
    if serving.healthy < part_of(proven, scene.blueprint.workload.spec.rollout.minHealthy):
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
    if not serving.matches:
        return _wind_down(scene, serving, others)
    why = scene.why_held_back()
    if fit := next((view for view in others if view.healthy >= max(1, serving.healthy)), None):
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, *scene.moved(fit.slot), retry_after=AT_ONCE)
    needed = max(scene.blueprint.workload.instances, serving.healthy, 1)
    if idle := next((view for view in others if view.definition and not _is_up(view, needed)), None):
        why = f"{why}; {_name(idle.slot)} stands up again with {idle.version}: {idle.healthy} of {needed} healthy"
        up = scene.pinned(idle, desiredCount=max(needed, idle.desired))
        if not idle.desired:
            up = replace(up, tags={**up.tags, CALLED_AT: stamp(scene.now)})
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, up, retry_after=SOON)
    if scene.blueprint.slots == (serving.slot,):
        return rolling.held_back(scene, serving)
    why = f"{why}; no other slot is fit to take over"
    return scene.hold(Phase.FAILED, HealthStatus.DEGRADED, why, *scene.survivor(serving), retry_after=SOON)


def _is_up(view: SlotView, needed: int) -> bool:
    """Whether ECS has nothing more to do for a slot to have so many tasks."""
    return view.desired >= needed and view.settled


def _wind_down(scene: Assembly, serving: SlotView, others: list[SlotView]) -> Waypoint:
    """The failed release has no traffic any more: its slot drains and goes to 0; the one that serves is kept well."""
    why, stays = scene.why_held_back(), scene.survivor(serving)
    failed = [view for view in others if view.desired and not scene.reached(view.slot)]
    shifted = _shifted_at(scene, serving)
    if shifted is None or scene.moves(serving.slot):
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, *stays, retry_after=AT_ONCE)
    if not failed:
        return scene.hold(Phase.FAILED, HealthStatus.DEGRADED, why, *stays)
    if scene.now < shifted + _standby(scene, serving, failed):
        why = f"{why}; the failed slot drains"
        return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, *stays, retry_after=SOON)
    down = (scene.idle(view) for view in failed)
    return scene.hold(Phase.ROLLBACK, HealthStatus.DEGRADED, why, *stays, *down, retry_after=SOON)


def _standby(scene: Assembly, serving: SlotView, failed: list[SlotView]) -> timedelta:
    """How long a slot that was taken back stays: to drain, or if it had served before, for as long as any other."""
    had_served = any(view.began and serving.began and view.began < serving.began for view in failed)
    return _bake_time(scene) if had_served else timedelta(seconds=rolling.drain(scene))


def _stable(scene: Assembly, serving: SlotView, others: list[SlotView]) -> Waypoint:
    """One slot serves the wanted release. The idle colour stays, at 0; slots of a former strategy go."""
    draining = [view for view in others if view.running]
    if draining:
        resources = (*scene.surroundings(serving.slot), scene.service(serving.slot))
        reason = f"{_names(draining)} stops"
        return scene.waypoint(Phase.RETIRE, HealthStatus.PROGRESSING, resources, reason, SOON)
    if said := scene.said(intents.ROLLED_BACK, serving.began):
        return rolling.fail(scene, others[0] if others else serving, f"rolled back {said}")
    if serving.redeployed and serving.primary and serving.primary.state == "FAILED":
        return _deployed_again(scene, serving, serving.primary)
    return with_idle(scene, serving, rolling.watch(scene, serving))


def with_idle(scene: Assembly, serving: SlotView, waypoint: Waypoint) -> Waypoint:
    """The waypoint, in which the other colour stays, without tasks."""
    spoken = {resource.id for resource in waypoint.resources if resource.fields}
    idle = tuple(
        scene.idle(view) if waypoint.phase is Phase.STABLE and view.desired else keep(view.service)
        for view in scene.view.slots.values()
        if view.slot != serving.slot and view.slot in scene.blueprint.slots and view.service.id not in spoken
    )
    ids = {resource.id for resource in idle}
    kept = tuple(resource for resource in waypoint.resources if resource.id not in ids)
    return replace(waypoint, resources=(*kept, *idle))


def _deployed_again(scene: Assembly, serving: SlotView, failed: Deployment) -> Waypoint:
    """Somebody else started a deployment of the release that serves, and it failed: no fault of the release."""
    again = failed.since + scene.deadline
    fields = {"forceNewDeployment": True} if scene.now >= again else {}
    resources = (*scene.surroundings(serving.slot), scene.service(serving.slot, **fields))
    reason = f"{_name(serving.slot)} was deployed again, and failed: {failed.reason}; next try {again:%H:%M:%SZ}"
    return scene.waypoint(Phase.ROLLING, HealthStatus.DEGRADED, resources, reason, SOON)


def _shifted_at(scene: Assembly, serving: SlotView) -> datetime | None:
    """When the last of the weights was read back as set; None while one is not. Without rules, when it was deployed."""
    ruling = [rule for rule in scene.view.rules if not rule.ahead]
    if not ruling and serving.primary:
        return serving.primary.since
    times = [rule.shifted_at if rule.as_intended else None for rule in ruling]
    return None if None in times else max((time for time in times if time), default=None)


def _name(slot: Slot) -> str:
    return slot or "the rolling service"


def _names(views: list[SlotView]) -> str:
    return " and ".join(_name(view.slot) for view in views)
