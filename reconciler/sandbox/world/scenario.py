"""What a sandbox is told to do other than work: which images misbehave and where room runs out."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from reconciler.sandbox.world.images import Behaviour


class ScenarioError(ValueError):
    """A scenario file that can't be used; the message names the file, the place and what is wrong."""


class Scenario(BaseModel):
    """The rules of one sandbox, as in a scenario file.

    images:
      "httpbin:1.3*": {crashes_after: 5, exit_code: 137}
    capacity:
      prod: 20
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: dict[str, Behaviour] = Field(
        default_factory=dict, description="What images do, by shell pattern; the first match holds."
    )
    capacity: dict[str, NonNegativeInt] = Field(
        default_factory=dict, description="The most tasks an ECS cluster has room for, by cluster name."
    )

    @classmethod
    def load(cls, path: Path) -> "Scenario":
        """Read a scenario file; raises `ScenarioError`."""
        try:
            return cls.model_validate(yaml.safe_load(path.read_text()) or {})
        except OSError as error:
            raise ScenarioError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ScenarioError(f"{path}: not UTF-8 text") from error
        except yaml.YAMLError as error:
            raise ScenarioError(f"{path}: not YAML: {error}") from error
        except ValidationError as error:
            raise ScenarioError("\n".join(_lines(path, error))) from error


def _lines(path: Path, error: ValidationError) -> list[str]:
    return [f"{path}: {'.'.join(map(str, detail['loc'])) or 'the file'}: {detail['msg']}" for detail in error.errors()]
