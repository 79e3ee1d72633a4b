"""Outcomes: how predictions and scores relate to the truth, counted by the database."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ...errors import DataError
from ..outcomes import task_of
from ..profile import Outcomes
from ..ranks import CALIBRATION_BINS
from ..values import FEW_VALUES, MANY_VALUES, UNKNOWN, label, sort_key
from .labelled import is_known, is_label
from .number import exact, finite, rows_where
from .rows import Rows
from .types import NUMBERS

_MOST_CELLS = 1_000_000
_TINY = sys.float_info.epsilon
_TEN = float(CALIBRATION_BINS)

Calibration = tuple[tuple[int, float, int], ...]


def outcomes(rows: Rows, roles: Mapping[str, str]) -> Outcomes | None:
    """Outcomes of the rows as `data/outcomes.py` has them; None without truth or prediction.

    Raises:
        DataError: the score is no number, or there are too many labels to tell apart.
    """
    names = {role: name for name, role in roles.items()}
    target, prediction = names.get("target"), names.get("prediction")
    if target is None or prediction is None:
        return None
    table = rows.table
    different = {name: int(many) for name, many in rows.one({name: table[name].nunique() for name in (target, prediction)}).items()}
    if rows.kinds[target] in NUMBERS and rows.kinds[prediction] in NUMBERS and different[target] > FEW_VALUES:
        return _regression(rows, target, prediction)
    for side, name in (("target", target), ("prediction", prediction)):
        if different[name] > MANY_VALUES:
            raise DataError(f"the {side} has {different[name]} different labels; expected at most {MANY_VALUES}")
    return _classification(rows, target, prediction, names.get("score"))


def _regression(rows: Rows, target: str, prediction: str) -> Outcomes:
    truth, guess = (rows.table[name].cast("float64") for name in (target, prediction))
    known, answered = (finite(side).fill_null(False) for side in (truth, guess))
    table = rows.table.select(truth=_where(known & answered, truth), error=_where(known & answered, truth - guess),
                              unanswered=(known & ~answered).ifelse(1, 0))
    told = rows.one({"n": rows_where(table.truth.notnull()), "unanswered": table.unanswered.sum(), "mean": table.truth.mean()}, table)
    n, unanswered = int(told["n"]), int(told["unanswered"])
    if not n:
        return Outcomes("regression", 0, unanswered=unanswered)
    rough = float(told["mean"])
    error, away, size, least = table.error, table.truth - exact(rough), table.truth.abs(), exact(_TINY)
    sums = rows.one({
        "squared": (error * error).sum(), "absolute": error.abs().sum(), "away": away.sum(), "variation": (away * away).sum(),
        "relative": (error.abs() / (size > least).ifelse(size, least)).sum(),
    }, table)
    away_total = float(sums.pop("away"))
    facts = {name: float(value) for name, value in sums.items()} | {"mean": rough + away_total / n}
    facts["variation"] = max(0.0, facts["variation"] - away_total * away_total / n)
    return Outcomes("regression", n, facts=facts, unanswered=unanswered)


def _where(condition: Any, value: Any) -> Any:
    import ibis

    return condition.ifelse(value, ibis.null("float64"))


def _classification(rows: Rows, target: str, prediction: str, score: str | None) -> Outcomes:
    table = rows.table
    found = rows.many(table.group_by(truth=table[target], guess=table[prediction]).aggregate(n=table.count()), _MOST_CELLS)
    counts: dict[tuple[str, str], int] = {}
    for truth, guess, n in found:
        cell = (label(truth), label(guess))
        counts[cell] = counts.get(cell, 0) + int(n)
    order = sorted(counts, key=lambda cell: (sort_key(cell[0]), sort_key(cell[1])))
    confusion = tuple((truth, guess, counts[truth, guess]) for truth, guess in order if UNKNOWN not in (truth, guess))
    unanswered = sum(n for (truth, guess), n in counts.items() if guess == UNKNOWN != truth)
    task, named, positive = task_of(confusion)
    facts: dict[str, float] = {}
    calibration: Calibration = ()
    if score is not None and task == "binary":
        if rows.kinds[score] not in NUMBERS:
            raise DataError(f"the score cannot be read: values of type {rows.kinds[score]} are no numbers")
        facts, calibration = _scored(rows, target, score, positive)
    return Outcomes(task, sum(n for _, _, n in confusion), named, positive, confusion, facts, calibration, unanswered)


def _scored(rows: Rows, target: str, score: str, positive: str) -> tuple[dict[str, float], Calibration]:
    """Ranks, log-likelihood, squared error and calibration over the rows with a truth, all of which must have a score."""
    known = is_known(rows, target).fill_null(False)
    value, hit = rows.table[score].cast("float64"), is_label(rows, target, positive).fill_null(False)
    kept = _where(known & finite(value).fill_null(False), value)
    table = rows.table.select(known=known.ifelse(1, 0), score=kept, good=hit.ifelse(1, 0), bad=hit.ifelse(0, 1))
    there = table.score.notnull()
    told = rows.one({"known": table.known.sum(), "there": rows_where(there), "positives": rows_where(there & (table.good == 1)),
                     "low": table.score.min(), "high": table.score.max()}, table)
    n, positives = int(told["there"]), int(told["positives"])
    if int(told["known"]) > n:
        return {"unscored": float(int(told["known"]) - n)}, ()
    facts = {"scored": float(n), "positives": float(positives)}
    if positives in (0, n):
        return facts, ()
    facts |= _ranks(rows, table, positives, n - positives)
    if not (float(told["low"]) >= 0 and float(told["high"]) <= 1):
        return facts, ()
    sums, calibration = _probabilities(rows, table)
    return facts | sums, calibration


def _ranks(rows: Rows, table: Any, positives: int, others: int) -> dict[str, float]:
    """Area under the curve (Mann-Whitney with half ties) and KS, in whole numbers over each different score; average precision."""
    import ibis

    scored = table.filter(table.score.notnull())
    by_score = scored.group_by("score").aggregate(good=scored.good.sum(), bad=scored.bad.sum())
    so_far = ibis.cumulative_window(order_by=by_score.score)
    ranked = by_score.mutate(goods=by_score.good.sum().over(so_far), bads=by_score.bad.sum().over(so_far))
    gap = (ranked.goods * others - ranked.bads * positives).abs()
    twice = ranked.good * ((ranked.bads - ranked.bad) * 2 + ranked.bad)
    found = ranked.good - ranked.goods + positives  # with this score or a higher one
    precise = ranked.good * found.cast("float64") / (found + ranked.bad - ranked.bads + others)
    ((total, widest, sure),) = rows.many(ranked.aggregate(twice=twice.sum(), gap=gap.max(), precise=precise.sum()))
    return {"auc": int(total) / (2 * positives * others), "ks": int(widest) / (positives * others), "average_precision": float(sure) / positives}


def _probabilities(rows: Rows, table: Any) -> tuple[dict[str, float], Calibration]:
    score, good = table.score, table.good == 1
    sure = good.ifelse(score, exact(1.0) - score)
    sure = (sure < exact(_TINY)).ifelse(exact(_TINY), sure)
    sure = (sure > exact(1 - _TINY)).ifelse(exact(1 - _TINY), sure)
    error, tenth = score - table.good.cast("float64"), score * exact(_TEN)
    asked: dict[tuple[str, int], Any] = {("log_likelihood", 0): (-sure.ln()).sum(), ("squared", 0): (error * error).sum()}
    for place in range(CALIBRATION_BINS):
        inside = tenth >= exact(float(place))
        if place + 1 < CALIBRATION_BINS:
            inside &= tenth < exact(float(place + 1))
        asked |= {("n", place): rows_where(inside), ("sum", place): _where(inside, score).sum(), ("hits", place): rows_where(inside & good)}
    told = rows.one(asked, table)
    sums = {name: float(told[name, 0]) for name in ("log_likelihood", "squared")}
    return sums, tuple((int(told["n", place]), float(told["sum", place] or 0), int(told["hits", place])) for place in range(CALIBRATION_BINS))
