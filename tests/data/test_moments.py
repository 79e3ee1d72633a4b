"""Mean and deviation: as exact fractions have them, in any order, also of what lies far outside."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.data.moments import BLOCK, Moments

NUMBERS = st.lists(st.floats(-1e12, 1e12).map(lambda value: round(value, 9)), min_size=1, max_size=50)


def _summed(edges, *blocks):
    moments = Moments(edges)
    for block in blocks:
        if len(block):
            moments.add(np.asarray(block, dtype=np.float64), min(block), max(block))
    return moments.sums


@settings(max_examples=200, deadline=None)
@given(values=NUMBERS, edges=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5).map(sorted), cut=st.integers(0, 50))
def test_parts_add_up_to_the_whole_in_any_order(values, edges, cut):
    whole = _summed(edges, values)
    assert _summed(edges, values[cut:], values[:cut]) == whole
    assert _summed(edges, values[:cut]).plus(_summed(edges, values[cut:])) == whole


@settings(max_examples=300, deadline=None)
@given(values=NUMBERS, baseline=NUMBERS)
def test_mean_and_deviation_are_the_exact_ones_or_not_told_whatever_the_baseline_was(values, baseline):
    told = _summed(sorted(baseline), values).of(len(values), min(values), max(values))
    exact = sum(map(Fraction, values)) / len(values)
    deviation = math.sqrt(sum((Fraction(value) - exact) ** 2 for value in values) / len(values))
    (mean, std), spread = told, max(values) - min(values)
    assert mean is None or abs(mean - float(exact)) <= spread * 2**-20 + abs(mean) * 2**-52
    assert std is None or std == pytest.approx(deviation, abs=spread * 2**-19, rel=1e-9)


def test_a_stray_value_of_the_baseline_makes_nothing_coarse():
    generator = np.random.default_rng(0)
    values = generator.uniform(0.0799, 0.0801, 5000)
    for stray in (9_999_999_999.0, 1e15, 1e149):
        edges = np.unique(np.quantile(np.append(generator.uniform(0.02, 0.08, 9999), stray), np.linspace(0, 1, 201)))
        mean, std = _summed(edges.tolist(), values).of(5000, values.min(), values.max())
        assert mean == pytest.approx(values.mean(), rel=1e-12)
        assert std == pytest.approx(values.std(), rel=1e-9)


def test_where_the_steps_are_too_coarse_there_is_no_mean_rather_than_a_wrong_one():
    assert _summed((0.0, 1e149, 2e149), [0.25, 0.5, 0.5]).of(3, 0.25, 0.5) == (None, None)
    mean, std = _summed((0.0, 1e6, 2e6), [0.25, 0.5, 0.5]).of(3, 0.25, 0.5)
    assert (mean, std) == (pytest.approx(1.25 / 3, rel=1e-9), None)
    assert _summed((0.0, 1.0, 2.0), [0.25, 0.5, 0.5]).of(3, 0.25, 0.5)[0] == pytest.approx(1.25 / 3), "the control"


def test_whole_numbers_are_exact():
    values = (np.arange(BLOCK) % 1000).astype(float)
    mean, std = _summed((0.0, 500.0, 999.0), values, values).of(2 * BLOCK, 0.0, 999.0)
    assert mean == float(Fraction(int(values.sum()), BLOCK))
    assert std == pytest.approx(np.std(values), rel=1e-15)


@pytest.mark.parametrize("constant", [0.1, 1e9 + 0.1, -1e-100, 1e149])
def test_a_constant_does_not_vary_wherever_it_lies(constant):
    for edges in ((constant,), (0.0, 1.0), ()):
        assert _summed(edges, [constant] * 1000).of(1000, constant, constant) == (constant, 0.0)


@pytest.mark.parametrize("shift", [1e9, 1e4, 1e-9])
def test_the_square_of_a_shift_does_not_drown_the_deviation(shift):
    values = np.random.default_rng(1).normal(shift, 1, 5000)
    told = _summed((-3.0, 0.0, 3.0), values).of(5000, values.min(), values.max())
    assert told[1] == pytest.approx(np.std(values), rel=1e-9)


def test_sums_of_squares_in_floats_lose_the_deviation():
    """The control of the test above."""
    values = np.random.default_rng(1).normal(1e9, 1, 5000)
    assert abs(math.sqrt(abs((values**2).mean() - values.mean() ** 2)) - np.std(values)) > 0.1
