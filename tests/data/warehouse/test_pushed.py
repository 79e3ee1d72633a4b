"""What follows from rows that stay in the warehouse."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data.warehouse.compare import source
from data.warehouse.warehouse_rows import COLUMNS, world
from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.data.merge import merge
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.profile import Profiles
from modelops_airflow.errors import DataError


@pytest.fixture
def pushed(duckdb_engine):
    """Profiles of two tables that were counted."""
    names = ["tied", "cat", "flag", "y", "prediction", "score"]
    for side, seed in (("old", 0), ("new", 1)):
        table = world(seed, 200).select(names)  # bias wants a prediction for everybody
        duckdb_engine.put(side, table.set_column(4, "prediction", pc.fill_null(table["prediction"], 0)))
    return profiles_of(source(duckdb_engine, "new"), source(duckdb_engine, "old"), COLUMNS)


def test_profiles_say_which_sides_were_counted_also_when_they_are_stored(pushed):
    assert Profiles.from_json(pushed.to_json()) == pushed
    read = Profiles(pushed.current, pushed.baseline, pushed.roles)
    assert "pushed" not in read.to_json() and Profiles.from_json(read.to_json()).pushed == ()


def test_the_checks_measure_from_counts(pushed):
    for check, metric, options in (("drift", "psi", {"method": "psi"}), ("bias", "impact_ratio", {"min_group_size": 5, "min_coverage": 0.5}), ("performance", "auc", {}),
                                   ("expectations", "expectations_met_share", {})):
        measured = run_check(check, pushed, options, context=CheckContext())
        assert measured.status.value == "measured", measured.notes
        assert any(row.name == metric and row.value is not None for row in measured.metrics), check


def test_expectations_that_need_rows_are_an_error(pushed, tmp_path):
    (tmp_path / "suite.json").write_text(
        '{"name": "s", "expectations": [{"type": "expect_column_values_to_match_regex", "kwargs": {"column": "cat", "regex": "^r"}}]}')
    context = CheckContext(resolve=tmp_path.joinpath)
    measured = run_check("expectations", pushed, {"suite": "suite.json"}, context=context)
    assert measured.status.value == "error"
    assert "the rows stay in the warehouse; take push_down out of data.current" in measured.notes[0]


def test_comparing_row_by_row_is_an_error(duckdb_engine):
    duckdb_engine.put("t", pa.table({"v": [1.0, 2.0]}))
    for current, baseline in ((True, False), (False, True)):
        with pytest.raises(DataError, match="binning: evidently compares row by row"):
            profiles_of(source(duckdb_engine, "t", current), source(duckdb_engine, "t", baseline), {}, exact=["ks"])
    assert profiles_of(source(duckdb_engine, "t", False), source(duckdb_engine, "t", False), {}, exact=["ks"]).pairs, "the control"


def test_what_has_no_exact_sums_is_not_merged(pushed):
    with pytest.raises(DataError, match="no exact sums: a warehouse counted it"):
        merge([pushed.current, pushed.current])


def test_a_model_that_is_asked_gets_rows(duckdb_engine):
    duckdb_engine.put("t", world(0, 60).drop_columns(["prediction", "score"]))
    asked = []

    def score(table):
        asked.append(table.num_rows)
        return pa.table({"prediction": [1] * table.num_rows})

    told = profiles_of(source(duckdb_engine, "t"), None, {"target": "y", "favourable": 1, "protected": ["cat"]}, score=score)
    assert (asked, told.pushed) == ([60], ())
    capped = source(duckdb_engine, "t", max_rows=59)
    with pytest.raises(DataError, match="more than 59 rows"):
        profiles_of(capped, None, {"target": "y"}, score=score)
