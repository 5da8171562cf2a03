"""`reconciler.toml` and `RECONCILER_*`: the operator's own settings, checked before anything starts.

Each setting has one environment variable, its section and name in capitals: `RECONCILER_SOURCE_PATH`,
`RECONCILER_LOOP_SWEEP`. The environment wins over the file.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from reconciler.duration import seconds

Location = tuple[str, ...]
"""Where a setting is: its name, after that of its section if it is in one."""

LEAST_TTL = 15
"""The shortest lease, in seconds: two thirds of it are left when it is renewed, and that must do for a write."""

_LAST_PORT = 65535
LEAST_SECRET = 16  # characters
_PREFIX = "RECONCILER_"
_OWNER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_ROLE = re.compile(r"(arn:aws[a-z-]*:iam::[0-9]{12}:role/)?([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", re.ASCII)
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_RULES = {  # in our own words, by pydantic's type of mistake
    "value_error": "{error}",
    "literal_error": "it must be {expected}",
    "greater_than": "it must be more than {gt:g}",
    "greater_than_equal": "it must be at least {ge:g}",
    "less_than_equal": "it must be at most {le:g}",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "string_type": "it must be a text",
    "path_type": "it must be a text",
    "model_type": "it is a section: write [{name}], and its settings below",
}
_KEY = re.compile(r"\s*([\w.\"' -]+?)\s*=")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. No host, as in `:9090`, means every IPv4 interface; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @classmethod
    def of(cls, written: object) -> Self:
        """Read `HOST:PORT`. Raises `ValueError` that says how to write one."""
        host, colon, port = str(written).rpartition(":")
        if not colon or not (port.isascii() and port.isdigit()) or int(port) > _LAST_PORT:
            raise ValueError("write HOST:PORT, as in 127.0.0.1:9090")
        return cls(host.strip("[]") or "0.0.0.0", int(port))  # noqa: S104 - what a missing host means


def _interval(written: object) -> int:
    """A duration that something is repeated at or measured by: never 0."""
    if length := seconds(written):
        return length
    raise ValueError("it must be at least 1s")


def _ttl(written: object) -> int:
    """A lease's length: below this, hardly any of it would be left for a write to begin in."""
    if (length := _interval(written)) >= LEAST_TTL:
        return length
    raise ValueError(f"it must be at least {LEAST_TTL}s: for most of a shorter lease no write could begin")


def _owner(written: object) -> str:
    if isinstance(written, str) and _OWNER.fullmatch(written):
        return written
    raise ValueError("write a name of at most 64 letters, digits and . _ -")


def _commit(written: object) -> str:
    if isinstance(written, str) and _COMMIT.fullmatch(written):
        return written
    raise ValueError("write a commit, by at least 7 of its digits")


def _role(written: object) -> str:
    if isinstance(written, str) and _ROLE.fullmatch(written):
        return written
    raise ValueError("write the name of an IAM role, or its ARN")


def _secret(written: SecretStr) -> SecretStr:
    if len(written.get_secret_value()) >= LEAST_SECRET:
        return written
    raise ValueError(f"it must have at least {LEAST_SECRET} characters")


Interval = Annotated[int, BeforeValidator(_interval)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Section):
    """Where desired state comes from: a directory, or a path in a branch of a git remote."""

    path: str = Field("desired", description="Directory, or path inside the repository.")
    git: str | None = Field(None, description="URL of a git remote; a local directory is read when left out.")
    branch: str = "main"
    poll: Interval = Field(15, description="How often the remote is asked for news.")
    cache: Path = Field(Path("~/.cache/reconciler"), description="Where the bare mirror is kept.")
    signers: Path | None = Field(None, description="ssh's file of those who must have signed each commit.")
    signed_since: Annotated[str, BeforeValidator(_commit)] | None = Field(
        None, description="The last commit that needs no signature; all need one when left out."
    )

    @model_validator(mode="after")
    def _signatures_are_asked_of_git(self) -> Self:
        """A signature that is asked for and not looked at would be worse than none."""
        if self.signed_since and not self.signers:
            raise ValueError("signed_since says of which commits signers must have signed: set signers, too")
        if self.signers and not self.git:
            raise ValueError("signers sign commits, and a directory has none: set git, or remove signers")
        return self


class LoopSettings(_Section):
    """How often and how wide the loop works."""

    sweep: Interval = Field(60, description="How often everything is read and compared.")
    workers: int = Field(8, ge=1, le=64, description="Services worked on side by side.")
    ready_within: Interval = Field(300, description="How old the last good pass may be before /readyz says no.")


class LeaseSettings(_Section):
    """Which of several replicas leads. Without a table there is one, which always does."""

    table: str | None = Field(None, description="DynamoDB table that holds the lease; there is one replica without.")
    region: str | None = Field(None, description="Region of the table; the environment's when left out.")
    ttl: Annotated[int, BeforeValidator(_ttl)] = Field(
        30, description="How long a lease holds, and so how long a leader that died stands in the way."
    )


class BrakeSettings(_Section):
    """How much one revision may do before a person has confirmed it, in percent of the services."""

    changes: int = Field(50, ge=0, le=100, description="Of the services that git has; five may always be changed.")
    prunes: int = Field(30, ge=0, le=100, description="Of the services that exist; one may always be removed.")


class HttpSettings(_Section):
    """Where metrics, health and status are served."""

    listen: Annotated[Address, BeforeValidator(Address.of)] = Field(
        Address("127.0.0.1", 9464), description="host:port; port 0 takes any free one."
    )


class WebhookSettings(_Section):
    """Who may tell of a push, at /webhook. Nobody, unless there is a secret."""

    secret: Annotated[SecretStr, AfterValidator(_secret)] | None = Field(
        None, description="What GitHub or GitLab was given as the secret."
    )
    secret_file: Path | None = Field(None, description="A file that holds it.")


class LogSettings(_Section):
    """What the log looks like."""

    format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal, else JSON.")
    level: Literal["debug", "info", "warning", "error"] = "info"


class SandboxSettings(_Section):
    """The embedded AWS."""

    speed: float = Field(1.0, gt=0, le=1000, description="How much faster than real time it runs.")
    scenario: Path | None = Field(None, description="A file that says how images behave.")


class Settings(_Section):
    """Everything there is to set."""

    owner: Annotated[str, BeforeValidator(_owner)] = Field(
        "reconciler", description="Name of this installation: the value of the owner tag on all that it makes."
    )
    service: str = Field(
        "reconciler", description="Name of the operator's own service, which it never touches, in whatever cluster."
    )
    role: Annotated[str, BeforeValidator(_role)] | None = Field(
        None, description="IAM role that the operator runs as, by name or ARN: no service may have it."
    )
    source: SourceSettings = SourceSettings()
    loop: LoopSettings = LoopSettings()
    lease: LeaseSettings = LeaseSettings()
    brakes: BrakeSettings = BrakeSettings()
    http: HttpSettings = HttpSettings()
    webhook: WebhookSettings = WebhookSettings()
    log: LogSettings = LogSettings()
    sandbox: SandboxSettings = SandboxSettings()


class SettingsError(Exception):
    """The settings can't be used: one line for each mistake, with where it is and what to do."""


def load(path: Path | None) -> Settings:
    """Read settings from a TOML file (`reconciler.toml` if there is one) and the environment.

    Raises `SettingsError`.
    """
    file = path or Path("reconciler.toml")
    try:
        text = file.read_text(encoding="utf-8") if path or file.exists() else ""
        given = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"{file}: can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    variables = {name: value for name, value in os.environ.items() if name.startswith(_PREFIX)}
    if unknown := variables.keys() - _LOCATIONS.keys():
        raise SettingsError("\n".join(map(_unknown_variable, sorted(unknown))))
    try:
        return Settings.model_validate(_overridden(given, variables))
    except ValidationError as error:
        raise SettingsError("\n".join(_mistakes(error, file, text, variables))) from error


def _locations() -> Iterator[Location]:
    for name, field in Settings.model_fields.items():
        section = type(field.default)
        yield from ((name, key) for key in section.model_fields) if issubclass(section, _Section) else [(name,)]


_LOCATIONS: Mapping[str, Location] = {_PREFIX + "_".join(location).upper(): location for location in _locations()}


def _overridden(given: Mapping[str, Any], variables: Mapping[str, str]) -> Mapping[str, Any]:
    """What the file says, with what the environment says instead. What is no section stays, to be told as a mistake."""
    merged = dict(given)
    for variable, value in variables.items():
        *section, name = _LOCATIONS[variable]
        if not section:
            merged[name] = value
        elif isinstance(known := merged.get(section[0], {}), dict):
            merged[section[0]] = {**known, name: value}
    return merged


def _mistakes(error: ValidationError, file: Path, text: str, variables: Mapping[str, str]) -> Iterator[str]:
    for mistake in error.errors(include_url=False):
        location = tuple(map(str, mistake["loc"]))
        dotted = ".".join(location)
        variable = next((name for name in variables if _LOCATIONS[name] == location), "")
        place = variable or f"{file}{_line(text, location)}: {dotted}"
        if mistake["type"] == "extra_forbidden":
            yield f"{file}{_line(text, location)}: unknown setting `{dotted}`{_suggestion(location)}"
        else:
            words = {**mistake.get("ctx", {}), "name": location[-1]}
            yield f"{place}: {_RULES.get(mistake['type'], mistake['msg']).format(**words)}"


def _unknown_variable(name: str) -> str:
    near = difflib.get_close_matches(
        name.removeprefix(_PREFIX), (known.removeprefix(_PREFIX) for known in _LOCATIONS), n=1
    )
    advice = (
        f"did you mean {_PREFIX}{near[0]}?" if near else "it is RECONCILER_SECTION_NAME, as in RECONCILER_LOOP_SWEEP"
    )
    return f"{name}: no such setting; {advice}"


def _suggestion(unknown: Location) -> str:
    """What was probably meant: a name of the same section if there is one, else the same name in another."""
    known = {".".join(location) for location in _LOCATIONS.values()} | set(Settings.model_fields)
    near = difflib.get_close_matches(".".join(unknown), sorted(known), n=1) or _elsewhere(unknown[-1])
    return f"; did you mean `{near[0]}`?" if near else "; remove it"


def _elsewhere(name: str) -> list[str]:
    return [".".join(location) for location in _LOCATIONS.values() if location[-1] == name]


def _line(text: str, location: Location) -> str:
    """`:3`, the line of a TOML text that a setting or a section is on; nothing when it can't be told."""
    table: Location = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _names(header[1].split("."))
            if table == location:
                return f":{number}"
        elif (key := _KEY.match(line)) and _is_within((*table, *_names(key[1].split("."))), location):
            return f":{number}"
    return ""


def _is_within(one: Location, other: Location) -> bool:
    """Whether one of the two is the other, or holds it, as an inline table does."""
    return all(mine == its for mine, its in zip(one, other, strict=False))


def _names(parts: Iterable[str]) -> Location:
    return tuple(part.strip().strip("\"'") for part in parts)
