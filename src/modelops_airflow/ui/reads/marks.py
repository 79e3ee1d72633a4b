"""The one number that stands for a result: the row that worries most, with its thresholds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...policy.condition import Condition

_THRESHOLD = re.compile(r"(warn|fail)\s*(<=|>=|==|!=|<|>)\s*([-+0-9.eE]+)")
WARNED = 2
_WORRY = {"error": 4, "fail": 3, "pass": 1, "not_applicable": 0}

Judgement = Mapping[str, Any]


def worry(judgement: Judgement) -> int:
    """How much a judged row should worry a reader; larger is worse."""
    rank = _WORRY.get(judgement.get("verdict", ""), 0)
    return WARNED if rank == 1 and judgement.get("warned") else rank


def nearness(judgement: Judgement) -> float:
    """How far a value is beyond its next threshold, as a share of it; negative on the good side.

    The next threshold of a green row is its warning, of any other row its failure. The condition says which
    side is bad; for `==` and `!=` the metric does.
    """
    value, levels = judgement.get("value"), {one["level"]: one for one in thresholds(judgement)}
    first, second = ("warn", "fail") if worry(judgement) < WARNED else ("fail", "warn")
    limit = levels.get(first) or levels.get(second)
    if value is None or limit is None:
        return -math.inf
    high = Condition(limit["op"], limit["value"]).high_is_bad
    if high is None:
        high = _high_is_bad(judgement["metric"])
    if high is None:
        return -abs(float(value) - float(limit["value"]))
    beyond = float(value) - limit["value"] if high else limit["value"] - float(value)
    return float(beyond / (abs(limit["value"]) or 1.0))


def badness(judgement: Judgement) -> tuple[int, float]:
    """For sorting: errors, failures, warnings, then what is nearest to its threshold."""
    return worry(judgement), nearness(judgement)


def worst(judgements: Sequence[Judgement]) -> Judgement | None:
    """The row that is worst; the first of equals, so the choice is stable."""
    return max(judgements, key=badness, default=None)


def worst_first(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """The rows as pages show them: the worst first, with thresholds, and with `worry` to sort several results by."""
    return [dict(one) | {"thresholds": thresholds(one), "worry": worry(one), "nearness": _finite(nearness(one))}
            for one in sorted(judgements, key=badness, reverse=True)]


def _high_is_bad(metric: str) -> bool | None:
    from ...checks.metrics import METRICS  # with every check, which a list of models seldom needs

    return METRICS[metric].high_is_bad if metric in METRICS else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def thresholds(judgement: Judgement) -> list[dict[str, Any]]:
    """`warn < 0.80, fail < 0.70` as levels that a plot can draw."""
    found = _THRESHOLD.findall(judgement.get("condition", ""))
    return [{"level": level, "op": op, "value": float(value)} for level, op, value in found]


def same_row(judgements: Sequence[Judgement], like: Judgement) -> Judgement | None:
    """The row of another run that measured the same thing."""
    for row in judgements:
        if row["metric"] == like["metric"] and row.get("where", {}) == like.get("where", {}):
            return row
    return None


def troubles(judgements: Sequence[Judgement]) -> list[str]:
    """Names of the requirements that fail or could not be judged."""
    bad = [row for row in judgements if row.get("verdict") in ("fail", "error")]
    return sorted({row["metric"] for row in bad})
