"""Looks into the embedded AWS, past the operator."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from flask import has_request_context, request

from reconciler.sandbox import Call, Sandbox


def services(sandbox: Sandbox) -> dict[str, tuple[int, int]]:
    """ECS services of the cluster `test`: tasks asked for and running, by name."""
    ecs = boto3.client("ecs", region_name="us-east-1", endpoint_url=sandbox.endpoint)
    names = [arn.rsplit("/", 1)[-1] for arn in ecs.list_services(cluster="test")["serviceArns"]]
    found = ecs.describe_services(cluster="test", services=names)["services"] if names else []
    return {item["serviceName"]: (item["desiredCount"], item["runningCount"]) for item in found}


@contextmanager
def writes(sandbox: Sandbox) -> Iterator[list[str]]:
    """The operator's calls, while the block runs, that change something."""
    made: list[str] = []

    def note(call: Call) -> None:
        own = has_request_context() and "reconciler" in request.headers.get("User-Agent", "")
        if own and not call.operation.startswith(("Describe", "List", "Get")):
            made.append(call.operation)

    sandbox.hooks.before.append(note)
    try:
        yield made
    finally:
        sandbox.hooks.before.remove(note)
