"""The cadence of a review: as often as the strictest policy in force asks, on a night that the model's id chooses. Pure.

A schedule is a cron text, so it is a number of months that divides the year, or days. The nights are spread over the whole period by a
hash of the id: many models are not reviewed in one night, and the same file gives the same schedule in any process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from ..data.duration import after
from ..digest import digest_bytes
from ..policy.asks import shortest
from ..policy.resolve import period_of
from .draft import Draft
from .kinds_of_step import phase_of
from .schedule import gaps, schedule_problem

YEAR = "P1Y"
"""Where no policy says how often."""
_MONTHS = (12, 6, 4, 3, 2, 1)
_NIGHTS = 28
"""Days that every month has."""
_HOURS = 6
"""Of a night, UTC."""
_SOME_DAY = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cadence:
    """How often something is asked again.

    Attributes:
        by: pack and tier, or pack and control; empty where nobody asks.
    """

    period: str
    by: str = ""


def cadence(draft: Draft) -> str | None:
    """The schedule of a review that writes none; None for a life cycle that is no review on a schedule."""
    return spread(strictest(draft).period, draft.model.canonical["model"]["id"]) if reviews(draft) else None


def reviews(draft: Draft) -> bool:
    """Whether it is a review that starts by itself."""
    return draft.scheduled and draft.stage == "review"


def strictest(draft: Draft) -> Cadence:
    """The shortest period that a policy in force asks of the model's tier, or a control of a review, and who asks it."""
    tier, found = str(draft.model.spec.model.tier), list[Cadence]()
    for pack in draft.packs:
        if pack.in_force:
            found += [Cadence(rules.review, f"{pack.name}, tier {name}") for name, rules in pack.source.spec.tiers.items() if name == tier and rules.review]
        for control in pack.applying():
            if "review" in control.at and (period := period_of(control, tier)) is not None:
                found.append(Cadence(period, f"{pack.name} {control.id}"))
    least = shortest(one.period for one in found)
    return next((one for one in found if one.period == least), Cadence(YEAR))


def spread(period: str, model_id: str) -> str:
    """The rarest schedule of which no two starts are further apart than a period, on the nights of a model."""
    number = int(digest_bytes(model_id.encode()).removeprefix("sha256:"), 16)
    number, minute = divmod(number, 60)
    number, hour = divmod(number, _HOURS)
    number, day = divmod(number, _NIGHTS)
    months = _months(period)
    if months is not None:
        named = "*" if months == 1 else ",".join(str(month) for month in range(number % months + 1, 13, months))
        return f"{minute} {hour} {day + 1} {named} *"
    often = after(_SOME_DAY, period) - _SOME_DAY
    if often >= timedelta(days=7):
        return f"{minute} {hour} * * {number % 7}"
    return f"{minute} {hour} * * *" if often >= timedelta(days=1) else f"{minute} * * * *"


@cache
def _months(period: str) -> int | None:
    """The most months between two starts that are never more than a period; None where even one month is."""
    starts = [datetime(year, month, day, tzinfo=UTC) for year in range(2023, 2028) for month in range(1, 13) for day in (1, _NIGHTS)]
    return next((months for months in _MONTHS if all(after(one, f"P{months}M") <= after(one, period) for one in starts)), None)


def rarest(schedule: str, period: str) -> tuple[datetime, datetime] | None:
    """Two starts in a row that are further apart than a period; None where no two are."""
    return next(((one, other) for one, other in gaps(schedule) if other > after(one, period)), None)


def lint_reviewers(draft: Draft) -> None:
    """Note a review that a policy in force asks for, of which only the owner says something: it would count for nothing."""
    asked = strictest(draft) if reviews(draft) else Cadence(YEAR)
    gates = (step.options.get("roles") for step in draft.steps if phase_of(step.uses) == "gate")
    if asked.by and not any(role != "owner" for roles in gates if isinstance(roles, dict) for role in roles):
        draft.problem((*draft.root, "remove") if draft.use.remove else draft.root, "PLAN039",
                      f"{asked.by} asks for a review, and nobody of the control side decides in this one",
                      next_step="leave the gate `opinion` in, or add an approval of the control side")


def lint_cadence(draft: Draft) -> None:
    """Note a written schedule that reviews the model later than a policy in force asks."""
    written = draft.use.schedule
    if written is None or not reviews(draft) or schedule_problem(written):
        return
    asked = strictest(draft)
    apart = None if written == "@once" else rarest(written, asked.period)
    if not asked.by or (apart is None and written != "@once"):
        return
    found = f"{apart[0]:%Y-%m-%d} and then {apart[1]:%Y-%m-%d}" if apart is not None else "one review, and no other"
    draft.problem((*draft.root, "schedule"), "PLAN034", f"{asked.by} asks for a review within {asked.period}, and schedule {written!r} is rarer",
                  expected=f"at most {asked.period} between two reviews", found=found,
                  next_step="leave `schedule` out; the policies in force then say how often")
