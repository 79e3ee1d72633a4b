"""The one number that stands for a result: the row that worries most, with its thresholds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_THRESHOLD = re.compile(r"(warn|fail)\s*(<=|>=|==|!=|<|>)\s*([-+0-9.eE]+)")
_WORRY = {"error": 4, "fail": 3, "pass": 1, "not_applicable": 0}

Judgement = Mapping[str, Any]


def worry(judgement: Judgement) -> int:
    """How much a judged row should worry a reader; larger is worse."""
    rank = _WORRY.get(judgement.get("verdict", ""), 0)
    return 2 if rank == 1 and judgement.get("warned") else rank


def worst(judgements: Sequence[Judgement]) -> Judgement | None:
    """The row that worries most; the first of equals, so the choice is stable."""
    return max(judgements, key=worry, default=None)


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
