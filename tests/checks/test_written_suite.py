"""The suite that is written from a baseline: it runs as it is in the library, and says what the inferred one says."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import example, profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.checks.suite import written_suite
from modelops_airflow.checks.suite_lint import suite_faults
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import roles_of
from modelops_airflow.data.scan import scan
from modelops_airflow.measurement import Status
from modelops_airflow.spec.project import Project

KINDS = pa.table({
    "word": ["a", "b", None, "true"] * 10, "flag": [True, False, None, True] * 10, "digit": ["1", "2", "10", None] * 10,
    "label": pa.array(["x", "y", None, "x"] * 10).dictionary_encode(), "raw": pa.array([b"a", b"b", None, b"a"] * 10), "n": [1, 2, None, 4] * 10,
    "y": [0, 1, 1, 0] * 10,
})
SIDES = {
    "credit": (example("credit", "baseline"), example("credit", "current"), {"target": "defaulted"}),
    "income": (example("income", "baseline"), example("income", "current"), {}),
    "pricing": (example("pricing", "baseline"), example("pricing", "current"), {}),
    "kinds": (KINDS, KINDS.set_column(0, "word", pa.array(["a", "z", "z", None] * 10)), {"target": "y"}),
}


def _written(name):
    baseline, _, columns = SIDES[name]
    roles = roles_of(baseline.column_names, columns)
    return written_suite(name, scan(baseline, roles), roles, baseline)


def _numbers(measured):
    assert measured.status is Status.MEASURED, measured.notes
    return [(dict(row.where) | {"index": ""}, None if row.value is None else round(row.value, 12), row.n) for row in measured.metrics]


@pytest.mark.parametrize("name", SIDES)
def test_a_written_suite_says_what_the_inferred_one_says_in_both_engines(name, tmp_path):
    baseline, current, columns = SIDES[name]
    body = _written(name)
    pq.write_table(current, tmp_path / "current.parquet")
    (tmp_path / "mine.json").write_text(json.dumps(body))
    assert suite_faults((tmp_path / "mine.json").read_text()) == []
    context = CheckContext(resolve=Project(tmp_path).resolve, dataset=Dataset("current", files=(tmp_path / "current.parquet",)))
    both = profiles(current, baseline, **columns)
    ours = run_check("expectations", both, {"suite": "mine.json"}, context=context)
    theirs = run_check("expectations", both, {"suite": "mine.json", "engine": "great_expectations"}, context=context)
    inferred = run_check("expectations", both, {}, context=context)
    assert _numbers(ours) == _numbers(theirs)
    if name == "kinds":  # of bytes there is no JSON: one expectation fewer is written
        rows = [row for row in _numbers(inferred) if row[0].get("column") != "raw" or row[0]["expectation"] != "expect_column_values_to_be_in_set"]
        assert rows[5:] == _numbers(ours)[5:]
    else:
        assert _numbers(inferred) == _numbers(ours)


def test_values_of_a_written_suite_are_the_datas_own():
    sets = {one["kwargs"]["column"]: one["kwargs"]["value_set"] for one in _written("kinds")["expectations"] if "value_set" in one["kwargs"]}
    assert sets == {"word": ["a", "b", "true"], "flag": [False, True], "digit": ["1", "2", "10"], "label": ["x", "y"]}


def test_the_library_takes_a_written_suite_as_its_own():
    from great_expectations.core.expectation_suite import ExpectationSuite

    body = json.loads(json.dumps(_written("kinds")))
    assert len(ExpectationSuite(**body).expectations) == len(body["expectations"])
    body["expectations"][1]["kwargs"]["columm"] = "x"
    with pytest.raises(Exception, match="columm"):
        ExpectationSuite(**body)


def test_of_a_column_that_is_nearly_empty_nothing_is_expected_that_nothing_could_break():
    table = pa.table({"empty": [None] * 39 + [1], "half": [None, 1] * 20})
    body = written_suite("s", scan(table, {}), {}, table)
    assert suite_faults(json.dumps(body)) == []
    assert [one["kwargs"]["column"] for one in body["expectations"] if one["type"].endswith("not_be_null")] == ["half"]
