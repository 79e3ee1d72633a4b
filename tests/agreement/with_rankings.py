"""Measures of ranking beside scikit-learn's and Evidently's, on queries of 20 rows that have relevant and other rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
from statistic import Agreement, Tolerance
from worlds import profiles

from modelops_airflow.checks import asked_of, run_check

SIZE, K = 20, 5
EXACT = Tolerance(1e-12, 1e-12)


def compare(agreement: Agreement, n: int) -> None:
    """`n` rows, as scores come and with ties; Evidently has no measure of ties."""
    relevance, score = _queries(n)
    for case, scores in ((f"{n} rows", score), (f"{n} rows with ties", np.round(score, 0))):
        _add(agreement, "scikit-learn", case, _ours(relevance, scores), _scikit_learn(relevance, scores, ties=scores is not score))
    _add(agreement, "Evidently", f"{n} rows", _ours(relevance, score), _evidently(relevance, score))


def _queries(n: int) -> tuple[Any, Any]:
    """Relevance from 0 to 3 and scores that lean on it, a query a row, best score first: Evidently goes by the order of the data."""
    draw = np.random.default_rng(n)
    relevance = draw.integers(0, 4, (n // SIZE, SIZE))
    relevance[:, 0], relevance[:, 1] = 0, 1
    score = relevance + draw.normal(0, 2, relevance.shape)
    order = np.argsort(-score, axis=1)
    return np.take_along_axis(relevance, order, axis=1), np.take_along_axis(score, order, axis=1)


def _ours(relevance: Any, score: Any) -> dict[str, float | None]:
    table = pa.table({"q": np.repeat(np.arange(len(score)), SIZE), "y": relevance.ravel(), "score": score.ravel()})
    options = {"query": "q", "k": K}
    measured = run_check("ranking", profiles(table, asked=asked_of([("ranking", options)]), target="y"), options)
    return {row.name: row.value for row in measured.metrics}


def _add(agreement: Agreement, library: str, case: str, ours: dict[str, float | None], theirs: dict[str, float]) -> None:
    for name, value in theirs.items():
        agreement.of(library, f"{name} (ranking)", EXACT).add(case, ours[name], float(value))


def _scikit_learn(relevance: Any, score: Any, *, ties: bool) -> dict[str, float]:
    import sklearn.metrics as sk

    found = {"ndcg": sk.ndcg_score(relevance, score, k=K)}
    return found if ties else found | {"map": sk.label_ranking_average_precision_score(relevance >= 1, score)}  # of ties it takes the worst order


def _evidently(relevance: Any, score: Any) -> dict[str, float]:
    import pandas as pd
    from evidently.legacy.calculations.recommender_systems import collect_dataset
    from evidently.legacy.metrics.recsys.mrr import MRRKMetric
    from evidently.legacy.metrics.recsys.ndcg_k import NDCGKMetric
    from evidently.legacy.metrics.recsys.precision_recall_k import PrecisionRecallCalculation
    from evidently.legacy.pipeline.column_mapping import RecomType

    columns = [pd.Series(one) for one in (np.repeat(np.arange(len(score)), SIZE), relevance.ravel(), score.ravel())]
    graded, binary = (collect_dataset(*columns, RecomType.SCORE, least, no_feedback_users=False, bin_data=binned) for least, binned in ((None, False), (1, True)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        at = PrecisionRecallCalculation(SIZE).get_precision_and_recall_dict(binary, SIZE)
    return {"ndcg": NDCGKMetric(K).calculate_ndcg(graded, K)[K], "map": at["map"][-1], "mrr": MRRKMetric(SIZE).get_values(binary, SIZE)[SIZE],
            "precision_at_k": at["precision"][K - 1], "recall_at_k": at["recall"][K - 1]}
