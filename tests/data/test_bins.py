"""Bins: every number where a search among the edges finds it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.data.bins import Bins

NUMBERS = st.one_of(st.integers(-5, 5).map(float), st.floats(allow_nan=False, allow_infinity=False),
                    st.sampled_from([0.1, -0.0, 5e-324, 1.7e308, -1.7e308, 1e16, 1e16 + 2]))


def _searched(edges, values):
    """What `Bins` must answer: below, [a, b) between, the last one closed, behind."""
    if len(edges) == 1:
        return [sum(values < edges[0]), sum(values == edges[0]), sum(values > edges[0])]
    inner = [int(((values >= a) & (values < b)).sum()) for a, b in pairwise(edges)]
    inner[-1] += int((values == edges[-1]).sum())
    return [int((values < edges[0]).sum()), *inner, int((values > edges[-1]).sum())]


@settings(max_examples=400, deadline=None)
@given(edges=st.lists(NUMBERS, min_size=1, max_size=40), values=st.lists(NUMBERS, max_size=60))
def test_any_numbers_are_counted_where_they_belong(edges, values):
    edges = sorted({edge + 0.0 for edge in edges})
    close = [math.nextafter(edge, way) for edge in edges for way in (math.inf, -math.inf)]
    numbers = np.array([one for one in (*values, *edges, *close) if math.isfinite(one)])
    bins = Bins(edges)
    bins.add(numbers)
    assert list(bins.counts) == _searched(edges, numbers)


@pytest.mark.parametrize("draw", ["normal", "cauchy", "whole", "lognormal"])
def test_a_baselines_quantiles_are_counted_as_by_a_search(draw):
    generator = np.random.default_rng(3)
    values = {"normal": generator.normal(size=20_000), "cauchy": generator.standard_cauchy(20_000),
              "whole": generator.integers(0, 300, 20_000).astype(float), "lognormal": np.exp(4 * generator.normal(size=20_000))}[draw]
    edges = np.unique(np.quantile(values[:10_000], np.linspace(0, 1, 201)))
    bins = Bins(edges.tolist())
    for start in range(0, 20_000, 3000):
        bins.add(values[start : start + 3000])
    assert list(bins.counts) == _searched(edges, values)
    assert sum(bins.counts) == 20_000


def test_without_edges_nothing_is_counted():
    bins = Bins(())
    bins.add(np.array([1.0]))
    assert bins.counts == ()
