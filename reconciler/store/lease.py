"""The lease as values: what the table holds, what one process has seen of it, and what it does next. Pure.

Nobody compares clocks. A holder counts its time from just before it sent the write that succeeded; anybody else waits
until it has itself seen the item unchanged for a whole `ttl`, and only then replaces exactly that item. It can't have
seen the item before that was written, so its wait ends after the holder's time. Each write makes an item that never was
before, so a write that comes late or twice replaces nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.aws import CALL_SECONDS

MARGIN_SECONDS = 3
"""For what no timeout bounds: clocks that drift apart over a `ttl`, a thread that has to wait for its turn, a name
that is slow to resolve or the first of whose addresses is dead.
"""
NEEDED = timedelta(seconds=CALL_SECONDS + MARGIN_SECONDS)
"""How much of the lease must be left for a write to begin."""

OVER = "this process does not lead any more; whoever does goes on"

_LOOK_EVERY = timedelta(seconds=2)
_RETRY_AFTER = timedelta(seconds=1)
ONE_RETRY = timedelta(seconds=CALL_SECONDS) + _RETRY_AFTER + _LOOK_EVERY
"""By how much more than its `ttl` a takeover is late when a call times out on the way."""


@dataclass(frozen=True, slots=True)
class Item:
    """What the table holds: no `holder` once released. `epoch` grows by one at each takeover, `beat` at each write."""

    holder: str = ""
    epoch: int = 0
    beat: int = 0


@dataclass(frozen=True, slots=True)
class Put:
    """A write that takes effect only if the table still holds what it replaces: None when that is no item at all."""

    item: Item
    replaces: Item | None


@dataclass(frozen=True, slots=True)
class View:
    """What one process knows of the lease; every time is of its own clock.

    `item` is the last that was seen, `present` whether it is there, and `since` when it was first seen so. `certain` is
    false before the first look and after a write whose fate is unknown. `until` is the end of this process's own time.
    """

    me: str
    ttl: timedelta
    heard: datetime
    item: Item = Item()
    present: bool = False
    since: datetime | None = None
    certain: bool = False
    until: datetime | None = None
    trouble: str = ""

    @property
    def holds(self) -> bool:
        """Whether this process is the holder, as far as it knows. That is no proof that it leads."""
        return self.present and self.item.holder == self.me


def leads(view: View, now: datetime) -> bool:
    """Whether the last write that succeeded still holds."""
    return view.until is not None and now < view.until


def upcoming(view: View) -> tuple[datetime, Put | None]:
    """What to do next, and when: a write, or (None) a look."""
    if not view.certain or view.since is None:
        return view.heard + (_RETRY_AFTER if view.trouble else timedelta()), None
    if view.holds:
        return _renewal(view), _put(view, replace(view.item, beat=view.item.beat + 1))
    takeover = _put(view, Item(view.me, view.item.epoch + 1, view.item.beat + 1))
    if view.present and not view.item.holder:
        return view.heard, takeover
    unchanged, look = view.since + view.ttl, view.heard + _LOOK_EVERY
    return (unchanged, takeover) if unchanged <= look else (look, None)


def release(view: View) -> Put | None:
    """The write that lets another take over at once; None if there is nothing to let go of."""
    return _put(view, Item("", view.item.epoch, view.item.beat + 1)) if view.holds else None


def found(view: View, item: Item | None, now: datetime) -> View:
    """After a look; None when the table holds no item.

    An absent item counts as one that somebody may have removed under a leader: it is waited for like any other. What
    kept this process from writing stays told until it has written, or has seen another hold the lease.
    """
    seen = item or replace(view.item, holder="")
    same = view.since is not None and (seen, item is not None) == (view.item, view.present)
    after = replace(
        view,
        heard=now,
        item=seen,
        present=item is not None,
        since=view.since if same else now,
        certain=True,
        trouble=view.trouble if seen.holder in ("", view.me) else "",
    )
    return after if after.holds else replace(after, until=None)


def written(view: View, put: Put, sent: datetime, now: datetime) -> View:
    """After a write that succeeded, `sent` being just before it was."""
    until = sent + view.ttl if put.item.holder == view.me else None
    return replace(view, heard=now, item=put.item, present=True, since=now, certain=True, until=until, trouble="")


def outdated(view: View, now: datetime) -> View:
    """After a write that did not take effect: the table holds something else by now."""
    return replace(view, heard=now, certain=False, trouble="")


def unknown(view: View, trouble: str, now: datetime) -> View:
    """After a call that failed: if it was a write, it may have taken effect, now or later."""
    return replace(view, heard=now, certain=False, trouble=trouble)


def objection(view: View, now: datetime) -> str:
    """Why no write may begin at this moment; empty when one may (S16)."""
    if view.until is None or now >= view.until:
        return OVER
    left = view.until - now
    if left < NEEDED:
        return (
            f"the lease ends in {left.total_seconds():.0f} s and a write may take {NEEDED.total_seconds():.0f} s; "
            "it is tried again once the lease is renewed"
        )
    return ""


def _renewal(view: View) -> datetime:
    """A third of the way through the time that the last success gave; without one, at once."""
    return view.until - view.ttl * 2 / 3 if view.until else view.heard


def _put(view: View, item: Item) -> Put:
    return Put(item, view.item if view.present else None)
