"""What a change costs and brings forward, beside what it does: task hours, people's waiting, and what falls due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from .here import Here, of_register

if TYPE_CHECKING:
    from ..plan import Plan
    from ..plan.outlook import Due, Past, Work
    from ..spec.types import Governance
    from .impact import Consequence, Sides
    from .revision import Before

_DAY = 24.0


@dataclass(frozen=True)
class Outlook:
    """What is to come.

    Attributes:
        work: `model.life cycle` -> what a run of it took so far.
        due: what the change moves, and what comes due by the day that is asked about.
    """

    work: Mapping[str, Work]
    due: list[Due]
    day: date

    def of(self, one: Consequence) -> Work | None:
        """What a life cycle that has to run takes; None for one that has not."""
        from ..plan.outlook import Work

        return self.work.get(f"{one.impact.model}.{one.impact.lifecycle}", Work()) if must_run(one) else None

    def to_json(self) -> list[dict[str, Any]]:
        """An entry a model and thing, of the shape of a difference."""
        return [{"model": one.model, "lifecycle": None, "what": "falls due", "changes": [one.told(self.day)], "rating": None, "replay": None, "work": None,
                 "voids_approvals": False, "asks_approvals": False, "due": one.to_json()} for one in self.due]

    def sentence(self, found: list[Consequence]) -> str:
        """What has to run takes so long; empty where nothing has to."""
        asked = [one for one in found if must_run(one)]
        if not asked:
            return ""
        works = [work for one in asked if (work := self.of(one)) is not None]
        tasks = [one.task_hours for one in works if one.task_hours is not None]
        waits = [hours for one, work in zip(asked, works, strict=True) if one.impact.asks_approvals and (hours := work.waiting_hours) is not None]
        told = (f"about {_took(sum(tasks))} of tasks" + (f" ({len(tasks)} of {len(asked)} are known)" if len(tasks) < len(asked) else "")) if tasks else "an unknown time of tasks"
        people = f", and the longest wait for people {_took(max(waits))}" if waits else ", and nobody knows how long people take" if any(one.impact.asks_approvals for one in asked) else ""
        return f"{len(asked)} life cycle{'s have' if len(asked) != 1 else ' has'} to run: {told}{people}, as the last runs took"


def must_run(one: Consequence) -> bool:
    """Whether a life cycle runs again because of the change: only a run can tell, or people are asked anew."""
    return one.impact.what != "removed" and (one.impact.asks_approvals or one.impact.what == "added" or (one.replay is not None and (one.replay.fresh or one.replay.before is None)))


def outlook_of(past: Past, before: Before, after: list[Plan], governance: Governance, sides: Sides) -> Outlook:
    """The past against the rules as they are and as they would be."""
    from ..plan.outlook import falls_due

    day = sides.day or sides.today
    return Outlook(past.work, falls_due(past, _periods(before.plans, before.governance), _periods(after, governance), sides.today, day), day)


def past_of_register() -> Past:
    """What the register knows; nothing where there is none."""
    from ..plan.outlook import Past
    from ..steps.past import past_of

    def read(place: Here) -> Past:
        with place.register.read() as session:
            return past_of(session)

    return of_register(read, Past())


def _periods(plans: Iterable[Plan], governance: Governance) -> dict[str, str | None]:
    """Model -> the time between its reviews."""
    from ..plan.outlook import review_period
    from ..policy.in_force import library_of

    library, found = library_of(governance), defaultdict[str, list[Any]](list)
    for plan in plans:
        found[plan.model_id].append(plan)
    return {model: review_period(one, library) for model, one in found.items()}


def _took(hours: float) -> str:
    """A time as people say it."""
    if hours >= _DAY:
        return f"{hours / _DAY:.1f} days"
    return f"{hours:.1f} hours" if hours >= 1 else f"{max(1, round(hours * 60))} minutes"
