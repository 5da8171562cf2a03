"""What people write of how a new version takes over. Argo Rollouts' words where there are some."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from reconciler.model import Slot
from reconciler.spec.fields import Duration, PositiveDuration
from reconciler.spec.partial import CHOICE, Model

SLOTS: Mapping[str, tuple[Slot, ...]] = {
    "rolling": ("",),
    "blue-green": ("blue", "green"),
    "canary": ("blue", "green"),
}
"""The ECS services that a strategy takes: one, or one for each colour."""


class SetWeight(Model):
    """The new version gets a share of the traffic, once it has as many healthy tasks as that takes."""

    setWeight: Annotated[int, Field(strict=True, ge=1, le=99)] = Field(  # noqa: N815 - Argo's own word
        description="Percent of the traffic. All of it follows the last step."
    )


class Pausing(Model):
    """How long a pause lasts."""

    duration: PositiveDuration | None = Field(
        None, description="`5m`, say; until somebody says `reconciler promote` when left out."
    )


class Pause(Model):
    """The new version is watched with the share that it has."""

    pause: Pausing = Field(description="For a `duration`, or, `{}`, until it is promoted.")


def _kind(step: object) -> str | None:
    """Tag of a step's kind: it has one of the keys."""
    keys = set(step) if isinstance(step, Mapping) else set()
    kinds = keys & {"setWeight", "pause"}
    return f"{CHOICE}{kinds.pop()}" if len(kinds) == 1 else None


Step = Annotated[
    Annotated[SetWeight, Tag(f"{CHOICE}setWeight")] | Annotated[Pause, Tag(f"{CHOICE}pause")],
    Discriminator(
        _kind,
        custom_error_type="rule",
        custom_error_message="{rule}",
        custom_error_context={"rule": "a step: `setWeight: 20`, `pause: {duration: 5m}` or `pause: {}`"},
    ),
]

_FIVE_MINUTES = Pause.model_validate({"pause": {"duration": "5m"}})
_STEPS: tuple[Step, ...] = (SetWeight(setWeight=10), _FIVE_MINUTES, SetWeight(setWeight=50), _FIVE_MINUTES)


class Rollout(Model):
    """How a new version takes over."""

    strategy: Literal["rolling", "blue-green", "canary"] = Field(
        "rolling",
        description="`rolling`: ECS replaces tasks within one service. `blue-green`: a second service stands up at "
        "weight 0, is verified, then takes the traffic. `canary`: as blue-green, but the traffic moves step by step.",
    )
    steps: tuple[Step, ...] = Field(
        (),
        max_length=30,
        description="Of canary, in order: `setWeight: 20`, `pause: {duration: 5m}`, or `pause: {}` until it is "
        "promoted. When left out 10 % for 5 minutes, then 50 % for 5 minutes.",
    )
    minHealthy: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(  # noqa: N815 - as Argo writes its words
        50,
        description="Of blue-green and canary: percent of its tasks that must stay healthy while the new version has "
        "traffic, or it is taken back.",
    )
    bake: Duration = Field(
        300,
        description="Of blue-green and canary: how long the new colour is watched with all of the traffic.",
    )
    scaleDownDelay: Duration = Field(  # noqa: N815 - as Argo writes its words
        0,
        description="Of blue-green and canary: how much longer, after the bake, the old colour stands by, from where "
        "the way back is a change of weights.",
    )
    deadline: PositiveDuration = Field(
        900, description="How long a rollout, or a step of it, may take to become healthy before it has failed."
    )

    @property
    def way(self) -> tuple[SetWeight | Pause, ...]:
        """The steps between weight 0 and all of the traffic: none but in a canary."""
        return (self.steps or _STEPS) if self.strategy == "canary" else ()
