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
        moments.add(np.asarray(block, dtype=np.float64))
    return moments.sums


@settings(max_examples=200, deadline=None)
@given(values=NUMBERS, edges=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5).map(sorted), cut=st.integers(0, 50))
def test_parts_add_up_to_the_whole_in_any_order(values, edges, cut):
    whole = _summed(edges, values)
    assert _summed(edges, values[cut:], values[:cut]) == whole
    assert _summed(edges, values[:cut]).plus(_summed(edges, values[cut:])) == whole


@settings(max_examples=200, deadline=None)
@given(values=NUMBERS)
def test_mean_and_deviation_are_within_a_step_of_the_exact_ones(values):
    edges = sorted(values)
    sums = _summed(edges, values)
    mean, std = sums.of(len(values))
    exact = sum(map(Fraction, values)) / len(values)
    deviation = math.sqrt(sum((Fraction(value) - exact) ** 2 for value in values) / len(values))
    assert abs(mean - float(exact)) <= sums.step + abs(mean) * 2**-52
    assert std == pytest.approx(deviation, abs=2 * sums.step, rel=1e-9)
    assert sums.step <= max(2.0**-36 * max(edges[-1] - edges[0], 2**-19 * abs(edges[-1]), abs(edges[0]) * 2**-19), 2.0**-37)


def test_whole_numbers_are_exact():
    values = np.arange(BLOCK) % 1000
    mean, std = _summed((0.0, 500.0, 999.0), values, values).of(2 * BLOCK)
    assert mean == float(Fraction(int(values.sum()), BLOCK))
    assert std == pytest.approx(np.std(values), rel=1e-15)


@pytest.mark.parametrize("constant", [0.1, 1e9 + 0.1, -1e-300, 1e300])
def test_a_constant_does_not_vary_wherever_it_lies(constant):
    for edges in ((constant,), (0.0, 1.0)):
        mean, std = _summed(edges, [constant] * 1000).of(1000)
        assert std == 0.0
        assert mean == pytest.approx(constant, rel=1e-6, abs=1e-11)


def test_the_square_of_a_shift_does_not_drown_the_deviation():
    """Sums of squares in floats lose it: that is the negative control."""
    values = np.random.default_rng(1).normal(1e9, 1, 5000)
    assert _summed((-3.0, 0.0, 3.0), values).of(5000)[1] == pytest.approx(np.std(values), rel=1e-6)
    assert abs(math.sqrt(abs((values**2).mean() - values.mean() ** 2)) - np.std(values)) > 0.1


def test_the_largest_numbers_have_a_mean():
    mean, std = _summed((-1.7e308, 1.7e308), [1.7e308, -1.7e308]).of(2)
    assert mean == 0.0
    assert std == pytest.approx(1.7e308)
