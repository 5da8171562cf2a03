"""The vocabulary of the models: kinds of values, each with the rule that a person is told when it is broken."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_DURATION = re.compile(r"([0-9]{1,6})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Matches:
    """Text of a certain form; `rule` completes the sentence "must be …"."""

    pattern: str
    rule: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^{self.pattern}$"}

    def fits(self, text: str) -> bool:
        """Whether the text is of the form."""
        return re.fullmatch(self.pattern, text) is not None

    def _check(self, text: str) -> str:
        if not self.fits(text):
            raise PydanticCustomError("rule", "{rule}", {"rule": self.rule})
        return text


def _seconds(value: object) -> object:
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return int(match[1]) * _SECONDS[match[2]]
    raise PydanticCustomError("rule", "{rule}", {"rule": "a duration: 30s, 5m or 2h"})


Bool = Annotated[bool, Field(strict=True)]
Text = Annotated[str, StringConstraints(min_length=1)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Duration = Annotated[
    int, BeforeValidator(_seconds), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}(s|m|h)$"})
]
"""Seconds, written `30s`, `5m` or `2h`."""


def _positive(seconds: int) -> int:
    if seconds == 0:
        raise PydanticCustomError("rule", "{rule}", {"rule": "longer than nothing"})
    return seconds


PositiveDuration = Annotated[Duration, AfterValidator(_positive)]

DnsLabel = Annotated[
    str,
    Matches(
        "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "one DNS label: at most 63 lower-case letters, digits and hyphens, with no hyphen at either end",
    ),
]
Zone = Annotated[
    str,
    Matches(
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "a domain in lower case and without a final dot, such as prod.example",
    ),
]
EnvironmentName = Annotated[
    str,
    Matches(
        "[A-Za-z_][A-Za-z0-9_.-]{0,254}",
        "an environment variable's name: letters, digits, `_`, `.` and `-`, starting with a letter or `_`",
    ),
]
EnvironmentValue = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text; numbers and booleans are taken as they are written."""

CONTAINER_NAME = Matches("[A-Za-z0-9_-]{1,255}", "a container's name: letters, digits, `_` and `-`")
ContainerName = Annotated[str, CONTAINER_NAME]
_HOST = r"[a-z0-9.-]+(:[0-9]+)?"
_WORD = "[a-z0-9]+([._-]+[a-z0-9]+)*"
_REPOSITORY = f"({_HOST}/)?{_WORD}(/{_WORD})*"
_TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "@sha256:[0-9a-f]{64}"
Image = Annotated[
    str,
    Matches(
        f"{_REPOSITORY}(:{_TAG})?({_DIGEST})?",
        "an image such as nginx:1.27, REGISTRY/NAME or NAME@sha256:DIGEST",
    ),
]
PINNED = Matches(
    f"{_REPOSITORY}(:{_TAG}({_DIGEST})?|{_DIGEST})",
    "an image with its tag or digest, such as nginx:1.27 or NAME@sha256:DIGEST",
)
PinnedImage = Annotated[str, PINNED]
Registry = Annotated[
    str,
    Matches(f"{_HOST}(/{_WORD})*", "a registry, with a path or not, but without https:// and a final /"),
]
Version = Annotated[
    str,
    Matches(
        _TAG,
        "an image tag: at most 128 letters, digits, `_`, `.` and `-`, starting with a letter, digit or `_`",
    ),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": f"^{_TAG}$",
            "description": "Version in the cluster of this name; under `default`, in every cluster not named.",
        }
    ),
]
"""An image tag, as OCI defines it."""

_PARAMETER = r"([A-Za-z0-9_./-]|\{cluster\}|\{service\})+"
ParameterName = Annotated[
    str,
    Matches(
        f"(arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{{12}}:parameter/)?{_PARAMETER}",
        "a parameter's name or ARN: letters, digits, `_`, `.`, `-`, `/`, {cluster} and {service}",
    ),
]
SECRET_ARN = Matches(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}",
    "a secret's full ARN, with the six characters after its name that ECS needs "
    "(`aws secretsmanager describe-secret` prints it)",
)
SecretArn = Annotated[str, SECRET_ARN]
SecretKey = Annotated[str, Matches(r"[^:\s]+", "a key without spaces and colons, which ECS could not tell apart")]
TagValue = Annotated[
    str,
    Matches(
        r"[\w .:/=+@-]{1,256}",
        "text that AWS takes as a tag: at most 256 letters, digits, spaces and _ . : / = + - @ (a channel without #)",
    ),
]
Region = Annotated[str, Matches("[a-z]{2}(-[a-z]+)+-[0-9]", "an AWS region such as us-east-1")]
Account = Annotated[str, Matches("[0-9]{12}", "an AWS account id of 12 digits")]
_ROLE_STEP = "[A-Za-z0-9_+=,.@-]"
ROLE_ARN = Matches(
    f"arn:aws[a-z-]*:iam::[0-9]{{12}}:role/({_ROLE_STEP}+/)*{_ROLE_STEP}{{1,64}}",
    "the ARN of one role: arn:aws:iam::ACCOUNT:role/NAME",
)
"""What IAM reads as one role and no other, as it would not `*`, `?` and `${…}`."""
RoleArn = Annotated[str, ROLE_ARN]
_IN_ROLE = rf"({_ROLE_STEP}|\{{cluster\}}|\{{service\}})"
Role = Annotated[
    str,
    Matches(
        rf"(arn:aws[a-z-]*:iam::[0-9]{{12}}:role/)?({_IN_ROLE}+/)*{_IN_ROLE}{{1,64}}",
        "an IAM role's name (at most 64 letters, digits and _ + = , . @ -) or its ARN",
    ),
]
_IN_ROLE_PATTERN = rf"({_IN_ROLE}|\*)"
RolePattern = Annotated[
    str,
    Matches(
        rf"(arn:aws[a-z-]*:iam::[0-9]{{12}}:role/)?({_IN_ROLE_PATTERN}+/)*{_IN_ROLE_PATTERN}{{1,64}}",
        "an IAM role's name or ARN, in which `*` may stand for any text without a slash",
    ),
]
Capability = Annotated[str, Matches("[A-Z][A-Z_]*", "a Linux capability as ECS spells it, such as NET_ADMIN")]
HostPath = Annotated[str, Matches(r"/(?!.*(^|/)\.\.(/|$))\S*", "a path that starts with / and has no `..` in it")]
EcsCluster = Annotated[str, Matches("[A-Za-z0-9_-]{1,255}", "an ECS cluster's name: letters, digits, `_` and `-`")]
LoadBalancerName = Annotated[
    str,
    Matches(
        "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
        "a load balancer's name: at most 32 letters, digits and hyphens, with no hyphen at either end",
    ),
]
VpcId = Annotated[str, Matches("vpc-[0-9a-z]+", "the id of a VPC: vpc-…")]
SubnetId = Annotated[str, Matches("subnet-[0-9a-z]+", "the id of a subnet: subnet-…")]
SecurityGroupId = Annotated[str, Matches("sg-[0-9a-z]+", "the id of a security group, not its name: sg-…")]
HttpPath = Annotated[
    str, StringConstraints(max_length=1024), Matches("/[!-~]*", "a path that starts with /, in visible ASCII")
]


def _ascending(codes: str) -> str:
    for part in codes.split(","):
        first, _, last = part.partition("-")
        if last and first > last:
            raise PydanticCustomError("rule", "{rule}", {"rule": "ranges that go up, as 200-299 does"})
    return codes


StatusCodes = Annotated[
    str,
    Matches(
        "[2-4][0-9]{2}(-[2-4][0-9]{2})?(,[2-4][0-9]{2}(-[2-4][0-9]{2})?)*",
        "status codes from 200 to 499, as text: 200, 200-299 or 200,301",
    ),
    AfterValidator(_ascending),
]
