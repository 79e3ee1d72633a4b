"""Expectations: the profile answers as Great Expectations does, and an error is no failure."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import example, profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.checks.expected import answer
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.measurement import Status
from modelops_airflow.spec.project import Project


def _expect(kind, severity="critical", **kwargs):
    return {"type": kind, "kwargs": kwargs, "severity": severity}


def _numbers(rows):
    return {row.name: row.value for row in rows if row.name != "unexpected_share"}


def _infer(baseline, current, **columns):
    return run_check("expectations", profiles(current, baseline, **columns), {})


def test_the_baseline_keeps_its_own_inferred_suite():
    table = example("credit", "baseline")
    measured = _infer(table, table, target="defaulted")
    assert measured.status is Status.MEASURED
    assert _numbers(measured.metrics)["expectations_met_share"] == 1.0
    assert "0 by Great Expectations" in measured.notes[0]


def test_a_lost_column_missing_values_and_new_categories_fail():
    table = example("credit", "baseline")
    n = table.num_rows
    bad = table.drop_columns(["amount"])
    bad = bad.set_column(bad.column_names.index("housing"), "housing", pa.array(["tent"] * n))
    bad = bad.set_column(bad.column_names.index("savings"), "savings", pa.nulls(n, pa.string()))
    numbers = _numbers(_infer(table, bad, target="defaulted").metrics)
    assert numbers["critical_failed"] == 1
    assert numbers["warning_failed"] >= 3
    assert numbers["expectations_met_share"] < 1


def test_no_baseline_is_an_error():
    assert run_check("expectations", profiles(example("credit", "current")), {}).status is Status.ERROR


@pytest.fixture
def project(tmp_path):
    """A project folder with data and a suite writer; gives (run, table)."""
    generator = np.random.default_rng(4)
    x = generator.normal(size=400)
    table = pa.table({
        "x": pa.array([None if v > 1.5 else v for v in x], pa.float64()),
        "colour": pa.array([None if v < -1.5 else ("red" if v < 0 else "blue") for v in x]),
        "k": pa.array(range(400)),
    })
    pq.write_table(table, tmp_path / "data.parquet")

    def run(expectations, **options):
        (tmp_path / "suite.json").write_text(json.dumps({"name": "mine", "expectations": expectations}))
        context = CheckContext(resolve=Project(tmp_path).resolve, dataset=Dataset("data", files=(tmp_path / "data.parquet",)))
        return run_check("expectations", profiles(table), {"suite": "suite.json", **options}, context=context)

    return run, table


SUITE = [
    _expect("expect_table_row_count_to_be_between", min_value=400, max_value=400),
    _expect("expect_table_row_count_to_be_between", min_value=401),
    _expect("expect_column_to_exist", column="x"),
    _expect("expect_column_to_exist", column="zebra"),
    _expect("expect_column_values_to_not_be_null", column="x"),
    _expect("expect_column_values_to_not_be_null", "warning", column="x", mostly=0.9),
    _expect("expect_column_values_to_not_be_null", column="k"),
    _expect("expect_column_values_to_be_between", column="x", min_value=-9, max_value=9),
    _expect("expect_column_values_to_be_between", column="k", min_value=0, max_value=399),
    _expect("expect_column_values_to_be_in_set", column="colour", value_set=["red", "blue"]),
    _expect("expect_column_values_to_be_in_set", "info", column="colour", value_set=["red"]),
    _expect("expect_column_values_to_be_in_set", column="colour", value_set=["red"], mostly=0.3),
    _expect("expect_column_min_to_be_between", column="k", min_value=0, max_value=0),
    _expect("expect_column_max_to_be_between", column="k", min_value=400),
    _expect("expect_column_mean_to_be_between", column="k", min_value=199, max_value=200),
    _expect("expect_column_mean_to_be_between", column="x", min_value=5),
]


def test_the_profile_answers_as_the_library_does(project):
    run, table = project
    told = [answer(profiles(table).current, one) for one in SUITE]
    assert all(one is not None for one in told)
    fast, slow = run(SUITE), run(SUITE, engine="great_expectations")
    assert (fast.status, slow.status) == (Status.MEASURED, Status.MEASURED), slow.notes
    assert _numbers(fast.metrics) == _numbers(slow.metrics)
    assert 0 < _numbers(fast.metrics)["critical_failed"] < len(SUITE)
    pairs = zip(fast.metrics, slow.metrics, strict=True)
    for one, other in [(a, b) for a, b in pairs if a.name == "unexpected_share"]:
        assert one.where == other.where
        assert one.value == (None if other.value is None else pytest.approx(other.value, abs=1e-12))


def test_what_the_profile_cannot_tell_is_run_by_the_library(project):
    run, _ = project
    suite = [
        _expect("expect_column_values_to_be_unique", column="k"),
        _expect("expect_column_values_to_be_in_set", "warning", column="colour", value_set=["red"]),
        _expect("expect_column_values_to_match_regex", column="colour", regex="^r"),
        _expect("expect_column_values_to_be_between", column="x", min_value=0, strict_min=True),
        _expect("expect_table_columns_to_match_set", column_set=["x", "colour", "k"]),
        _expect("expect_table_columns_to_match_ordered_list", "info", column_list=["k", "colour", "x"]),
        _expect("expect_column_values_to_be_unique", column="colour"),
    ]
    measured = run(suite)
    assert measured.status is Status.MEASURED, measured.notes
    met = [row.where["met"] for row in measured.metrics if row.name == "unexpected_share"]
    assert met == ["yes", "no", "no", "no", "yes", "no", "no"]
    assert _numbers(measured.metrics) == {
        "expectations": 7, "expectations_met_share": pytest.approx(2 / 7),
        "critical_failed": 3, "warning_failed": 1, "info_failed": 1,
    }


@pytest.mark.parametrize(
    "suite",
    [
        [],
        [_expect("expect_magic")],
        [_expect("expect_column_values_to_be_between", column="colour", min_value=1, max_value=2)],
        [_expect("expect_column_values_to_be_unique", column="zebra")],
        [_expect("expect_column_to_exist", "deadly", column="x")],
    ],
    ids=["empty", "unknown", "wrong type", "no such column", "unknown severity"],
)
def test_an_expectation_that_cannot_be_evaluated_is_an_error(project, suite):
    run, _ = project
    assert run(suite).status is Status.ERROR


def test_a_suite_outside_the_project_or_of_another_form_is_an_error(project, tmp_path):
    run, _ = project
    for suite in ("../suite.json", "/etc/passwd", "absent.json"):
        assert run(SUITE, suite=suite).status is Status.ERROR
    (tmp_path / "list.json").write_text("[1, 2]")
    assert run(SUITE, suite="list.json").status is Status.ERROR
