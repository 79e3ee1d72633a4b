"""A tally is the same however its numbers came."""

from __future__ import annotations

import numpy as np
import pytest

from modelops_airflow.data.tally import Tally
from modelops_airflow.errors import DataError

EDGES = (-1.0, 0.0, 0.5, 1.0)


def _tally(*pieces):
    tally = Tally(EDGES)
    for piece in pieces:
        tally.add(np.asarray(piece, dtype=float))
    return tally.column()


def test_counts_and_moments_are_numpys():
    values = np.random.default_rng(1).normal(size=40_000)
    column = _tally(values)
    assert column.counts == (int((values < -1).sum()), *np.histogram(values, EDGES)[0].tolist(), int((values > 1).sum()))
    assert (column.low, column.high, column.valid) == (values.min(), values.max(), len(values))
    assert column.mean == pytest.approx(values.mean(), rel=1e-12)
    assert column.std == pytest.approx(values.std(), rel=1e-12)


def test_order_and_parts_do_not_matter():
    generator = np.random.default_rng(2)
    values = np.concatenate([generator.standard_cauchy(30_000), [-0.0, 0.0, np.nan, np.inf, -np.inf]])
    whole = _tally(values)
    shuffled = generator.permutation(values)
    assert _tally(*np.array_split(shuffled, 17)) == whole
    assert _tally(shuffled[1:]) != whole, "the control: a lost number shows"


def test_what_is_no_finite_number_is_counted_apart():
    column = _tally([1.0, np.nan, np.inf, -np.inf])
    assert (column.n, column.nulls, column.infinite, column.valid) == (4, 1, 2, 1)
    tally = Tally(EDGES)
    tally.add(np.array([1.0]))
    tally.add_unusable(1, 2)
    assert tally.column() == column


def test_only_unusable_numbers_have_no_statistics():
    column = _tally([np.nan])
    assert (column.n, column.valid, column.mean, column.counts) == (1, 0, None, ())


def test_a_number_whose_square_has_no_end_is_refused():
    with pytest.raises(DataError, match="too large to add"):
        _tally([1e151])
