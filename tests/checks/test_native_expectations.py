"""Great Expectations is the oracle: what is answered natively is what the library answers on the same data, field by field."""

from __future__ import annotations

import datetime
import functools
import json
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compared_answers import differences, is_number
from oracle import COLUMNS, DATA, suite
from test_robustness import BROKEN, N
from worlds import profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.checks import great_expectations_engine as engine
from modelops_airflow.checks.great_expectations_engine import raised_in, results_of
from modelops_airflow.checks.native import NATIVE, Frame, columns_asked, evaluate
from modelops_airflow.checks.vocabulary import COMMON, TYPES, Keywords
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.measurement import Status
from modelops_airflow.spec.project import Project

SUITE = suite()


def _one(kind, **kwargs):
    return {"type": kind, "kwargs": kwargs}


def _native(data):
    """What is answered natively, with the answers."""
    frame = Frame(DATA[data])
    told = [(one, evaluate(frame, one)) for one in SUITE]
    return [(one, result) for one, result in told if result is not None]


@pytest.fixture(scope="module")
def library():
    """From a data set to the library's results for what is native there; one suite for each data set."""
    return functools.cache(lambda data: results_of([one for one, _ in _native(data)], DATA[data]))


@pytest.mark.parametrize("data", DATA)
def test_a_native_answer_is_the_librarys_in_every_field(data, library):
    answered = _native(data)
    assert len(answered) >= 150
    wrong = [(one, mine, theirs, told) for (one, mine), theirs in zip(answered, library(data), strict=True)
             if (told := differences(one, mine, theirs))]
    assert wrong == []


def test_the_comparison_sees_every_answer_that_is_wrong_by_one(library):
    """Negative control: each answer, made wrong in one field, is told."""
    seen = set()
    for (one, mine), theirs in zip(_native("gaps"), library("gaps"), strict=True):
        assert "success" in differences(one, replace(mine, success=not mine.success), theirs)
        if mine.element_count is not None:
            assert "unexpected_count" in differences(one, replace(mine, unexpected_count=mine.unexpected_count + 1), theirs)
            assert "element_count" in differences(one, replace(mine, element_count=mine.element_count + 1), theirs)
        elif is_number(mine.observed):
            assert "observed_value" in differences(one, replace(mine, observed=mine.observed * 1.000001 + 1e-300), theirs)
        if mine.missing_count is not None:
            assert "missing_count" in differences(one, replace(mine, missing_count=mine.missing_count + 1), theirs)
        seen.add(one["type"])
    assert seen == NATIVE.keys()


def test_every_native_type_is_compared_met_and_unmet():
    outcomes = {(one["type"], mine.success) for data in DATA for one, mine in _native(data)}
    assert outcomes == {(kind, met) for kind in NATIVE for met in (True, False)}


def test_the_vocabulary_is_that_of_the_library_that_is_installed():
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    found = {}
    for name in list_registered_expectation_implementations():
        fields = get_expectation_impl(name).__fields__
        assert fields.keys() >= COMMON
        required = frozenset(key for key, field in fields.items() if field.required)
        found[name] = Keywords(required, frozenset(fields) - required - COMMON)
    assert found == dict(TYPES)
    assert NATIVE.keys() <= TYPES.keys()


ODD = pa.table({
    "whole": [1, 2, 3], "huge": [2**53, 1, 2], "small": pa.array([0.1, 0.2, 0.3], pa.float32()), "real": [0.1, 0.2, 0.3], "text": ["a", "b", "c"],
    "truth": [True, False, True], "label": pa.array(["a", "b", "a"]).dictionary_encode(), "list": [[1], [2], None], "unsigned": pa.array([2**64 - 1, 0, 1], pa.uint64()),
    "large": [2**53 - 1, 2**53 - 1, 1], "equal": [0.1, 0.1, 0.1], "nothing": pa.nulls(3, pa.float64()),
})
SCANNED = ODD.drop_columns(["list"])  # of lists there is no profile
BETWEEN, REGEX, IN_SET, MEAN = (f"expect_column_{name}" for name in (
    "values_to_be_between", "values_to_match_regex", "values_to_be_in_set", "mean_to_be_between"))
LEFT = {
    "rows are narrowed": _one(BETWEEN, column="whole", min_value=0, row_condition='text=="a"', condition_parser="pandas"),
    "an unknown keyword": _one(BETWEEN, column="whole", min_vlaue=0, max_value=9),
    "an unknown keyword without a value": _one(BETWEEN, column="whole", max_value=9, min_vlaue=None),
    "a format of its own": _one(BETWEEN, column="whole", min_value=0, result_format="COMPLETE"),
    "no bound": _one(BETWEEN, column="whole"),
    "bounds the wrong way round": _one(BETWEEN, column="whole", min_value=3, max_value=1),
    "a bound that is a text": _one(BETWEEN, column="whole", min_value="0"),
    "a bound that is true": _one(BETWEEN, column="whole", min_value=True),
    "a bound that is not a number": _one(BETWEEN, column="whole", min_value=float("nan")),
    "a bound beyond what a float tells apart": _one(BETWEEN, column="whole", min_value=2**53 + 1),
    "a parameter": _one(BETWEEN, column="whole", min_value={"$PARAMETER": "low"}),
    "numbers beyond what a float tells apart": _one(BETWEEN, column="huge", min_value=0),
    "unsigned numbers as large": _one(BETWEEN, column="unsigned", min_value=0),
    "a float of its own size": _one(BETWEEN, column="small", min_value=0.1),
    "texts between numbers": _one(BETWEEN, column="text", min_value=0),
    "mostly above one": _one(BETWEEN, column="whole", min_value=0, mostly=1.1),
    "mostly a text": _one(BETWEEN, column="whole", min_value=0, mostly="0.5"),
    "a column that is a number": _one(BETWEEN, column=1, min_value=0),
    "a column that is not there": _one(BETWEEN, column="zebra", min_value=0),
    "a pattern on numbers": _one(REGEX, column="whole", regex="1"),
    "a pattern that is none": _one(REGEX, column="text", regex="("),
    "no pattern": _one(REGEX, column="text"),
    "categories compared": _one("expect_column_pair_values_to_be_equal", column_A="label", column_B="text"),
    "categories of a type": _one("expect_column_values_to_be_of_type", column="label", type_="str"),
    "numbers in a set of texts": _one(IN_SET, column="whole", value_set=["1", "2"]),
    "texts in a set of numbers": _one(IN_SET, column="text", value_set=[1]),
    "truth values in a set of numbers": _one(IN_SET, column="truth", value_set=[0, 1]),
    "a mixed set": _one(IN_SET, column="whole", value_set=[1, "2"]),
    "a set with null": _one(IN_SET, column="text", value_set=["a", None]),
    "an empty set": _one(IN_SET, column="text", value_set=[]),
    "a mean at its very bound": _one(MEAN, column="real", min_value=0.2),
    "a mean beside its bound": _one(MEAN, column="real", min_value=0.20000000001),
    "a sum that is rounded": _one("expect_column_sum_to_be_between", column="large", min_value=0),
    "deviations of equal fractions": _one("expect_column_value_z_scores_to_be_less_than", column="equal", threshold=1, double_sided=True),
    "quantiles of nothing": _one("expect_column_quantile_values_to_be_between", column="nothing", quantile_ranges={"quantiles": [0.5], "value_ranges": [[0, 1]]}),
    "lists": _one("expect_column_values_to_not_be_null", column="list"),
    "fractions of three columns": _one("expect_multicolumn_sum_to_equal", column_list=["real", "whole", "real"], sum_total=1),
    "one column of several": _one("expect_compound_columns_to_be_unique", column_list=["whole"]),
    "texts above texts": _one("expect_column_pair_values_a_to_be_greater_than_b", column_A="text", column_B="text"),
    "another word for ignoring": _one("expect_column_pair_values_to_be_equal", column_A="whole", column_B="real", ignore_row_if="always"),
    "a type of pandas": _one("expect_column_values_to_be_of_type", column="whole", type_="Int64Dtype"),
    "a whole number that is a fraction": _one("expect_table_row_count_to_equal", value=3.0),
    "a type that is not native": _one("expect_column_values_to_match_like_pattern", column="text", like_pattern="a%"),
}
HONOURED = [
    _one(BETWEEN, column="whole", min_value=0, row_condition=None, mostly=None, meta={"why": "x"}, notes="x"), _one(REGEX, column="text", regex="a"),
    _one(REGEX, column="label", regex="a"), _one("expect_column_pair_values_to_be_equal", column_A="text", column_B="text"),
    _one(IN_SET, column="whole", value_set=[1, 2.0]), _one(IN_SET, column="truth", value_set=[True]), _one(MEAN, column="whole", min_value=2),
    _one(MEAN, column="real", min_value=0.19), _one("expect_column_values_to_not_be_null", column="small"),
    _one("expect_column_sum_to_be_between", column="whole", min_value=0), _one("expect_column_max_to_be_between", column="large", min_value=0),
    _one("expect_column_value_z_scores_to_be_less_than", column="real", threshold=2, double_sided=True),
    _one("expect_column_quantile_values_to_be_between", column="equal", quantile_ranges={"quantiles": [0.5], "value_ranges": [[0, 1]]}),
]


@pytest.mark.parametrize("one", LEFT.values(), ids=LEFT.keys())
def test_what_cannot_be_honoured_exactly_is_left_to_the_library(one):
    assert evaluate(Frame(ODD), one) is None


@pytest.mark.parametrize("one", HONOURED, ids=str)
def test_the_same_without_its_oddity_is_answered(one):
    """Negative control."""
    assert evaluate(Frame(ODD), one) is not None


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_column_is_answered_or_left_and_never_raises(broken):
    frame = Frame(pa.table(dict.fromkeys(COLUMNS, BROKEN[broken])))
    answers = [evaluate(frame, one) for one in SUITE]
    assert any(told is not None for told in answers), "rows and names are counted whatever the columns hold"
    for told in filter(None, answers):
        assert told.unexpected_count is None or 0 <= told.unexpected_count <= N
        assert isinstance(told.success, bool)


def test_a_name_that_two_columns_have_is_left_to_the_library():
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    assert evaluate(Frame(twice), _one(BETWEEN, column="x", min_value=0)) is None
    assert evaluate(Frame(twice.select([0])), _one(BETWEEN, column="x", min_value=0)).success


NO_COLUMN = {
    "column": "zebra", "column_A": "zebra", "column_B": "whole", "column_list": ["zebra", "whole"], "min_value": 0, "value_set": [1], "regex": "a",
    "regex_list": ["a"], "value": 1, "type_": "int", "type_list": ["int"], "threshold": 1, "double_sided": True, "sum_total": 1,
    "value_pairs_set": [[1, 1]], "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]},
}


def test_a_column_that_is_not_there_is_an_error_as_in_the_library():
    speaking = [kind for kind in NATIVE if TYPES[kind].required & {"column", "column_A", "column_list"} and kind != "expect_column_to_exist"]
    asked = [_one(kind, **{key: value for key, value in NO_COLUMN.items()
                           if key in TYPES[kind].required | (TYPES[kind].optional & {"min_value", "regex", "type_list"})}) for kind in speaking]
    assert [evaluate(Frame(ODD), one) for one in asked] == [None] * len(asked)
    assert all(map(raised_in, results_of(asked, ODD)))
    there = [{**one, "kwargs": {key: "real" if value == "zebra" else ["real", "whole"] if key == "column_list" else value
                                for key, value in one["kwargs"].items()}} for one in asked]
    answered = [one["type"] for one in there if evaluate(Frame(ODD), one) is not None]
    assert len(answered) > len(asked) - 12, "negative control: with the column there most are answered"


@pytest.fixture
def bench(tmp_path):
    """A table on disk; gives run(table, expectations, **options)."""

    def run(table, expectations, **options):
        pq.write_table(table, tmp_path / "data.parquet")
        (tmp_path / "suite.json").write_text(json.dumps({"name": "mine", "expectations": expectations}))
        context = CheckContext(resolve=Project(tmp_path).resolve, dataset=Dataset("data", files=(tmp_path / "data.parquet",)))
        return run_check("expectations", profiles(table), {"suite": "suite.json", **options}, context=context)

    return run


def _rows(measured):
    return [row for row in measured.metrics if row.name == "unexpected_share"]


MIXED = [
    _one(BETWEEN, column="whole", min_value=1, max_value=3), _one("expect_column_values_to_be_unique", column="text"),
    _one(REGEX, column="text", regex="^a"), _one("expect_table_columns_to_match_set", column_set=["whole", "text"], exact_match=False),
    {**_one("expect_column_median_to_be_between", column="real", min_value=9), "severity": "info"},
    {**_one("expect_column_pair_values_to_be_equal", column_A="whole", column_B="real"), "severity": "warning"},
]


def test_common_types_are_answered_without_the_library(bench, monkeypatch):
    monkeypatch.setattr(engine, "run_suite", lambda *_: pytest.fail("the library was asked"))
    measured = bench(SCANNED, MIXED)
    assert measured.notes == ("1 of 6 expectations answered from the profile, 5 from one scan of their columns, 0 by Great Expectations",)
    assert {row.name: row.value for row in measured.metrics if row.name.endswith("_failed")} == {
        "critical_failed": 1, "warning_failed": 1, "info_failed": 1}
    with pytest.raises(pytest.fail.Exception, match="the library was asked"):
        bench(SCANNED, [*MIXED, LEFT["a type that is not native"]])


def test_both_engines_give_the_same_rows(bench):
    fast, slow = bench(SCANNED, MIXED), bench(SCANNED, MIXED, engine="great_expectations")
    assert (fast.status, slow.status) == (Status.MEASURED, Status.MEASURED), slow.notes
    assert [(row.where, row.n) for row in _rows(fast)] == [(row.where, row.n) for row in _rows(slow)]
    assert [row.value for row in _rows(fast)] == pytest.approx([row.value for row in _rows(slow)])
    assert "0 of 6 expectations answered from the profile, 6 by" in slow.notes[0]


def test_no_value_of_a_row_is_in_the_evidence(bench):
    secret = pa.table({"who": ["alice", "alice", "bob"], "x": [1, 2, 3]})
    asked = [_one("expect_column_most_common_value_to_be_in_set", column="who", value_set=["carol"]), _one(REGEX, column="who", regex="^z"),
             _one("expect_column_distinct_values_to_be_in_set", column="who", value_set=["carol"]), _one("expect_column_values_to_be_unique", column="who")]
    for chosen in ("auto", "great_expectations"):
        measured = bench(secret, asked, engine=chosen)
        assert measured.status is Status.MEASURED, measured.notes
        assert "alice" not in json.dumps(measured.to_json())
    assert "alice" in str(results_of(asked, secret)), "negative control: the library's own results hold the values"


def test_an_expectation_that_raises_is_an_error_also_beside_native_ones(bench):
    assert bench(SCANNED, MIXED).status is Status.MEASURED
    wrong = bench(SCANNED, [*MIXED, _one("expect_column_values_to_be_unique", column="zebra")])
    assert wrong.status is Status.ERROR
    assert "expect_column_values_to_be_unique could not be evaluated" in wrong.notes[0]


def test_a_suite_that_stops_the_library_is_an_error(bench):
    measured = bench(SCANNED, [*MIXED, LEFT["a parameter"]])
    assert measured.status is Status.ERROR
    assert measured.notes == ("the suite cannot be run: No value found for $PARAMETER low",)


def test_values_that_have_no_json_do_not_stop_the_library(bench):
    table = pa.table({"x": [1, 2], "took": [datetime.timedelta(1), datetime.timedelta(1)]})
    measured = bench(table, [_one("expect_column_values_to_be_unique", column="took")])
    assert measured.status is Status.MEASURED, measured.notes
    assert _rows(measured)[0].value == 1


def test_what_pandas_noted_as_an_index_is_a_column(tmp_path):
    path = tmp_path / "indexed.parquet"
    pd.DataFrame({"key": [1, 2], "x": [3.0, 4.0]}).set_index("key").to_parquet(path)
    table = pq.read_table(path)
    assert "key" not in table.to_pandas().columns, "negative control: pandas takes it for an index"
    (told,) = results_of([_one("expect_column_values_to_be_unique", column="key")], table)
    assert not raised_in(told) and told["success"]


@pytest.mark.parametrize(("rows", "status"), [(0, Status.ERROR), (1, Status.MEASURED)])
def test_expectations_that_no_row_could_break_are_no_pass(rows, status, tmp_path):
    (tmp_path / "suite.json").write_text(json.dumps({"expectations": [_one(BETWEEN, column="whole", min_value=0)]}))
    context = CheckContext(resolve=Project(tmp_path).resolve)
    assert run_check("expectations", profiles(SCANNED.slice(0, rows)), {"suite": "suite.json"}, context=context).status is status


def test_the_columns_that_are_asked_for_are_those_of_every_keyword():
    asked = [_one("expect_compound_columns_to_be_unique", column_list=["a", "b"]), _one("expect_column_pair_values_to_be_equal", column_A="c", column_B="d"),
             _one(BETWEEN, column="e"), _one(BETWEEN, column=7), _one("expect_column_values_to_match_like_pattern", column="not native")]
    assert columns_asked(asked) == {"a", "b", "c", "d", "e"}


def test_a_library_that_ends_the_program_is_an_error_and_no_end():
    """pyspark does so with exit code 0 in a program that is no file."""
    code = ("import sys; from modelops_airflow.checks.great_expectations_engine import results_of\n"
            "import pyarrow as pa\n"
            "try: results_of([{'type': 'expect_column_to_exist', 'kwargs': {'column': 'x'}}], pa.table({'x': [1]}))\n"
            "except Exception as error: print(type(error).__name__, error)\n"
            "print('went on')")
    done = subprocess.run([sys.executable], input=code, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "went on", done
