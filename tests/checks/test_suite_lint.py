"""A suite is linted without the library: every mistake with its place in the file."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from modelops_airflow.checks.great_expectations_engine import raised_in, results_of
from modelops_airflow.checks.suite_lint import MOST, suite_faults
from modelops_airflow.errors import CheckError

BETWEEN = "expect_column_values_to_be_between"


def _text(*expectations, **more):
    return json.dumps({"name": "mine", "expectations": list(expectations), **more})


def _one(kind=BETWEEN, severity="critical", **kwargs):
    return {"type": kind, "kwargs": kwargs, "severity": severity}


GOOD = _one(column="x", min_value=0, max_value=9.5, mostly=0.9, strict_min=True)

WHOLE = {
    "no JSON": ("{", "", "it is no JSON"),
    "no suite": ("[1]", "", "it is no suite of Great Expectations"),
    "no list": ('{"expectations": {}}', "", "it is no suite of Great Expectations"),
    "deep": ("[" * 100_000, "", "it is no JSON"),
    "empty": (_text(), "expectations", "it expects nothing"),
}

ONES = {
    "no mapping": (3, "expectations[1]", "it has no type"),
    "the key of old": ({"expectation_type": BETWEEN, "kwargs": {}}, "expectations[1]", "it has no type"),
    "unknown type": (_one("expect_column_values_to_be_betwen", column="x"), "expectations[1].type", f"(did you mean {BETWEEN!r}?)"),
    "severity": (_one(severity="deadly", column="x", min_value=1), "expectations[1].severity", "there is no such severity"),
    "kwargs": ({"type": BETWEEN, "kwargs": [1]}, "expectations[1].kwargs", "are no mapping"),
    "unknown keyword": (_one(column="x", min_vlaue=1, max_value=2), "expectations[1].kwargs.min_vlaue", "(did you mean 'min_value'?)"),
    "required keyword": (_one("expect_column_values_to_be_in_set", column="x"), "expectations[1].kwargs", "lacks the keyword 'value_set'"),
    "required keyword null": (_one(column=None, min_value=1), "expectations[1].kwargs", "lacks the keyword 'column'"),
    "mostly above 1": (_one(column="x", min_value=1, mostly=95), "expectations[1].kwargs.mostly", "cannot be used"),
    "mostly below 0": (_one(column="x", min_value=1, mostly=-0.1), "expectations[1].kwargs.mostly", "cannot be used"),
    "mostly in words": (_one(column="x", min_value=1, mostly="most"), "expectations[1].kwargs.mostly", "cannot be used"),
    "min above max": (_one(column="x", min_value=2, max_value=1), "expectations[1].kwargs.min_value", "is above max_value"),
    "no bound": (_one(column="x"), "expectations[1].kwargs", "neither min_value nor max_value"),
    "a bound that is a list": (_one(column="x", min_value=[1]), "expectations[1].kwargs.min_value", "cannot be used"),
    "column that is a number": (_one(column=3, min_value=1), "expectations[1].kwargs.column", "cannot be used"),
    "column without a name": (_one(column="", min_value=1), "expectations[1].kwargs.column", "cannot be used"),
    "one column of several": (_one("expect_compound_columns_to_be_unique", column_list=["x"]), "expectations[1].kwargs.column_list", "cannot be used"),
    "columns of numbers": (_one("expect_compound_columns_to_be_unique", column_list=[1, 2]), "expectations[1].kwargs.column_list", "cannot be used"),
    "pattern": (_one("expect_column_values_to_match_regex", column="t", regex="("), "expectations[1].kwargs.regex", "cannot be used"),
    "set that is a text": (_one("expect_column_values_to_be_in_set", column="x", value_set="abc"), "expectations[1].kwargs.value_set", "cannot be used"),
    "parameter": (_one(column="x", min_value={"$PARAMETER": "low"}), "expectations[1].kwargs.min_value", "no parameters"),
}


@pytest.mark.parametrize(("text", "place", "told"), WHOLE.values(), ids=WHOLE.keys())
def test_what_is_no_suite_is_told(text, place, told):
    (fault,) = suite_faults(text)
    assert fault.place == place and told in fault.message


@pytest.mark.parametrize(("one", "place", "told"), ONES.values(), ids=ONES.keys())
def test_a_mistake_is_told_at_its_place(one, place, told):
    (fault,) = suite_faults(_text(GOOD, one))
    assert fault.place == place and told in fault.message


def test_a_good_suite_has_no_mistake():
    """Negative control, with what real suites have beside type and keywords."""
    real = {**GOOD, "id": "0f", "meta": {"owner": "risk"}, "notes": "why", "rendered_content": []}
    nothing = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1, "max_value": None, "strict_min": False}}
    dates = _one("expect_column_max_to_be_between", column="day", min_value="2020-01-01", max_value="2019-12-31T00:00:00")
    assert suite_faults(_text(real, nothing, dates, id=None, meta={"great_expectations_version": "1.24.1"}, notes=None)) == []


def test_numbers_that_are_none_are_told():
    (fault,) = suite_faults(_text(_one(column="x", min_value=float("nan"))))
    assert fault.place == "expectations[0].kwargs.min_value"


def test_all_mistakes_are_told_at_once_up_to_a_number():
    wrong = _one(column=3, mostly=7, min_value=2, max_value=1)
    assert [fault.place.rsplit(".", 1)[-1] for fault in suite_faults(_text(wrong))] == ["column", "mostly", "min_value"]
    many = suite_faults(_text(*[wrong] * 1000))
    assert len(many) == MOST + 1
    assert many[-1].message == f"and {3000 - MOST} more mistakes"


def _refused(one):
    table = pa.table({"x": [1.0, 2.0], "t": ["a", "b"]})
    try:
        (told,) = results_of([one], table)
    except CheckError:
        return True
    return bool(raised_in(told)) or not told["success"]


@pytest.mark.parametrize("case", sorted(ONES.keys() - {"no mapping", "the key of old", "kwargs"}))
def test_what_is_a_mistake_here_is_never_met_by_the_library(case):
    assert _refused(ONES[case][0])
    assert not _refused(GOOD), "negative control"
