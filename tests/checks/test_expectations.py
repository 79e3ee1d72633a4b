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
from modelops_airflow.checks.great_expectations_engine import run_suite
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
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
    assert [one["kwargs"].get("column") for one, said in zip(SUITE, told, strict=True) if said is None] == ["zebra"], "perhaps ignored"
    fast, slow = run(SUITE), run(SUITE, engine="great_expectations")
    assert (fast.status, slow.status) == (Status.MEASURED, Status.MEASURED), slow.notes
    assert _numbers(fast.metrics) == _numbers(slow.metrics)
    assert 0 < _numbers(fast.metrics)["critical_failed"] < len(SUITE)
    pairs = zip(fast.metrics, slow.metrics, strict=True)
    for one, other in [(a, b) for a, b in pairs if a.name == "unexpected_share"]:
        assert (one.where, one.n) == (other.where, other.n)
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


TYPES = (
    "expect_table_row_count_to_be_between", "expect_column_values_to_not_be_null", "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set", "expect_column_min_to_be_between", "expect_column_max_to_be_between",
    "expect_column_mean_to_be_between", "expect_column_to_exist",
)


@pytest.mark.parametrize("data", ["credit", "income"])
def test_real_data_is_judged_as_the_library_judges_it(data, tmp_path):
    """Every type that the profile answers, on every column of an example, on the current side with the baseline's edges."""
    old, new = example(data, "baseline"), example(data, "current")
    both = profiles(new, old)
    suite = [_expect(TYPES[0], min_value=1), _expect(TYPES[0], max_value=10)]
    for name, column in both.current.columns.items():
        suite += [_expect(TYPES[7], column=name), _expect(TYPES[1], column=name), _expect(TYPES[1], column=name, mostly=0.5)]
        if column.kind == "numeric":
            before = both.baseline.columns[name]
            low, high = before.edges[0], before.edges[-1]
            suite += [_expect(TYPES[2], column=name, min_value=low, max_value=high, mostly=mostly) for mostly in (1.0, 0.999, 0.5)]
            suite += [_expect(kind, column=name, min_value=low, max_value=top) for kind in TYPES[4:7] for top in (high, (low + high) / 2)]
        elif column.values:
            known = [label for label in column.values if label.isalpha() and label not in ("true", "false")]
            if known:
                suite += [_expect(TYPES[3], column=name, value_set=known[:2], mostly=mostly) for mostly in (1.0, 0.4)]
    told = [answer(both.current, one) for one in suite]
    asked = [one for one, said in zip(suite, told, strict=True) if said is not None]
    assert {one["type"] for one in asked} == set(TYPES)
    outcomes = set()
    for one, mine, theirs in zip(asked, [said for said in told if said is not None], run_suite(asked, new), strict=True):
        assert mine.success == theirs.success, one
        assert mine.unexpected_share == (None if theirs.unexpected_share is None else pytest.approx(theirs.unexpected_share, abs=1e-12)), one
        outcomes.add((one["type"], mine.success))
    assert len(outcomes) > len(TYPES), "some met, some not"


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        (TYPES[2], {"column": "k", "min_vlaue": 0, "max_value": 999}),
        (TYPES[2], {"column": "k"}),
        (TYPES[2], {"column": "k", "min_value": 9, "max_value": 1}),
        (TYPES[2], {"column": "k", "min_value": 0, "mostly": 7}),
        (TYPES[1], {"column": "k", "mostly": "most"}),
        (TYPES[1], {"column": ["k"]}),
        (TYPES[0], {"min_value": "many"}),
        (TYPES[3], {"column": "colour"}),
        (TYPES[5], {"column": "k", "max_value": [1]}),
        (TYPES[7], {}),
    ],
)
def test_an_ill_formed_expectation_is_an_error_and_never_met(project, kind, kwargs):
    run, table = project
    one = _expect(kind, **kwargs)
    assert answer(profiles(table).current, one) is None
    assert run([one]).status is Status.ERROR


def test_a_bound_where_rounding_decides_is_not_judged_from_the_profile():
    table = pa.table({"x": [0.1, 0.2, 0.3], "small": pa.array([0.1, 0.2, 0.3], pa.float32())})
    profile = profiles(table).current
    low, high = float(np.float32(0.1)), float(np.float32(0.3))
    for kind, column, bound in ((TYPES[6], "x", 0.2), (TYPES[6], "x", 0.2000001), (TYPES[4], "small", 0.1), (TYPES[5], "small", 0.3)):
        assert answer(profile, _expect(kind, column=column, min_value=bound)) is None
    for kind, column, bound in ((TYPES[6], "x", 0.19), (TYPES[4], "small", low), (TYPES[5], "small", high), (TYPES[4], "x", 0.1)):
        assert answer(profile, _expect(kind, column=column, min_value=bound)).success, "negative control"
    assert high > 0.3 and run_suite([_expect(TYPES[5], column="small", max_value=0.3)], table)[0].success, "the library compares float32 as float32"


def test_labels_that_could_be_numbers_are_left_to_the_library():
    table = pa.table({"text": ["1", "2"], "whole": [1, 2], "flag": [True, False], "word": ["a", "b"]})
    profile = profiles(table, target="whole").current
    for column, values in (("text", [1, 2]), ("whole", ["1", "2"]), ("flag", ["true", "false"])):
        assert answer(profile, _expect(TYPES[3], column=column, value_set=values)) is None
    assert answer(profile, _expect(TYPES[3], column="word", value_set=["a", "b"])).success


def test_answers_of_the_library_come_back_in_the_order_asked(project):
    _, table = project
    asked = [
        _expect(TYPES[2], column="k", min_value=100), _expect(TYPES[1], column="x"), _expect(TYPES[2], column="k", min_value=0),
        _expect(TYPES[1], column="k"), _expect(TYPES[2], column="x", min_value=-99), _expect(TYPES[2], column="k", min_value=200),
    ]
    alone = [run_suite([one], table)[0] for one in asked]
    assert run_suite(asked, table) == alone
    assert len({one.success for one in alone}) == 2


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


@pytest.mark.parametrize("engine", ["auto", "great_expectations"])
def test_rows_of_other_data_than_was_profiled_are_an_error(engine, tmp_path):
    file = tmp_path / "data.parquet"
    suite = {"name": "s", "expectations": [_expect("expect_column_median_to_be_between", column="x", min_value=0, max_value=9)]}
    (tmp_path / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    pq.write_table(pa.table({"x": [1.0, 2.0, 3.0]}), file)
    data = Dataset("data", files=(file,))
    both = profiles_of(data, None, {})
    context = CheckContext(resolve=Project(tmp_path).resolve, dataset=data)
    options = {"suite": "suite.json", "engine": engine}
    assert run_check("expectations", both, options, context=context).status is Status.MEASURED, "the control: nobody wrote"
    pq.write_table(pa.table({"x": [2.0, 2.0, 3.0]}), file)
    measured = run_check("expectations", both, options, context=context)
    assert measured.status is Status.ERROR
    assert "no longer the data that was profiled" in measured.notes[0]


def test_bytes_are_not_the_text_that_shows_them(tmp_path):
    pq.write_table(pa.table({"x": pa.array([b"a"] * 20)}), tmp_path / "data.parquet")
    suite = {"name": "s", "expectations": [_expect("expect_column_values_to_be_in_set", column="x", value_set=["b'a'"])]}
    (tmp_path / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    data = Dataset("data", files=(tmp_path / "data.parquet",))
    measured = run_check("expectations", profiles_of(data, None, {}), {"suite": "suite.json"},
                         context=CheckContext(resolve=Project(tmp_path).resolve, dataset=data))
    assert _numbers(measured.metrics)["critical_failed"] == 1
    assert answer(profiles(pa.table({"x": ["a"] * 20})).current, {"type": "expect_column_values_to_be_in_set", "kwargs": {
        "column": "x", "value_set": ["a"]}}).success, "the control: texts are answered from the profile"


@pytest.mark.parametrize(("value_set", "status"), [([12345678901234567], Status.MEASURED), ([float("nan")], Status.ERROR)])
def test_whole_numbers_of_any_size_are_in_a_suite_and_numbers_that_are_none_are_not(tmp_path, value_set, status):
    pq.write_table(pa.table({"x": [12345678901234567] * 20}), tmp_path / "data.parquet")
    suite = {"name": "s", "expectations": [_expect("expect_column_values_to_be_in_set", column="x", value_set=value_set)]}
    (tmp_path / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    data = Dataset("data", files=(tmp_path / "data.parquet",))
    measured = run_check("expectations", profiles_of(data, None, {}), {"suite": "suite.json"},
                         context=CheckContext(resolve=Project(tmp_path).resolve, dataset=data))
    assert measured.status is status


def test_a_part_that_no_expectation_has_is_an_error(tmp_path):
    """`kwarg` for `kwargs`: the library passes over it, and expects nothing of anybody."""
    stray = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "x", "min_value": 0}, "kwarg": {"max_value": 1}}
    (tmp_path / "suite.json").write_text(json.dumps({"name": "s", "expectations": [stray]}), encoding="utf-8")
    context = CheckContext(resolve=Project(tmp_path).resolve)
    told = run_check("expectations", profiles(pa.table({"x": [5.0] * 20})), {"suite": "suite.json"}, context=context)
    assert told.status is Status.ERROR
    assert "has 'kwarg', which is no part of an expectation" in told.notes[0]
