"""Where moto's answers are wrong rather than kind: the operations this sandbox answers itself."""

from reconciler.clock import Clock
from reconciler.sandbox.calls import Answer
from reconciler.sandbox.corrections import balancing, capacity, dns, tagging
from reconciler.sandbox.corrections.definitions import stamp

__all__ = ["answers", "stamp"]


def answers(clock: Clock) -> dict[tuple[str, str], Answer]:
    """The answers to put in moto's place, for `Hooks.answers`."""
    return {
        **{("ecs", operation): answer for operation, answer in capacity.ANSWERS.items()},
        **{("elbv2", operation): answer for operation, answer in balancing.ANSWERS.items()},
        **{("route53", operation): answer for operation, answer in dns.answers(clock).items()},
        **{("resourcegroupstaggingapi", operation): answer for operation, answer in tagging.ANSWERS.items()},
    }
