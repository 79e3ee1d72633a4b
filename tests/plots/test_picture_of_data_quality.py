"""The picture of data quality: missing shares as long as they are, the worst first, and distributions beside the baseline's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from picture import Picture
from worlds import example, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.plots import Limit, plot

GAPS = pa.table({"a": [None] * 20 + [1.0] * 80, "b": [None] * 60 + ["x"] * 40, "c": np.arange(100.0)})


def test_missing_shares_are_drawn_as_long_as_they_are_and_the_worst_first() -> None:
    drawn = Picture(plot(run_check("data-quality", profiles(GAPS), {}), None, [Limit("missing_share", "fail", ">", 0.5, {})]))
    assert "missing_share by column, the largest first" in drawn.texts
    first = drawn.texts.index("b")
    assert first < drawn.texts.index("a") < drawn.texts.index("c")
    lengths = [one.number("width") for one in drawn.of_class("bar")][:2]

    assert lengths[1] / lengths[0] == pytest.approx(0.2 / 0.6, abs=0.01)
    assert any("fail" in text for text in drawn.texts), "the threshold is told"


def test_distributions_are_there_beside_a_baseline_only() -> None:
    now, before = example("credit", "current"), example("credit", "baseline")
    both = profiles(now, before)
    told = "Distributions of the first 12 of 15 columns"

    assert told in Picture(plot(run_check("data-quality", both, {}), both)).texts
    assert told not in Picture(plot(run_check("data-quality", both, {"data": "baseline"}), both)).texts
    assert told not in Picture(plot(run_check("data-quality", both, {}))).texts


def test_the_picture_tells_no_value_of_fewer_than_ten_rows() -> None:
    rare = pa.table({"x": [7.125] * 5 + [None] * 95, "name": ["Ann"] * 5 + [None] * 95})
    both = profiles(rare, rare)
    svg = plot(run_check("data-quality", both, {}), both)

    assert "7.125" not in svg and "Ann" not in svg and "0.95" in svg
