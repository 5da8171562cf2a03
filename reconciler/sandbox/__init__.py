"""An embedded AWS whose tasks run: moto serves the APIs on loopback, a simulated world makes what it stores happen.

    with Sandbox(SteppedClock()) as sandbox:
        ecs = boto3.client("ecs", endpoint_url=sandbox.endpoint, ...)

Everything that watches, refuses or disturbs calls hangs on `sandbox.hooks`; see `calls`.
"""

from reconciler.sandbox.calls import AwsRefusal, Call, Hooks
from reconciler.sandbox.server import Sandbox
from reconciler.sandbox.world import Behaviour, Scenario, ScenarioError, TargetRecord, TaskRecord, World

__all__ = [
    "AwsRefusal",
    "Behaviour",
    "Call",
    "Hooks",
    "Sandbox",
    "Scenario",
    "ScenarioError",
    "TargetRecord",
    "TaskRecord",
    "World",
]
