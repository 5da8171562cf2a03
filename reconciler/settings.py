"""`reconciler.toml` and `RECONCILER_*`: the operator's own settings, checked before anything starts.

Each setting has one environment variable, its section and name in capitals: `RECONCILER_SOURCE_PATH`,
`RECONCILER_LOOP_SWEEP`. The environment wins over the file.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from reconciler.duration import seconds

Seconds = Annotated[int, BeforeValidator(seconds)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Section):
    """Where desired state comes from: a directory, or a path in a branch of a git remote."""

    path: str = Field("desired", description="Directory, or path inside the repository.")
    git: str | None = Field(None, description="URL of a git remote; a local directory is read when left out.")
    branch: str = "main"
    poll: Seconds = Field(15, description="How often the remote is asked for news.")
    cache: Path = Field(Path("~/.cache/reconciler"), description="Where the bare mirror is kept.")


class LoopSettings(_Section):
    """How often and how wide the loop works."""

    sweep: Seconds = Field(60, description="How often everything is read and compared.")
    workers: int = Field(8, ge=1, le=64, description="Services worked on side by side.")
    ready_within: Seconds = Field(300, description="How old the last good pass may be before /readyz says no.")


class HttpSettings(_Section):
    """Where metrics, health and status are served."""

    listen: str = Field("127.0.0.1:9464", description="host:port; port 0 takes any free one.")


class LogSettings(_Section):
    """What the log looks like."""

    format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal, else JSON.")
    level: Literal["debug", "info", "warning", "error"] = "info"


class SandboxSettings(_Section):
    """The embedded AWS."""

    speed: float = Field(1.0, gt=0, le=1000, description="How much faster than real time it runs.")
    scenario: Path | None = Field(None, description="A file that says how images behave.")


class Settings(BaseSettings):
    """Everything there is to set."""

    model_config = SettingsConfigDict(
        env_prefix="RECONCILER_", env_nested_delimiter="_", env_nested_max_split=1, extra="forbid", frozen=True
    )

    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = Field(
        "reconciler", description="Name of this installation: the value of the owner tag on all that it makes."
    )
    service: str = Field(
        "reconciler", description="The operator's own service in desired/, which it never removes or scales down."
    )
    source: SourceSettings = SourceSettings()
    loop: LoopSettings = LoopSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    sandbox: SandboxSettings = SandboxSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file that `load` was given."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


class SettingsError(Exception):
    """The settings can't be used: says which, why, and where it came from."""


def load(path: Path | None) -> Settings:
    """Read settings from a TOML file (`reconciler.toml` if there is one) and the environment.

    Raises `SettingsError`.
    """
    chosen = path or Path("reconciler.toml")
    data: dict[str, object] = {}
    try:
        if path or chosen.exists():
            data = tomllib.loads(chosen.read_text(encoding="utf-8"))
        return Settings(**data)  # type: ignore[arg-type]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{chosen}: {error}") from error
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise SettingsError(f"{chosen} and RECONCILER_*: " + "; ".join(lines)) from error
