"""Verdicts: what requirements say of a measurement.

Four values, and only `pass` is green. A required metric that is missing, not finite, or could not
be judged is an error, never a pass. Pure: values in, values out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..measurement import Measurement, Metric, Status, Verdict
from .condition import Condition

AFTER_THE_FIRST = frozenset({"champion"})
"""Checks that compare with what is in use, and do not apply only where the register never had any in that environment for that model id.
A requirement that blocked the first version would block every one (ADR 0023)."""


class Required(Protocol):
    """What a requirement must tell."""

    @property
    def metric(self) -> str: ...
    @property
    def warn(self) -> str | None: ...
    @property
    def fail(self) -> str | None: ...
    @property
    def where(self) -> Mapping[str, str]: ...
    @property
    def origin(self) -> str: ...
    @property
    def default(self) -> bool: ...


@dataclass(frozen=True)
class Judged:
    """One requirement applied to one row of a measurement."""

    metric: str
    where: Mapping[str, str]
    value: float | None
    verdict: Verdict
    warned: bool
    condition: str
    origin: str
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON form, stored with the result and shown on the pages."""
        return {
            "metric": self.metric, "where": dict(self.where), "value": self.value, "verdict": self.verdict.value,
            "warned": self.warned, "condition": self.condition, "origin": self.origin, "reason": self.reason,
        }

    def __str__(self) -> str:
        place = ", ".join(f"{key}={value}" for key, value in self.where.items())
        shown = "no value" if self.value is None else f"{self.value:.4g}"
        what = "warned" if self.warned and self.verdict is Verdict.PASS else self.verdict.value
        return f"{self.metric}{f'[{place}]' if place else ''} {shown}: {what}" + (
            f" ({self.reason or self.condition}; {self.origin})"
        )


@dataclass(frozen=True)
class Judgement:
    """The verdict of one step."""

    verdict: Verdict
    warned: bool = False
    rows: tuple[Judged, ...] = ()

    def reasons(self) -> list[str]:
        """One line for each row that is not plainly green."""
        return [str(row) for row in self.rows if row.warned or row.verdict in (Verdict.FAIL, Verdict.ERROR)]


def judge(requirements: Sequence[Required], measurement: Measurement) -> Judgement:
    """Apply requirements to a measurement.

    A default requirement (one that no model file wrote) on a metric that the check did not produce
    at all does not apply, for example `auc` of a regression. If then nothing is left to judge, the
    step is an error where something was required, and not applicable where nothing was. A check that does not
    apply cannot meet what a model file requires of it, so that is an error too, unless it is about the version in use
    and there never was one.
    """
    if measurement.status is Status.ERROR:
        return _whole(measurement, Verdict.ERROR)
    if measurement.status is Status.NOT_APPLICABLE:
        asked = measurement.check not in AFTER_THE_FIRST and any(not requirement.default for requirement in requirements)
        return _whole(measurement, Verdict.ERROR if asked else Verdict.NOT_APPLICABLE)
    rows = [row for requirement in requirements for row in _apply(requirement, measurement.metrics)]
    if not requirements:
        return Judgement(Verdict.NOT_APPLICABLE)
    verdict, warned = overall_of((row.verdict for row in rows), any(row.warned for row in rows))
    if verdict is Verdict.NOT_APPLICABLE:
        verdict = Verdict.ERROR
    return Judgement(verdict, warned, tuple(rows))


def judge_step(requirements: Sequence[Required], measurement: Measurement, required_by: Sequence[str]) -> Judgement:
    """Apply a step's requirements; a step that a policy requires must apply."""
    found = judge(requirements, measurement)
    if stands(found.verdict.value, required_by) == found.verdict.value:
        return found
    why = f"not applicable, and {required_by[0]} requires it"
    return Judgement(Verdict.ERROR, found.warned, (*found.rows, Judged(measurement.check, {}, None, Verdict.ERROR, False, "", "the policy", why)))


def stands(verdict: str | None, required_by: Sequence[str]) -> str | None:
    """What a step's verdict counts as in a decision: where a policy requires the step, not applicable is an error."""
    return Verdict.ERROR.value if verdict == Verdict.NOT_APPLICABLE.value and required_by else verdict


def overall(judgements: Iterable[Judgement]) -> tuple[Verdict, bool]:
    """The verdict over several steps, and whether anything was warned."""
    found = list(judgements)
    return overall_of((one.verdict for one in found), any(one.warned for one in found))


def overall_of(verdicts: Iterable[Verdict], warned: bool) -> tuple[Verdict, bool]:
    """Error beats fail beats pass; nothing at all is not applicable."""
    seen = set(verdicts)
    for verdict in (Verdict.ERROR, Verdict.FAIL, Verdict.PASS):
        if verdict in seen:
            return verdict, warned
    return Verdict.NOT_APPLICABLE, warned


def _whole(measurement: Measurement, verdict: Verdict) -> Judgement:
    note = measurement.notes[0] if measurement.notes else "no reason given"
    return Judgement(verdict, False, (Judged(measurement.check, {}, None, verdict, False, "", "the check itself", note),))


def _apply(requirement: Required, metrics: Sequence[Metric]) -> list[Judged]:
    named = [metric for metric in metrics if metric.name == requirement.metric]
    if not named and requirement.default:
        return [_row(requirement, None, Verdict.NOT_APPLICABLE, reason="the check does not produce it for this model")]
    chosen = [metric for metric in named if metric.judged and _within(metric, requirement.where)]
    if not chosen:
        return [_row(requirement, None, Verdict.ERROR, reason="there is no row to judge")]
    return [_judged(requirement, metric) for metric in chosen]


def _within(metric: Metric, where: Mapping[str, str]) -> bool:
    return all(metric.where.get(key) == value for key, value in where.items())


def _judged(requirement: Required, metric: Metric) -> Judged:
    if metric.value is None:
        return _row(requirement, metric, Verdict.ERROR, reason=metric.reason or "no value")
    if metric.error_bound is not None and not math.isfinite(metric.error_bound):
        return _row(requirement, metric, Verdict.ERROR, reason="its error bound is not a finite number")
    if requirement.fail and Condition.parse(requirement.fail).holds(metric.value):
        return _row(requirement, metric, Verdict.FAIL, reason=metric.reason or "")
    if requirement.fail and _near(Condition.parse(requirement.fail), metric):
        return _row(requirement, metric, Verdict.PASS, warned=True, reason="within its error bound of failing")
    warned = bool(requirement.warn and Condition.parse(requirement.warn).holds(metric.value))
    return _row(requirement, metric, Verdict.PASS, warned=warned)


def _near(condition: Condition, metric: Metric) -> bool:
    """Whether a binned value could be failing within its stated error bound."""
    if not metric.error_bound or metric.value is None:
        return False
    return condition.holds(metric.value + metric.error_bound) or condition.holds(metric.value - metric.error_bound)


def _row(
    requirement: Required, metric: Metric | None, verdict: Verdict, *, warned: bool = False, reason: str = ""
) -> Judged:
    condition = ", ".join(
        f"{word} {text}" for word, text in (("warn", requirement.warn), ("fail", requirement.fail)) if text
    )
    return Judged(
        metric=requirement.metric,
        where=dict(metric.where) if metric else dict(requirement.where),
        value=metric.value if metric else None,
        verdict=verdict,
        warned=warned,
        condition=condition,
        origin=requirement.origin,
        reason=reason,
    )
