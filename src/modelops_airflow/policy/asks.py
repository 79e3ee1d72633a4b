"""What several rules ask together: the union of what is demanded, and of everything that is measured the strictest. Pure.

`merge` is commutative, associative and idempotent, and what it gives is never looser than either side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce

from ..data.duration import before
from ..spec.policy import TierRules
from .condition import Condition
from .merge import allowed_formats
from .resolve import PackStanding, period_of

_DAY = datetime(2024, 3, 1, tzinfo=UTC)
"""Stretches are compared by the calendar, back from one day."""


@dataclass(frozen=True)
class Asks:
    """What is asked of one model.

    Attributes:
        controls: pack and control.
        numbers: metric, `warn` or `fail`, and the condition; of one side of a metric only the strictest.
        approvals: role -> how many persons.
        retention: since when -> how long.
        period: the shortest after which something is due again.
        formats: kinds that could run code and are allowed; None where nobody speaks of them.
    """

    controls: frozenset[tuple[str, str]] = frozenset()
    steps: frozenset[str] = frozenset()
    keep: frozenset[tuple[str, str]] = frozenset()
    numbers: frozenset[tuple[str, str, Condition]] = frozenset()
    approvals: Mapping[str, int] = field(default_factory=dict)
    retention: Mapping[str, str] = field(default_factory=dict)
    period: str | None = None
    separation: frozenset[frozenset[str]] = frozenset()
    formats: frozenset[str] | None = None


NOTHING = Asks()


def merge(one: Asks, other: Asks) -> Asks:
    """What both ask together."""
    periods = [text for text in (one.period, other.period) if text is not None]
    return Asks(
        controls=one.controls | other.controls,
        steps=one.steps | other.steps,
        keep=one.keep | other.keep,
        numbers=strictest(one.numbers | other.numbers),
        approvals={role: max(one.approvals.get(role, 0), other.approvals.get(role, 0)) for role in one.approvals.keys() | other.approvals.keys()},
        retention={since: longest(one.retention.get(since), other.retention.get(since)) for since in one.retention.keys() | other.retention.keys()},
        period=shortest(periods),
        separation=one.separation | other.separation,
        formats=_formats(one.formats, other.formats),
    )


def merged(asks: Iterable[Asks]) -> Asks:
    """What all ask together."""
    return reduce(merge, asks, NOTHING)


def asks_of_tier(rules: TierRules) -> Asks:
    """What the rules of a tier ask of every model."""
    return Asks(
        steps=frozenset(rules.steps), keep=frozenset((kind, option) for kind, options in rules.keep.items() for option in options),
        numbers=strictest((metric, level, Condition.parse(text)) for metric, rule in rules.numbers.items()
                          for level, text in (("warn", rule.warn), ("fail", rule.fail)) if text is not None),
        approvals=dict(rules.approvals), period=rules.review,
        formats=None if rules.formats is None else frozenset(rules.formats),
    )


def asks_of_pack(pack: PackStanding, tier: str) -> Asks:
    """What the controls of a pack that apply ask."""
    found = [
        Asks(
            controls=frozenset({(pack.name, control.id)}), steps=frozenset(control.steps),
            keep=frozenset((kind, option) for kind, options in control.keep.items() for option in options),
            numbers=strictest((metric, level, Condition.parse(text)) for metric, number in control.numbers.items()
                              for level, text in (("warn", number.warn), ("fail", number.fail)) if text is not None),
            approvals=dict(control.approvals.roles) if control.approvals is not None else {},
            retention={kept.since: kept.keep} if (kept := pack.retention(control)) is not None else {},
            period=period_of(control, tier),
        )
        for control in pack.applying()
    ]
    apart = frozenset(frozenset(one.roles) for one in pack.source.spec.separation or ()) if pack.in_force else frozenset()
    return merged([*found, Asks(separation=apart)])


def strictest(numbers: Iterable[tuple[str, str, Condition]]) -> frozenset[tuple[str, str, Condition]]:
    """Numbers without those that another of the same metric, level and side covers; `==` and `!=` cover nothing but themselves."""
    kept: dict[tuple[object, ...], tuple[str, str, Condition]] = {}
    for metric, level, condition in numbers:
        side = condition.high_is_bad
        key = (metric, level, side) if side is not None else (metric, level, condition)
        there = kept.get(key)
        if there is None or condition.at_least_as_strict_as(there[2]):
            kept[key] = (metric, level, condition)
    return frozenset(kept.values())


def shortest(periods: Iterable[str]) -> str | None:
    """The shortest of some durations, by the calendar."""
    return min(periods, key=lambda text: (_DAY - before(_DAY, text), text), default=None)


def longest(*texts: str | None) -> str:
    """The longest of some durations, by the calendar; one is there."""
    return max((text for text in texts if text is not None), key=lambda text: (_DAY - before(_DAY, text), text))


def _formats(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    spoken = [TierRules(formats=tuple(formats)) for formats in (one, other) if formats is not None]
    return allowed_formats(spoken) if spoken else None
