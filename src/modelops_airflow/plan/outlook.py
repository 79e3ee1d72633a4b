"""What a change costs and brings forward: task hours and people's waiting as the past has them, and what falls due by a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ..data.duration import after
from ..policy.asks import shortest
from ..policy.in_force import Library
from .types import Plan

REVIEW, APPROVALS = "the next review", "approvals of what is live"


@dataclass(frozen=True)
class Work:
    """What a run of a life cycle takes, as the median of its last runs.

    Attributes:
        task_hours: from the start of the run to its decision; None where no run is on record.
        waiting_hours: from its first gate to the last decision at one; None where nobody ever decided.
    """

    task_hours: float | None = None
    waiting_hours: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """JSON form."""
        return {"task_hours": self.task_hours, "waiting_hours": self.waiting_hours}


@dataclass(frozen=True)
class Past:
    """What the register knows of the past that counts for the time to come.

    Attributes:
        work: `model.life cycle` -> what a run of it takes.
        approved: model -> when it last went live or the last gate of its last review was approved, UTC.
        expires: model -> when the first approval of what is live ends, UTC.
    """

    work: Mapping[str, Work] = field(default_factory=dict)
    approved: Mapping[str, datetime] = field(default_factory=dict)
    expires: Mapping[str, datetime] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"work": {name: one.to_json() for name, one in self.work.items()},
                "approved": {name: at.isoformat() for name, at in self.approved.items()}, "expires": {name: at.isoformat() for name, at in self.expires.items()}}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Past:
        """Inverse of `to_json`."""
        return cls({name: Work(**one) for name, one in body["work"].items()},
                   *({name: datetime.fromisoformat(at) for name, at in body[key].items()} for key in ("approved", "expires")))


@dataclass(frozen=True)
class Due:
    """What falls due for a model.

    Attributes:
        what: the next review, or approvals of what is live, which then end.
        before: the day by the rules as they are; None where nobody asked it.
        after: the day by the rules as they would be; None where nobody asks it any more.
    """

    model: str
    what: str
    before: date | None
    after: date | None

    def told(self, day: date) -> str:
        """In words, for a reader of that day."""
        late = " and is overdue then" if self.after is not None and self.after < day else ""
        if self.before == self.after:
            return f"{self.what}: due {self.after}{late}"
        return f"{self.what}: due {self.before or 'at no time'} -> {self.after or 'at no time'}{late}"

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"what": self.what, "before": self.before.isoformat() if self.before else None, "after": self.after.isoformat() if self.after else None}


def review_period(plans: Iterable[Plan], library: Library) -> str | None:
    """The shortest time between reviews that policies in force ask of a model with these plans, and their controls of a review; None if none asks."""
    found = list[str | None]()
    for plan in plans:
        found += [rules.review for name in plan.policies for tier, rules in library.packs[name].spec.tiers.items() if tier == str(plan.model["tier"])]
        found += [control["every"]["period"] for pack in plan.packs.values() for control in pack["controls"].values()
                  if control["applies"] and "every" in control and "review" in control["at"]]
    return shortest(period for period in found if period is not None)


def falls_due(past: Past, before: Mapping[str, str | None], now: Mapping[str, str | None], today: date, day: date) -> list[Due]:
    """What the change moves, and what comes due after today and by the day that is asked about.

    Args:
        before, now: model -> time between its reviews, by the rules as they are and as they would be. A model that is new has none before.
    """
    found = []
    for model in sorted(now):
        reviewed, ends = past.approved.get(model), past.expires.get(model)
        if reviewed is not None:
            found.append(Due(model, REVIEW, _next(reviewed, before.get(model)), _next(reviewed, now[model])))
        if ends is not None:
            found.append(Due(model, APPROVALS, ends.date(), ends.date()))
    return [one for one in found if one.before != one.after or (one.after is not None and today < one.after <= day)]


def _next(last: datetime, every: str | None) -> date | None:
    return after(last, every).date() if every is not None else None
