"""A canary: the new version gets its traffic step by step, with as many tasks as its share takes, and is watched.

The old version keeps all of its tasks, so the way back is one change of weights at every step. Which step a release is
at is read off its trial; what has been reached is read off the weights.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from reconciler import intents
from reconciler.kinds.listener_rule import FULL
from reconciler.model import Decision, HealthStatus, Phase, Resource, Slot, Waypoint
from reconciler.rollout.assembly import AT_ONCE, SOON, Assembly, part_of
from reconciler.rollout.trial import Trial
from reconciler.rollout.view import SlotView
from reconciler.rollout.weights import Split
from reconciler.spec.rollout import Pause, SetWeight


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a release is on its way to all of the traffic. Shares are in percent, `needed` is a number of tasks.

    It was given the share that it has `reached`, which takes `least` healthy tasks, and is at a `step`: None when what
    is left is all of it.
    """

    reached: int
    needed: int
    least: int
    step: SetWeight | Pause | None
    trial: Trial | None


def walk(scene: Assembly, serving: SlotView, new: SlotView | None) -> Walk:
    """Where the wanted release is. A version that serves with nothing is not worth its share: all goes to the new."""
    rollout = scene.blueprint.workload.spec.rollout
    trial = on_trial(scene, new) if new else None
    ahead = rollout.way[trial.step if trial else 0 :] if serving.healthy else ()
    reached = scene.share(new.slot) if new and trial else 0
    step = ahead[0] if ahead else None
    goal = _goal(reached, ahead)
    whole = max(scene.blueprint.workload.instances, serving.healthy, 1)
    standing = new.desired if new else 0  # what it has it keeps: it may have lost the traffic just now
    needed = max(part_of(whole, goal), standing)
    return Walk(reached, needed, part_of(part_of(whole, reached), rollout.minHealthy), step, trial)


def _goal(reached: int, ahead: tuple[SetWeight | Pause, ...]) -> int:
    """The share that the tasks must be enough for: of a pause what has been reached, or is the next to be."""
    if not ahead:
        return FULL
    if isinstance(ahead[0], Pause) and reached:
        return reached
    return next((step.setWeight for step in ahead if isinstance(step, SetWeight)), FULL)


def on_trial(scene: Assembly, new: SlotView) -> Trial | None:
    """The trial of the wanted release in this slot, if it has begun."""
    trial = Trial.of(new.service)
    return trial if trial and trial.release == scene.blueprint.release and new.matches else None


def begun(scene: Assembly, service: Resource, new: SlotView | None) -> Resource:
    """The service that a release is to take over in, with the beginning of its trial if there are steps to take."""
    former = Trial.of(new.service) if new else None
    if not scene.blueprint.workload.spec.rollout.way or (former and former.release == scene.blueprint.release):
        return service
    return replace(service, tags={**service.tags, **Trial(scene.blueprint.release, 0, scene.now).tag()})


def split(serving: Slot, new: Slot, share: int) -> Split:
    """The traffic with a share of it on the new version."""
    return {serving: FULL - share, new: share} if share else {serving: FULL}


def take(scene: Assembly, serving: SlotView, new: SlotView, walk: Walk, waiting: tuple[Resource, ...]) -> Waypoint:
    """The step that the new version is at, for which it has the tasks."""
    if isinstance(walk.step, SetWeight):
        return _set_weight(scene, serving, new, walk, walk.step, waiting)
    assert walk.step is not None
    assert walk.trial is not None
    if promoted := _promotion(scene, walk.trial):
        return _advance(scene, new, walk, waiting, f"promoted {promoted}", promoted)
    duration = walk.step.pause.duration
    ends = walk.trial.since + timedelta(seconds=duration) if duration else None
    if ends and scene.now >= ends:
        return _advance(scene, new, walk, waiting, "the pause is over")
    until = f"until {ends:%H:%M:%SZ}" if ends else "until it is promoted"
    reason = f"{_step(scene, walk)}: {new.slot} has {walk.reached} % with {new.healthy} healthy, and is watched {until}"
    health = HealthStatus.PROGRESSING if ends else HealthStatus.SUSPENDED
    left = (ends - scene.now).total_seconds() if ends else SOON
    return scene.waypoint(Phase.CANARY, health, waiting, reason, min(SOON, left))


def _promotion(scene: Assembly, trial: Trial) -> Decision | None:
    """A person's word that the step which a release is at is over, if it has not been heeded."""
    said = scene.said(intents.PROMOTED, trial.since)
    return said if said and said.at != trial.heeded else None


def _set_weight(
    scene: Assembly, serving: SlotView, new: SlotView, walk: Walk, step: SetWeight, waiting: tuple[Resource, ...]
) -> Waypoint:
    wanted = split(serving.slot, new.slot, step.setWeight)
    if all(rule.ahead or rule.is_split(wanted) for rule in scene.view.rules):
        return _advance(scene, new, walk, waiting, f"{new.slot} has {step.setWeight} %")
    moved = {rule.id: rule for rule in scene.rules(wanted)}
    resources = tuple(moved.get(resource.id, resource) for resource in waiting)
    reason = f"{_step(scene, walk)}: {new.slot} gets {step.setWeight} %: {new.healthy} of {walk.needed} targets healthy"
    return scene.waypoint(Phase.SHIFT, HealthStatus.PROGRESSING, resources, reason, AT_ONCE)


def _advance(
    scene: Assembly,
    new: SlotView,
    walk: Walk,
    waiting: tuple[Resource, ...],
    done: str,
    promoted: Decision | None = None,
) -> Waypoint:
    """A step is done: the next one begins now, or when it was promoted in full all of the traffic follows."""
    assert walk.trial is not None
    last = len(scene.blueprint.workload.spec.rollout.way)
    following = last if promoted and promoted.full else walk.trial.step + 1
    heeded = promoted.at if promoted else walk.trial.heeded
    tag = replace(walk.trial, step=following, since=scene.now, heeded=heeded).tag()
    resources = tuple(
        replace(item, tags={**item.tags, **tag}) if item.id == new.service.id else item for item in waiting
    )
    reason = f"{_step(scene, walk)}: {done}"
    return scene.waypoint(Phase.CANARY, HealthStatus.PROGRESSING, resources, reason, AT_ONCE)


def _step(scene: Assembly, walk: Walk) -> str:
    assert walk.trial is not None
    return f"step {walk.trial.step + 1} of {len(scene.blueprint.workload.spec.rollout.way)}"
