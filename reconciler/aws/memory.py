"""What a gateway need not read again: task definitions never change, and ELB tags change by the operator's hand.

Remembering them is what makes a warm sweep cost no call per resource.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler.aws.errors import AwsError

Ask = Callable[..., dict[str, Any]]
"""Makes one AWS call: service and operation, then its parameters by name."""

_TAGS_PER_CALL = 20  # ELBv2 DescribeTags
_REFRESHED_PER_SWEEP = 60


class TagMemory:
    """Tags of load-balancing resources by ARN.

    An ARN names one creation, and its tags are written by the operator: they are read once, again after each own
    write, and in turn, the longest unread first, so that even a stranger's edit is seen within some sweeps.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._tags: dict[str, dict[str, str]] = {}

    def of(self, arns: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """The tags of each ARN that exists."""
        arns = list(arns)
        with self._lock:
            unread = [arn for arn in arns if arn not in self._tags]
        self._read(unread)
        with self._lock:
            return {arn: self._tags[arn] for arn in arns if arn in self._tags}

    def refresh(self, present: Iterable[str]) -> None:
        """Forget what is gone and read again the longest unread of what is `present`. Once a sweep."""
        present = set(present)
        with self._lock:
            self._tags = {arn: tags for arn, tags in self._tags.items() if arn in present}
            oldest = list(self._tags)[:_REFRESHED_PER_SWEEP]
        self._read(oldest)

    def forget_after(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Forget the tags that a write of the operator's own has changed, or may have."""
        if operation in ("AddTags", "RemoveTags"):
            self.forget(parameters["ResourceArns"])

    def forget(self, arns: Iterable[str]) -> None:
        """Read these again when they are next asked for."""
        with self._lock:
            for arn in arns:
                self._tags.pop(arn, None)

    def _read(self, arns: list[str]) -> None:
        for start in range(0, len(arns), _TAGS_PER_CALL):
            batch = arns[start : start + _TAGS_PER_CALL]
            answer = self._ask("elbv2", "DescribeTags", ResourceArns=batch)
            with self._lock:
                for item in answer["TagDescriptions"]:
                    self._tags.pop(item["ResourceArn"], None)
                    self._tags[item["ResourceArn"]] = {tag["Key"]: tag.get("Value", "") for tag in item["Tags"]}


class DefinitionMemory:
    """Task definitions by ARN, with their tags. A revision changes only by being deregistered: each is read once."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}

    def get(self, arn: str) -> dict[str, Any] | None:
        """The described task definition, `tags` included as a mapping; None when it is gone."""
        with self._lock:
            known = self._known.get(arn)
        return known or self._read(arn)

    def latest(self, family: str) -> dict[str, Any] | None:
        """The newest active revision of a family, read afresh; None when there is none."""
        return self._read(family)

    def forget(self, arn: str | None) -> None:
        """Read this one again when it is next asked for."""
        with self._lock:
            self._known.pop(arn or "", None)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            answer = self._ask("ecs", "DescribeTaskDefinition", taskDefinition=name, include=["TAGS"])
        except AwsError as error:
            if "Unable to describe task definition" in error.message:
                return None
            raise
        tags = {tag["key"]: tag.get("value", "") for tag in answer.get("tags", [])}
        definition = {**answer["taskDefinition"], "tags": tags}
        with self._lock:
            self._known[definition["taskDefinitionArn"]] = definition
        return definition
