"""Target groups as a load balancer sees them: who is registered, who is watched, who is healthy."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.elbv2.models import elbv2_backends


@dataclass(frozen=True)
class Health:
    """The health of a target, in ELB's words."""

    state: str
    reason: str | None = None
    description: str | None = None


HEALTHY = Health("healthy")
INITIAL = Health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
UNUSED = Health("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
UNREGISTERED = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")
DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
SILENT = Health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
SICK = Health("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")


@dataclass(frozen=True)
class Checks:
    """How long good or bad answers must last to count."""

    rise: timedelta
    fall: timedelta
    grace: timedelta = timedelta(0)


@dataclass(frozen=True)
class Answers:
    """When something gives good answers: from `since`, if ever, until `until`."""

    since: datetime | None
    until: datetime | None = None

    @property
    def never(self) -> bool:
        """It is up, and yet no answer is good."""
        return self.since is not None and self.until is not None and self.until <= self.since


ALWAYS = Answers(datetime.min.replace(tzinfo=UTC))

Timeline = tuple[tuple[datetime, Health], ...]


def timeline(watched: datetime, answers: Answers, checks: Checks) -> Timeline:
    """The healths that something watched since then goes through, each with when it begins."""
    good = max(watched, answers.since) if answers.since is not None and not answers.never else None
    turns = [(watched, INITIAL)]
    patience = watched + checks.grace + checks.fall
    if good is None or good > patience:
        turns.append((patience, SICK if answers.never else SILENT))
    if good is not None:
        risen = good + checks.rise
        if answers.until is None or answers.until >= risen:
            turns.append((risen, HEALTHY))
        if answers.until is not None:
            turns.append((max(answers.until, watched) + checks.fall, SICK))
    return tuple(turns)


def at(turns: Timeline, now: datetime) -> Health:
    """The health at that time."""
    return next(health for begins, health in reversed(turns) if begins <= now)


def next_turn(turns: Timeline, now: datetime) -> datetime | None:
    """When the health changes next."""
    return next((begins for begins, _ in turns if begins > now), None)


@dataclass
class Target:
    """One address in a target group. `owner` is the ARN of the ECS service that registered it, if one did."""

    id: str
    port: int
    registered_at: datetime
    answers: Answers = ALWAYS
    owner: str | None = None
    task: str | None = None
    drained_at: datetime | None = None


@dataclass
class TargetGroups:
    """Every target of every group, and since when the groups have had a listener or rule forwarding to them."""

    _targets: dict[str, dict[tuple[str, int], Target]] = field(default_factory=dict)
    _watched: dict[str, datetime] = field(default_factory=dict)

    def register(self, group: str, target: Target) -> None:
        """Add a target, or bring a draining one back."""
        self._targets.setdefault(group, {})[target.id, target.port] = target

    def deregister(self, group: str, address: tuple[str, int], now: datetime) -> datetime:
        """Let a target's requests in flight end; returns when it is gone."""
        target = self._targets.get(group, {}).get(address)
        if target is None:
            return now
        if target.drained_at is None:
            delay = _moto_group(group).attributes["deregistration_delay.timeout_seconds"]
            target.drained_at = now + timedelta(seconds=float(delay) if group in self._watched else 0)
        return target.drained_at

    def forget(self, group: str) -> None:
        """The group was deleted."""
        self._targets.pop(group, None)

    def targets(self, group: str, now: datetime) -> tuple[Target, ...]:
        """The targets of a group, draining ones included."""
        addresses = self._targets.get(group, {})
        for address in [key for key, each in addresses.items() if each.drained_at and each.drained_at <= now]:
            del addresses[address]
        return tuple(addresses.values())

    def health(self, group: str, target: Target, now: datetime) -> Health:
        """The health of a target."""
        if target.drained_at is not None:
            return DRAINING if now < target.drained_at else UNREGISTERED
        turns = self.timeline(group, target)
        return at(turns, now) if turns else UNUSED

    def timeline(self, group: str, target: Target) -> Timeline:
        """The healths the target goes through; empty while nothing forwards to its group."""
        watched = self._watched.get(group)
        if watched is None:
            return ()
        return timeline(max(watched, target.registered_at), target.answers, _checks(group))

    def watch(self, account: str, region: str, now: datetime) -> set[str]:
        """Look which groups are forwarded to, now that listeners or rules changed; returns those that differ."""
        forwarded = set(_forwarded(account, region))
        known = {group for group in self._watched if group.split(":")[3:5] == [region, account]}
        for group in known - forwarded:
            del self._watched[group]
        for group in forwarded - known:
            self._watched[group] = now
        return forwarded ^ known

    def owners(self, group: str) -> set[str]:
        """The ECS services with a target in the group."""
        return {each.owner for each in self._targets.get(group, {}).values() if each.owner}


def _checks(group: str) -> Checks:
    settings = _moto_group(group)
    interval = timedelta(seconds=float(settings.health_check_interval_seconds))
    return Checks(
        rise=interval * int(settings.healthy_threshold_count),
        fall=interval * int(settings.unhealthy_threshold_count),
    )


def _moto_group(arn: str) -> Any:
    region, account = arn.split(":")[3:5]
    return elbv2_backends[account][region].target_groups[arn]


def _forwarded(account: str, region: str) -> Iterator[str]:
    for balancer in elbv2_backends[account][region].load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                for action in rule.actions:
                    yield from _groups(action.data)


def _groups(action: dict[str, Any]) -> Iterator[str]:
    if "TargetGroupArn" in action:
        yield action["TargetGroupArn"]
    for group in action.get("ForwardConfig", {}).get("TargetGroups", ()):
        yield group["TargetGroupArn"]
