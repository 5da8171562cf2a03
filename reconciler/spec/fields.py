"""The vocabulary of the models: kinds of values, each with the rule that a person is told when it is broken."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
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

    def _check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
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

ContainerName = Annotated[str, Matches("[A-Za-z0-9_-]{1,255}", "a container's name: letters, digits, `_` and `-`")]
Image = Annotated[
    str,
    Matches(
        r"[a-z0-9][A-Za-z0-9._/:-]*(@sha256:[0-9a-f]{64})?",
        "an image such as nginx:1.27, REGISTRY/NAME or NAME@sha256:DIGEST",
    ),
]
Version = Annotated[
    str,
    Matches(
        "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
        "an image tag: at most 128 letters, digits, `_`, `.` and `-`, starting with a letter, digit or `_`",
    ),
    WithJsonSchema({"type": ["string", "number"], "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"}),
]
"""An image tag, as OCI defines it."""

SecretName = Annotated[
    str,
    Matches(
        r"([^{}\s]|\{cluster\}|\{service\})+",
        "a name or ARN, in which only {cluster} and {service} may stand in braces",
    ),
]
TagValue = Annotated[
    str,
    Matches(
        r"[\w .:/=+@-]{1,256}",
        "text that AWS takes as a tag: at most 256 letters, digits, spaces and _ . : / = + - @ (a channel without #)",
    ),
]
Region = Annotated[str, Matches("[a-z]{2}(-[a-z]+)+-[0-9]", "an AWS region such as us-east-1")]
Account = Annotated[str, Matches("[0-9]{12}", "an AWS account id of 12 digits")]
RoleArn = Annotated[
    str, Matches(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+", "the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME")
]
HttpPath = Annotated[str, StringConstraints(max_length=1024), Matches(r"/\S*", "a path that starts with /")]
StatusCodes = Annotated[str, Matches("[0-9]{3}([,-][0-9]{3})*", "status codes, as text: 200, 200-299 or 200,301")]
