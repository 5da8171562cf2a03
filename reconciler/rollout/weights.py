"""Who gets the traffic: what the operator set, what it read back, and what somebody else made of it.

Three tags on the rule carry this across restarts: the weights last intended, when they were read back (`pending`
until then, `ahead` while the slot has yet to stand up), and how often somebody else changed them during which release.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler.kinds.listener_rule import FULL
from reconciler.model import Live, Resource, Slot, Value
from reconciler.spec.names import ALL_SLOTS

Split = Mapping[str, int]
"""Who gets how many percent of the traffic; a slot that is not named gets none."""

WEIGHTS = "reconciler:weights"
SHIFTED_AT = "reconciler:shifted-at"
FLIPS = "reconciler:flips"
MOST_FLIPS = 3
PENDING = "pending"
AHEAD = "ahead"
_FOREIGN = "foreign"
_NAME_OF_ONLY = "only"


@dataclass(frozen=True, slots=True)
class RuleView:
    """One listener rule: `intent` and `live` are weights by slot.

    `flips_are_old` when they were counted in another release, `ahead` when it leads to a slot that has yet to serve.
    `trial` are slots that get a share of the traffic to be watched with it: they don't serve while another one does.
    """

    rule: Live
    intent: Mapping[str, int]
    live: Mapping[str, int]
    shifted_at: datetime | None
    flips: int
    flips_are_old: bool
    ahead: bool
    trial: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, rule: Live, slot_of: Mapping[str, Slot], release: str, trial: frozenset[str] = frozenset()
    ) -> "RuleView":
        """Read a rule. Once stopped for another release, what is live counts as intended."""
        live = {slot_of.get(item["targetGroup"], _FOREIGN): int(item["weight"]) for item in rule.fields["Forward"]}
        count, _, during = rule.tags.get(FLIPS, "0@").partition("@")
        flips = int(count) if count.isdigit() else 0
        intent = _parse(rule.tags.get(WEIGHTS, "")) or live
        old = flips > 0 and during != release
        if old:
            intent, flips = (live if flips >= MOST_FLIPS else intent), 0
        shifted_at = rule.tags.get(SHIFTED_AT, "")
        return cls(rule, intent, live, moment(shifted_at), flips, old, shifted_at == AHEAD, trial)

    @property
    def serving(self) -> Slot | None:
        """The slot with the greatest weight: as intended, or as it is while a shift on record has not happened.

        None for a rule that was made ahead of the slot that it leads to.
        """
        if self.ahead:
            return None
        weights = self.intent if self.shifted_at or self.as_intended else self.live
        weighty = [slot for slot in ALL_SLOTS if weights.get(slot)]
        return max(weighty, key=lambda slot: (slot not in self.trial, weights[slot]), default=None)

    def share(self, slot: Slot) -> int:
        """Percent of the traffic that a slot has."""
        return FULL * self.live.get(slot, 0) // (sum(self.live.values()) or FULL)

    def is_meant(self, split: Split) -> bool:
        """Whether these are the weights that the operator last set."""
        return _positive(self.intent) == _positive(split)

    def is_split(self, split: Split) -> bool:
        """Whether the traffic was read back to be split so."""
        return self.is_meant(split) and self.as_intended and self.shifted_at is not None

    @property
    def as_intended(self) -> bool:
        """Whether live weights are what the operator left; a slot at 0 may be absent."""
        return _positive(self.live) == _positive(self.intent)

    @property
    def flipped(self) -> bool:
        """Whether somebody else changed weights that had been read back."""
        return self.shifted_at is not None and not self.as_intended


def _positive(weights: Mapping[str, int]) -> dict[str, int]:
    return {slot: weight for slot, weight in weights.items() if weight}


def text(weights: Mapping[str, int]) -> str:
    """Weights as people and tags read them: `blue=100 green=0`."""
    return " ".join(f"{slot or _NAME_OF_ONLY}={weight}" for slot, weight in sorted(weights.items()))


def _parse(tag: str) -> dict[str, int]:
    pairs = (item.partition("=") for item in tag.split())
    return {"" if slot == _NAME_OF_ONLY else slot: int(weight) for slot, _, weight in pairs if weight.isdigit()}


def moment(tag: str) -> datetime | None:
    """A time out of a tag; None when it holds none."""
    try:
        return datetime.fromisoformat(tag)
    except ValueError:
        return None


def stamp(now: datetime) -> str:
    """A time as tags hold it."""
    return now.astimezone(UTC).isoformat(timespec="seconds")


def solely(slot: Slot) -> Split:
    """All of the traffic to one slot."""
    return {slot: FULL}


def point(
    wanted: Resource, groups: Mapping[Slot, Value], split: Split, view: RuleView | None, now: datetime
) -> Resource:
    """The rule with its weights, and the tags that go with them.

    `groups` are the target groups (ARN or reference) of every slot that the rule should list. A change of weights
    is recorded as pending; weights that were read back as intended get the time.
    """
    weights: dict[str, int] = {slot: split.get(slot, 0) for slot in groups}
    forward = [{"targetGroup": group, "weight": weights[slot]} for slot, group in groups.items()]
    tags = {WEIGHTS: text(weights)}
    if view is None:
        tags[SHIFTED_AT] = stamp(now)  # nothing moved: the rule is made like this
    elif _positive(view.intent) != _positive(weights) or view.flipped:
        tags[SHIFTED_AT] = PENDING
    elif view.shifted_at is None and view.as_intended:
        tags[SHIFTED_AT] = stamp(now)
    return replace(wanted, fields={**wanted.fields, "Forward": forward}, tags={**wanted.tags, **tags})
