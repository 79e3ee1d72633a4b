"""Ranking: does the model put first what is relevant?

Measured query by query from the rows while the scan has them, so it is right also where the model is asked.
"""

from __future__ import annotations

import math

from ..data.profile import Profile, Profiles
from ..data.ranking import Queries
from ..data.score_counts import Ranking
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .change import BASELINE
from .check import check

MEASURES = ("ndcg", "map", "mrr", "precision_at_k", "recall_at_k")

METRICS = (*MEASURES, "answerable_share", *(f"{name}_change" for name in MEASURES))

_Z = 1.959963984540054
_LEAST_QUERIES = 2


@check("ranking", version=1, metrics=METRICS)
def ranking(profiles: Profiles, *, query: str = "", k: int = 10, relevant_from: float = 1.0) -> Measurement:
    """How high the relevant rows of each query stand in the order of the scores, averaged over queries.

    The target is the relevance (0 and 1, or graded), the score the model's; without a score the prediction.

    Args:
        query: column that says which query a row belongs to.
        k: rows at the top that ndcg, precision_at_k and recall_at_k look at (1 or more); map and mrr look at all.
        relevant_from: relevance from which on a row is relevant, for all measures but ndcg (above 0).

    Raises:
        CheckError: no query column, relevance or score, a relevance below 0, or no query with rows to order.

    Source: Järvelin and Kekäläinen 2002 for ndcg as scikit-learn's ndcg_score has it; Manning, Raghavan and Schütze
        2008 (chapter 8) for the others; rows of one score count by their expectation over all orders, after McSherry
        and Najork 2008.
    """
    if not query:
        raise CheckError("no query column is named; add with: {query: COLUMN}")
    key = Queries(query, k, relevant_from).key
    found = _ranking(profiles.current, key)
    if found.reason:
        raise CheckError(found.reason)
    rows = [_row(name, found) for name in MEASURES]
    if all(row.value is None for row in rows):
        raise CheckError("no query has rows of different relevance: no order is better than another")
    if profiles.baseline is not None:
        before = _ranking(profiles.baseline, key)
        rows += [_change(row, _row(row.name, before)) for row in rows]
    rows.append(Metric("answerable_share", found.sums["map"][0] / found.queries, n=found.queries))
    return Measurement.of("ranking", rows, notes=_notes(found, relevant_from))


def _ranking(profile: Profile, key: str) -> Ranking:
    if key not in profile.rankings:
        raise CheckError("the scan was not asked for this ranking; scan the data again")
    return profile.rankings[key]


def _row(name: str, found: Ranking) -> Metric:
    """A mean over queries, with the interval of a mean."""
    n, total, squares = found.sums.get(name, (0, 0.0, 0.0))
    if not n:
        return Metric(name, None, n=0, reason=found.reason or "no query has both relevant and other rows")
    mean = total / n
    if n < _LEAST_QUERIES:
        return Metric(name, mean, n=n)
    half = _Z * math.sqrt(max(0.0, squares - n * mean * mean) / (n - 1) / n)
    return Metric(name, mean, n=n, ci=(max(0.0, mean - half), min(1.0, mean + half)))


def _change(row: Metric, old: Metric) -> Metric:
    name = f"{row.name}_change"
    if row.value is None or old.value is None:
        return Metric(name, None, n=row.n, reference=BASELINE, reason=row.reason if row.value is None else f"in the baseline {old.reason}")
    return Metric(name, row.value - old.value, n=row.n, reference=BASELINE)


def _notes(found: Ranking, relevant_from: float) -> list[str]:
    silent, alike = (found.queries - found.sums[name][0] for name in ("map", "ndcg"))
    notes = [f"{found.queries} queries of {found.rows} rows; relevant from {relevant_from:g}; ci: normal interval of the mean over queries"]
    if silent:
        notes.append(f"{silent} queries have nothing relevant or nothing else: no order of them is better than another, and they are left out of the means "
                     f"(of that of ndcg {alike}, whose rows have one relevance)")
    if found.unjudged:
        notes.append(f"{found.unjudged} rows have no relevance and are left out")
    return notes
