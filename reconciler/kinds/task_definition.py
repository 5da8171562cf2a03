"""ECS task definitions: what a task runs. A revision never changes, so its content's hash, kept in a tag, names it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler import diff
from reconciler.aws import Gateway
from reconciler.kinds.base import HASH, REVISION, VERSION, Found, Scope, identify, lower_tags, tags_of
from reconciler.kinds.containers import content
from reconciler.kinds.grants import Grant, Territory, creating, passing, reading, tagging_on_creation
from reconciler.model import (
    Action,
    Call,
    FieldChange,
    Infrastructure,
    Live,
    Priorities,
    Resource,
    ResourceId,
    ServiceKey,
    Value,
    Verb,
)
from reconciler.spec import Workload
from reconciler.spec.names import family

NAME = "task-definition"
_LOOKED_BEHIND = 5
_VERBATIM = ("name", "image", "command", "entryPoint", "environment", "secrets")


def desired(workload: Workload, owner: str, _infrastructure: Infrastructure) -> tuple[Resource, ...]:
    """The one task definition of a workload."""
    key = workload.key
    name = family(key.cluster, key.service)
    fields = {"family": name, **content(workload)}
    tags = {**tags_of(owner, key), HASH: digest(fields), VERSION: workload.version}
    return (Resource(ResourceId(NAME, key, name), fields, tags),)


def permissions(territory: Territory) -> tuple[Grant, ...]:
    """Revisions of the cluster's families, and the roles that these name."""
    families = (territory.arn("ecs", f"task-definition/{family(territory.cluster, '*')}"),)
    fields = [content(workload) for workload in territory.workloads]
    roles = [item[name] for item in fields for name in ("taskRoleArn", "executionRoleArn") if name in item]
    return (
        reading("ecs:DescribeTaskDefinition"),
        creating(territory, "ecs:RegisterTaskDefinition", families),
        tagging_on_creation("ecs:TagResource", "RegisterTaskDefinition"),
        *passing("PassRoleToTasks", roles, "ecs-tasks.amazonaws.com"),
    )


def digest(fields: Mapping[str, Value]) -> str:
    """Names a content: the same for the same fields, whatever the order of their keys."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def matches(want: Resource, have: Live) -> bool:
    """Whether a live revision is this content.

    Its hash says so; that what AWS keeps verbatim agrees guards against a hash copied along with the tags.
    """
    if want.tags[HASH] != have.tags.get(HASH):
        return False
    return not diff.changes(_verbatim(want.fields), _verbatim(have.fields))


def _verbatim(fields: Mapping[str, Value]) -> list[dict[str, Value]]:
    return [{name: item.get(name) for name in _VERBATIM} for item in fields["containerDefinitions"]]


def observe(_aws: Gateway, _scope: Scope) -> Found:
    """Nothing by itself: definitions are looked up as services refer to them (see `lookup`)."""
    return Found()


def lookup(aws: Gateway, scope: Scope, arn: str) -> Live | None:
    """One revision by ARN, remembered; None when it is gone, or not this installation's."""
    described = aws.definitions.get(arn)
    return _live(described, scope) if described else None


def latest(aws: Gateway, scope: Scope, name: str) -> Live | None:
    """The newest active revision of a family, read afresh: a pass cut short may have registered it."""
    described = aws.definitions.latest(name)
    return _live(described, scope) if described else None


def newest_own(aws: Gateway, scope: Scope, key: ServiceKey) -> Live | None:
    """The newest revision of a service's family that is this installation's; None when there is none.

    Looks behind a few that were registered by hand, each of which is read once: for a service that runs such a one.
    """
    newest = aws.definitions.latest(family(key.cluster, key.service))
    if newest is None:
        return None
    name, _, number = newest["taskDefinitionArn"].rpartition(":")
    revisions = range(int(number), max(0, int(number) - _LOOKED_BEHIND), -1)
    found = (lookup(aws, scope, f"{name}:{revision}") for revision in revisions)
    return next((own for own in found if own), None)


def _live(described: dict[str, Any], scope: Scope) -> Live | None:
    arn = described["taskDefinitionArn"]
    owned = identify(NAME, described["family"], described["tags"], scope, arn)
    if not isinstance(owned, ResourceId):
        return None
    status = {"registered_at": described.get("registeredAt", 0), "active": described.get("status") != "INACTIVE"}
    return Live(owned, arn, described, described["tags"], status)


def create(want: Resource, cause: str, _taken: Mapping[str, Priorities]) -> tuple[Action, ...]:
    """Register a revision."""
    parameters = {**want.fields, "tags": lower_tags(want.tags)}
    return (Action(Verb.CREATE, want.id, Call("ecs", "RegisterTaskDefinition", parameters), cause),)


def recorded(action: Action, revision: str) -> Action:
    """A registration, with the revision of desired/ on record that it is for. No other action is changed."""
    if action.call.operation != "RegisterTaskDefinition":
        return action
    parameters = action.call.parameters
    tags = [*parameters["tags"], *lower_tags({REVISION: revision})]
    return replace(action, call=replace(action.call, parameters={**parameters, "tags": tags}))


def update(_want: Resource, _have: Live, _changes: tuple[FieldChange, ...], _cause: str) -> tuple[Action, ...]:
    """A revision is never changed."""
    return ()


def remove(_have: Live, _cause: str) -> None:
    """A revision stays: it costs nothing, and a deployment, a schedule or a way back may need it (S8)."""


def reread(aws: Gateway, scope: Scope, have: Live) -> Live | None:
    """The revision: it can't have changed."""
    return lookup(aws, scope, have.arn)


def attributes(answer: Mapping[str, Value]) -> Mapping[str, Value]:
    """The new revision's ARN."""
    return {"arn": answer["taskDefinition"]["taskDefinitionArn"]}
