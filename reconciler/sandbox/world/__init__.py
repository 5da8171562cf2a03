"""The simulated world: what moto stores happens here. ECS schedules tasks, load balancers check them, time passes.

`world` holds everything and lets time pass; `controller` moves one service a step on, with `scheduler`, `rollout`,
`lifecycle` and `placement` deciding; `targets` is the load balancers' side; `services`, `tasks` and `balancing`
answer the API.
"""

from reconciler.sandbox.calls import Hooks
from reconciler.sandbox.world import balancing, services, tasks
from reconciler.sandbox.world.images import Behaviour
from reconciler.sandbox.world.records import TargetRecord, TaskRecord
from reconciler.sandbox.world.scenario import Scenario, ScenarioError
from reconciler.sandbox.world.world import World

__all__ = ["Behaviour", "Scenario", "ScenarioError", "TargetRecord", "TaskRecord", "World", "hang"]


def hang(world: World, hooks: Hooks) -> None:
    """Put a world behind the API."""
    hooks.before.append(world.before)
    hooks.after.append(world.after)
    for module in (services, tasks, balancing):
        hooks.answers.update(module.answers(world))
