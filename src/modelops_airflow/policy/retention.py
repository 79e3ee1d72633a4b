"""How long records are kept, and why. Pure.

Every pack that ever applied to a model promised something, and what was promised stays promised: of all promises the one that ends
last counts, also when its pack was dropped since. What is not known keeps: a promise whose moment has not come has no end yet, and a
record of which no pack speaks has none either. The end of retention makes a record due and deletes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..data.duration import after


class Kind(StrEnum):
    """What is kept of a model."""

    EVIDENCE = "evidence"
    ARTIFACT = "artifact"
    WORDS = "words"
    PREDICTIONS = "predictions"
    PACK = "pack"


@dataclass(frozen=True, order=True)
class Promise:
    """What one control of a pack asks of the records of a model that it applies to.

    Attributes:
        keep: ISO 8601 duration.
        since: record, last-use, retirement or placed-on-market.
        basis: law, supervisory, industry or project default.
    """

    pack: str
    control: str
    keep: str
    since: str
    basis: str

    @property
    def told(self) -> str:
        """In words."""
        return f"{self.pack} {self.control}: {self.keep} since {self.since} ({self.basis})"


@dataclass(frozen=True)
class Moments:
    """What promises count from; None where it has not come, or is not known.

    Attributes:
        record: when the record was made.
        last_use: when the model was last in use; None while it is.
        retirement: when its version was retired.
        placed_on_market: when the model last went live.
    """

    record: datetime
    last_use: datetime | None = None
    retirement: datetime | None = None
    placed_on_market: datetime | None = None

    def of(self, since: str) -> datetime | None:
        """The moment that a promise counts from; None too for a word that is not known here."""
        return {"record": self.record, "last-use": self.last_use, "retirement": self.retirement, "placed-on-market": self.placed_on_market}.get(since)


@dataclass(frozen=True)
class Kept:
    """Until when something is kept.

    Attributes:
        until: None: for now without an end.
        why: the promise that ends last, in words.
    """

    until: datetime | None
    why: str

    def ended(self, now: datetime) -> bool:
        """Whether it is due."""
        return self.until is not None and self.until <= now


NOBODY_SAYS = Kept(None, "no pack that applied says how long, so it is kept")


def promises_of(plan: Mapping[str, Any]) -> frozenset[Promise]:
    """What the packs of a plan (its JSON) promised."""
    return frozenset(
        Promise(name, control, one["retention"]["keep"], one["retention"]["since"], one["retention"]["basis"])
        for name, pack in (plan.get("packs") or {}).items() for control, one in pack["controls"].items() if one["applies"] and "retention" in one)


def end_of(promise: Promise, moments: Moments) -> datetime | None:
    """When a promise ends; None: not yet to be said."""
    begins = moments.of(promise.since)
    return None if begins is None else after(begins, promise.keep)


def kept_until(promises: Iterable[Promise], moments: Moments) -> Kept:
    """The promise that ends last; one without an end is later than all."""
    ends = [(end_of(one, moments), one) for one in sorted(promises)]
    if not ends:
        return NOBODY_SAYS
    open_ended = next((one for end, one in ends if end is None), None)
    if open_ended is not None:
        return Kept(None, f"{open_ended.told}, which has not come")
    end, one = max(ends, key=lambda row: (row[0] or moments.record, row[1]))
    return Kept(end, one.told)


def strictest(kept: Iterable[Kept]) -> Kept:
    """Of what several records of the same bytes ask the longest."""
    rows = list(kept)
    without_end = next((one for one in rows if one.until is None), None)
    return without_end or max(rows, key=lambda one: one.until.timestamp() if one.until else 0.0, default=NOBODY_SAYS)


def holding(promises: Iterable[Promise], moments: Moments, now: datetime) -> list[Promise]:
    """The promises that have not ended."""
    return [one for one in sorted(promises) if (end := end_of(one, moments)) is None or end > now]
