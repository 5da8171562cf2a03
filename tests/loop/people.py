"""What people tell the operator: the tags that `reconciler confirm`, `pause` and `resume` leave."""

from collections.abc import Mapping
from datetime import datetime

from reconciler.intents import PAUSED, confirmation, pause
from tests.loop.harness import Stage


def confirm(stage: Stage, revision: str) -> None:
    """Alice confirms a revision."""
    tag(stage, cluster_arn(stage), confirmation(revision, "alice", stage.clock.now()))
    stage.facts["confirmed"] = True


def pause_cluster(stage: Stage, until: datetime | None = None) -> None:
    """Alice pauses the cluster."""
    tag(stage, cluster_arn(stage), paused(stage, until))


def pause_service(stage: Stage, ecs_service: str, until: datetime | None = None) -> None:
    """Alice pauses the service that an ECS service belongs to."""
    tag(stage, stage.ecs_service(ecs_service)["serviceArn"], paused(stage, until))


def resume(stage: Stage, arn: str) -> None:
    """Alice takes a pause back."""
    stage.client("ecs").untag_resource(resourceArn=arn, tagKeys=[PAUSED])


def paused(stage: Stage, until: datetime | None = None) -> dict[str, str]:
    """The tag of a pause."""
    return pause("alice", stage.clock.now(), "incident 4711", until)


def cluster_arn(stage: Stage) -> str:
    """The ECS cluster's ARN."""
    (cluster,) = stage.client("ecs").describe_clusters(clusters=["test"])["clusters"]
    return str(cluster["clusterArn"])


def tag(stage: Stage, arn: str, tags: Mapping[str, str]) -> None:
    """Put tags on an ECS resource."""
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    stage.client("ecs").tag_resource(resourceArn=arn, tags=listed)
