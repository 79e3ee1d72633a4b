"""Numbers are counted by value as long as there are few, in any order and any parts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from modelops_airflow.data.few import Few, few_numbers, many_numbers
from modelops_airflow.data.values import FEW_VALUES


@pytest.mark.parametrize("size", [1, 7, 300, 5000])
def test_counts_are_those_of_counting_one_by_one(size):
    values = np.random.default_rng(size).integers(-5, 10, 5000) / 4
    few = Few()
    for start in range(0, len(values), size):
        few.add(values[start : start + size])
    counted = Counter(values.tolist())
    assert few.values == {f"{value:.17g}": counted[value] for value in sorted(counted)}


def test_one_value_more_than_few_gives_up():
    enough, more = Few(), Few()
    enough.add(np.arange(FEW_VALUES, dtype=float))
    more.add(np.arange(FEW_VALUES + 1, dtype=float))
    assert (len(enough.values), more.values, more.many) == (FEW_VALUES, None, True)


def test_of_zero_there_is_one():
    few = Few()
    few.add(np.array([-0.0, 0.0, 1.0]))
    assert few.values == {"0": 2, "1": 1}


def test_without_numbers_there_are_none():
    assert Few().values == {}


@pytest.mark.parametrize(("values", "few", "many"), [
    ([1.0, None, 2.0], True, False), ([None, float("nan"), float("inf")], False, False), (list(map(float, range(FEW_VALUES + 1))), False, True),
    ([*map(float, range(FEW_VALUES)), float("nan")], True, False),
])
def test_a_column_without_finite_numbers_has_neither_few_nor_many(values, few, many):
    table = pa.table({"x": pa.array(values, pa.float64())})
    assert (few_numbers(table, "x"), many_numbers(table, "x")) == (few, many)
