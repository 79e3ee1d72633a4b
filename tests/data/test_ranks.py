"""Ranks of scores against scikit-learn and SciPy, also where scores tie across blocks or are negative."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, roc_auc_score

from modelops_airflow.data import ranks
from modelops_airflow.data.ranks import scored


@pytest.mark.parametrize("shape", ["continuous", "ties", "one value", "negative", "mirrored", "all negative", "zeros"])
@pytest.mark.parametrize("block", [3, 64, 65_536])
def test_areas_and_ks_are_the_libraries(shape, block, monkeypatch):
    monkeypatch.setattr(ranks, "BLOCK_OF_SUMS", block)
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 2, 500)
    score = {
        "continuous": generator.random(500) + truth * 0.3, "ties": generator.integers(0, 4, 500) / 4, "one value": np.full(500, 0.5),
        "negative": generator.normal(size=500) + truth, "mirrored": generator.choice([-0.5, 0.5], 500),
        "all negative": -generator.random(500) - 1, "zeros": generator.choice([-0.0, 0.0, 0.5], 500),
    }[shape]
    facts, _ = scored(pa.table({"y": truth, "s": score}), "y", "s", "1", 500)
    assert facts["auc"] == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    assert facts["average_precision"] == pytest.approx(average_precision_score(truth, score), abs=1e-12)
    assert facts["ks"] == pytest.approx(ks_2samp(score[truth == 1], score[truth == 0]).statistic, abs=1e-12)


def test_a_row_without_a_score_leaves_no_ranks():
    facts, calibration = scored(pa.table({"y": [0, 1, 1], "s": [0.1, None, 0.9]}), "y", "s", "1", 3)
    assert (facts, calibration) == ({"unscored": 1.0}, ())
