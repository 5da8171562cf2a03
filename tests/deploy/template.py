"""The CloudFormation template as CloudFormation would make it: intrinsic functions resolved for given parameters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cfnlint.decode import decode

from tests.docs.documents import ROOT

FILE = ROOT / "deploy" / "reconciler.yml"
ACCOUNT, REGION = "123456789012", "us-east-1"
GIVEN = {
    "Image": "registry.example/reconciler:1.0",
    "PolicyArns": [f"arn:aws:iam::{ACCOUNT}:policy/reconciler"],
    "SourceGit": "https://git.example/platform/desired.git",
    "EcsCluster": "test",
    "Subnets": ["subnet-0a1b2c3d"],
    "SecurityGroups": ["sg-0a1b2c3d"],
}
_PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::NoValue": None}


@dataclass(frozen=True)
class Stack:
    """A stack of the template with parameters."""

    parameters: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Any]

    def properties(self, resource: str) -> Any:
        """A resource's properties, resolved."""
        return self.resolved(self.resources[resource]["Properties"])

    def made(self, resource: str) -> bool:
        """Whether a resource is made with these parameters."""
        condition = self.resources[resource].get("Condition")
        return condition is None or bool(self.resolved(self.conditions[condition]))

    def arn(self, resource: str) -> str:
        """What stands for the ARN of a resource of the stack."""
        kind = {"AWS::IAM::Role": f"iam::{ACCOUNT}:role", "AWS::DynamoDB::Table": f"dynamodb:{REGION}:{ACCOUNT}:table"}
        return f"arn:aws:{kind[self.resources[resource]['Type']]}/{resource}"

    def resolved(self, value: Any) -> Any:
        """A value with every function in it replaced by what it gives."""
        if isinstance(value, list):
            return [item for item in map(self.resolved, value) if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (name := next(iter(value))) in self._functions:
            return self._functions[name](value[name])
        return {key: self.resolved(item) for key, item in value.items()}

    @property
    def _functions(self) -> Mapping[str, Any]:
        return {
            "Ref": self._ref,
            "Fn::Sub": lambda text: re.sub(r"\$\{([\w:]+)\}", lambda found: str(self._ref(found[1])), text),
            "Fn::GetAtt": lambda path: self.arn(path[0]),
            "Fn::If": lambda given: self.resolved(given[1] if self.resolved(self.conditions[given[0]]) else given[2]),
            "Fn::Equals": lambda pair: self.resolved(pair[0]) == self.resolved(pair[1]),
            "Fn::Not": lambda one: not self.resolved(one[0]),
        }

    def _ref(self, name: str) -> Any:
        return {**_PSEUDO, **self.parameters}.get(name, name)


def stack(**given: Any) -> Stack:
    """A stack with these parameters; the others have values that serve."""
    template, mistakes = decode(str(FILE))
    assert template is not None, mistakes
    defaults = {name: item["Default"] for name, item in template["Parameters"].items() if "Default" in item}
    parameters = {**defaults, **GIVEN, **given}
    assert parameters.keys() == template["Parameters"].keys()
    return Stack(parameters, template["Conditions"], template["Resources"])
