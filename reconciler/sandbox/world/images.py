"""What the tasks of an image do: start quickly or slowly, crash, fall sick, or never come."""

from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field


class Behaviour(BaseModel):
    """How a task behaves over its life, in seconds of the sandbox's clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    starts_after: float = Field(default=3.0, ge=0, description="From placement to RUNNING.")
    answers_after: float = Field(default=0.0, ge=0, description="From RUNNING to the first good health check.")
    crashes_after: float | None = Field(
        default=None, ge=0, description="From start to exit; at 0 it exits before ECS has seen it run."
    )
    exit_code: int = Field(default=1, description="The exit code of a crash.")
    sick_after: float | None = Field(
        default=None, ge=0, description="From the first good health check to the last one; at 0 none is good."
    )
    missing: bool = Field(default=False, description="The image can't be pulled.")


WELL = Behaviour()

BY_TAG = {
    "crash": Behaviour(crashes_after=0),
    "sick": Behaviour(sick_after=0),
    "slow": Behaviour(starts_after=30, answers_after=60),
    "missing": Behaviour(missing=True),
}
"""What a word in an image's tag makes of it: `httpbin:1.3-crash` crashes."""


def behaviour_of(image: str, scenario: dict[str, Behaviour]) -> Behaviour:
    """What the scenario says of the image, with or without its registry; or else what its tag says."""
    name = image.rsplit("/", 1)[-1]
    for pattern, behaviour in scenario.items():
        if fnmatchcase(image, pattern) or fnmatchcase(name, pattern):
            return behaviour
    tag = name.partition(":")[2]
    return next((behaviour for word, behaviour in BY_TAG.items() if word in tag), WELL)
