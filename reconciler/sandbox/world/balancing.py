"""ELB's own API of targets, answered by the world: targets by address and port, with health that takes time."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.elbv2.models import elbv2_backends

from reconciler.sandbox.calls import AwsRefusal, Call
from reconciler.sandbox.world.targets import UNREGISTERED, Health, Target
from reconciler.sandbox.world.world import World

Reply = Mapping[str, Any]


def answers(world: World) -> dict[tuple[str, str], Callable[[Call], Reply]]:
    """The operations this module answers."""
    api = Balancing(world)
    return {
        ("elbv2", "RegisterTargets"): api.register,
        ("elbv2", "DeregisterTargets"): api.deregister,
        ("elbv2", "DescribeTargetHealth"): api.health,
    }


class Balancing:
    """The answers, over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def register(self, call: Call) -> Reply:
        """RegisterTargets."""
        group = _group(call)
        for address in _addresses(call, group):
            self._world.groups.register(group.arn, Target(*address, registered_at=self._world.now))
        return {}

    def deregister(self, call: Call) -> Reply:
        """DeregisterTargets."""
        group = _group(call)
        for address in _addresses(call, group):
            self._world.groups.deregister(group.arn, address, self._world.now)
        return {}

    def health(self, call: Call) -> Reply:
        """DescribeTargetHealth, of all targets or of those named."""
        group = _group(call)
        known = {(each.id, each.port): each for each in self._world.groups.targets(group.arn, self._world.now)}
        asked = list(_addresses(call, group)) or list(known)
        return {
            "TargetHealthDescriptions": [
                _description(address, group, self._health(group.arn, known.get(address))) for address in asked
            ]
        }

    def _health(self, group: str, target: Target | None) -> Health:
        return UNREGISTERED if target is None else self._world.groups.health(group, target, self._world.now)


def _group(call: Call) -> Any:
    found = elbv2_backends[call.account][call.region].target_groups.get(call.parameters["TargetGroupArn"])
    if found is None:
        raise AwsRefusal("TargetGroupNotFound", "One or more target groups not found")
    return found


def _addresses(call: Call, group: Any) -> Iterable[tuple[str, int]]:
    for each in call.parameters.get("Targets") or ():
        yield each["Id"], int(each.get("Port") or group.port)


def _description(address: tuple[str, int], group: Any, health: Health) -> Mapping[str, Any]:
    target_id, port = address
    check_port = group.health_check_port
    shown = {"State": health.state, "Reason": health.reason, "Description": health.description}
    return {
        "Target": {"Id": target_id, "Port": port},
        "HealthCheckPort": str(port) if check_port in (None, "traffic-port") else str(check_port),
        "TargetHealth": {name: value for name, value in shown.items() if value is not None},
    }
