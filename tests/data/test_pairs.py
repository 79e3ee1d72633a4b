"""Exact two-sample distances equal SciPy's, below and above its switch to the asymptotic test."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from modelops_airflow.data.pairs import pairs


@pytest.mark.parametrize("n", [300, 12_000])
@pytest.mark.parametrize("ties", [False, True])
def test_distances_equal_scipy(n, ties):
    stats = pytest.importorskip("scipy.stats")
    generator = np.random.default_rng(n)
    old, new = generator.normal(size=n), generator.normal(0.03, 1, n - 50)
    if ties:
        old, new = np.round(old, 1), np.round(new, 1)
    pair = pairs(pa.table({"x": old}), pa.table({"x": new}), {"x": "numeric"})["x"]
    test = stats.ks_2samp(old, new)
    assert pair.ks == pytest.approx(test.statistic, abs=1e-14)
    assert pair.ks_p == pytest.approx(test.pvalue, rel=1e-10)
    assert pair.wasserstein == pytest.approx(stats.wasserstein_distance(old, new) / np.std(old), rel=1e-11)
    assert sum(pair.baseline) == n
    assert sum(pair.current) == n - 50


def test_whole_numbers_get_the_librarys_bins():
    old, new = np.arange(25).repeat(3), np.arange(5, 30).repeat(2)
    pair = pairs(pa.table({"x": old}), pa.table({"x": new}), {"x": "numeric"})["x"]
    edges = np.histogram_bin_edges(np.concatenate([old, new]), bins="sturges")
    assert pair.baseline == tuple(np.histogram(old, edges)[0])
