"""Spark counts what is read here. It compiles slowly, so there is one small world."""

from __future__ import annotations

import pytest

from data.warehouse.compare import compare, source
from data.warehouse.engines import Engine
from data.warehouse.warehouse_rows import COLUMNS, other_outcomes, world
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.errors import DataError


@pytest.fixture
def engine(request, tmp_path):
    """Spark with two threads."""
    return Engine("spark", tmp_path, request)


def test_everything_is_counted_as_it_is_here(engine):
    names = ["x", "money", "cat", "day", "y", "prediction", "score"]
    before, after = compare(engine, world(0, 9).select(names), world(100, 120).select(names), COLUMNS | {"protected": ["cat"]})
    assert before.columns["x"].edges and after.columns["x"].infinite, "the control: there are edges and infinities"
    assert "auc" in after.outcomes.facts and after.groups["cat"]


def test_a_regression_is_counted_as_it_is_here(engine):
    old, new = (other_outcomes(world(seed, 40), "regression", seed).select(["y", "prediction"]) for seed in (7, 8))
    before, _ = compare(engine, old, new, {"target": "y", "prediction": "prediction", "favourable": 1, "protected": []})
    assert before.outcomes.task == "regression"


def test_what_is_no_single_select_is_refused_and_errors_are_one_line(engine):
    engine.put("there", world(0, 20).select(["x"]))
    for table, why in (("parquet.`/tmp/x`", "looks like a file"), ("absent", "failed")):
        with pytest.raises(DataError, match=why) as caught:
            profiles_of(source(engine, table), None, {})
        assert "\n" not in str(caught.value)
