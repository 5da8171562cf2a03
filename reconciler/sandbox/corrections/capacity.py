"""Capacity providers: Fargate's are AWS's own and always there, and who names none means all; moto knows neither."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.sandbox.calls import Answer, Call
from reconciler.sandbox.refusals.live import Live

OF_AWS = ("FARGATE", "FARGATE_SPOT")
"""The providers that every account has."""


def describe_capacity_providers(call: Call) -> Mapping[str, Any]:
    """The providers that are asked for, or every one there is."""
    known = dict(_known(call))
    asked = [name.rsplit("/", 1)[-1] for name in call.parameters.get("capacityProviders") or known]
    return {
        "capacityProviders": [known[name] for name in asked if name in known],
        "failures": [{"arn": _arn(call, name), "reason": "MISSING"} for name in asked if name not in known],
    }


def _known(call: Call) -> Iterator[tuple[str, Any]]:
    for name in OF_AWS:
        yield name, {"capacityProviderArn": _arn(call, name), "name": name, "status": "ACTIVE", "tags": []}
    yield from Live(call.account, call.region).ecs.capacity_providers.items()


def _arn(call: Call, name: str) -> str:
    return f"arn:aws:ecs:{call.region}:{call.account}:capacity-provider/{name}"


ANSWERS: dict[str, Answer] = {"DescribeCapacityProviders": describe_capacity_providers}
