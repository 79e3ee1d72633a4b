"""Who is judged: unknown is counted, small is listed with its reason, and a reference is one that is there."""

from __future__ import annotations

import pyarrow as pa
import pytest
from worlds import by_where, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

ASKED = [Requirement("impact_ratio", None, "< 0.80", {}, "house, tier 2")]


def _table(**selected):
    """Groups by name: (rows, of them selected); `none` are people without a group."""
    rows = [(None if name == "none" else name, int(i < chosen)) for name, (n, chosen) in selected.items() for i in range(n)]
    return pa.table({"g": pa.array([row[0] for row in rows], pa.string()), "prediction": [row[1] for row in rows]})


def _bias(table, options=None, **columns):
    return run_check("bias", profiles(table, **{"favourable": 1, "protected": ["g"], **columns}), options or {})


def test_people_of_unknown_category_are_counted_with_their_rate_and_never_judged():
    measured = _bias(_table(a=(200, 100), b=(200, 100), none=(20, 0)))
    row = by_where(measured.metrics, "selection_rate", g="(unknown)")
    assert (row.value, row.n, row.judged, row.reason) == (0.0, 20, False, "unknown: counted, never judged")
    assert by_where(measured.metrics, "demographic_parity_ratio", by="g").value == 1.0
    assert judge(ASKED, measured).verdict is Verdict.PASS
    named = _table(a=(200, 100), b=(200, 100), c=(40, 0))
    assert judge(ASKED, _bias(named)).verdict is Verdict.FAIL, "the control: a known category of the same rate is judged"


def test_unknown_people_are_nobodys_rows():
    with_them, without = (_bias(_table(a=(200, 150), b=(200, 100), **more)).metrics for more in ({"none": (30, 30)}, {}))
    for name in ("a", "b"):
        assert by_where(with_them, "n", g=name).value == by_where(without, "n", g=name).value == 200
        assert by_where(with_them, "impact_ratio", g=name) == by_where(without, "impact_ratio", g=name)


def test_that_nobody_is_unknown_is_told():
    row = by_where(_bias(_table(a=(200, 100), b=(200, 100))).metrics, "n", g="(unknown)")
    assert (row.value, row.judged) == (0.0, False)


def test_fewer_than_ten_unknown_people_have_their_row_and_no_number():
    row = by_where(_bias(_table(a=(200, 100), b=(200, 100), none=(9, 9))).metrics, "n", g="(unknown)")
    assert (row.value, row.judged, row.reason) == (None, False, "fewer than 10 rows are not shown")


def test_a_group_below_the_minimum_shows_its_numbers_and_why_it_is_not_judged():
    measured = _bias(_table(a=(200, 100), b=(200, 100), c=(29, 1)))
    rows = [row for row in measured.metrics if row.where == {"g": "c"} and row.value is not None]
    assert {row.name for row in rows} >= {"n", "selection_rate", "impact_ratio"}
    assert {(row.judged, row.reason) for row in rows} == {(False, "n < 30: not assessable")}
    assert judge(ASKED, measured).verdict is Verdict.PASS
    assert judge(ASKED, _bias(_table(a=(200, 100), b=(200, 100), c=(30, 1)))).verdict is Verdict.FAIL, "the control: at the minimum it is judged"


def test_a_category_of_a_small_share_is_left_out_only_where_that_is_asked():
    table = _table(a=(2000, 1000), b=(2000, 1000), c=(60, 3))
    assert judge(ASKED, _bias(table)).verdict is Verdict.FAIL, "the control"
    measured = _bias(table, {"least_share": 0.02})
    row = by_where(measured.metrics, "selection_rate", g="c")
    assert (row.value, row.n, row.judged, row.reason) == (0.05, 60, False, "share of rows < 0.02: left out (least_share)")
    assert by_where(measured.metrics, "n", g="c").value == 60
    assert by_where(measured.metrics, "demographic_parity_ratio", by="g").value == 1.0
    assert judge(ASKED, measured).verdict is Verdict.PASS
    assert measured.parameters["least_share"] == 0.02


def test_a_share_of_just_the_least_is_judged():
    measured = _bias(_table(a=(980, 500), b=(980, 500), c=(40, 20)), {"least_share": 0.02})
    assert by_where(measured.metrics, "impact_ratio", g="c").judged


def test_leaving_out_too_many_people_is_an_error():
    measured = _bias(_table(a=(100, 50), b=(100, 50), c=(40, 2)), {"least_share": 0.3})
    assert measured.status is Status.ERROR
    assert "of rows are in groups that can be judged" in measured.notes[0]


@pytest.mark.parametrize(("options", "why"), [
    ({"least_share": -0.1}, "0 to 0.99"), ({"least_share": 1.0}, "0 to 0.99"), ({"least_share": float("nan")}, "a number"),
    ({"least_share": float("inf")}, "a number"), ({"least_share": None}, "a number"), ({"least_share": "2 %"}, "a number"),
    ({"reference": {"g": "zebra"}}, "there is no reference group 'zebra'; expected one of: a, b"),
    ({"reference": {"g": "tiny"}}, "reference group 'tiny' cannot be judged (n < 30: not assessable); expected one of: a, b"),
    ({"reference": {"g": "(unknown)"}}, "cannot be judged (unknown"),
    ({"reference": {"sex": "a"}}, "reference for 'sex', which has no groups; expected one of: g"),
    ({"reference": {"g": 3}}, "a mapping of texts"), ({"reference": "a"}, "a mapping of texts"),
])
def test_what_cannot_be_asked_is_an_error_that_names_what_can(options, why):
    measured = _bias(_table(a=(200, 100), b=(200, 100), tiny=(12, 6), none=(12, 6)), options)
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]
    assert _bias(_table(a=(200, 100), b=(200, 100), tiny=(12, 6), none=(12, 6))).status is Status.MEASURED, "the control"


def _two_columns(third=40):
    """Women of y are selected half as often as the others."""
    cells = {("f", "x"): (40, 20), ("m", "x"): (40, 20), ("m", "y"): (40, 20), ("f", "y"): (third, third // 4)}
    rows = [(*names, int(i < chosen)) for names, (n, chosen) in cells.items() for i in range(n)]
    return pa.table({"g": [row[0] for row in rows], "h": [row[1] for row in rows], "prediction": [row[2] for row in rows]})


def test_a_reference_of_an_intersection_has_all_its_labels():
    columns = {"protected": ["g", "h"]}
    rows = _bias(_two_columns(), {"reference": {"g+h": "f, y"}}, **columns).metrics
    assert by_where(rows, "impact_ratio", g="m", h="x").value == 2.0
    half = _bias(_two_columns(), {"reference": {"g+h": "f"}}, **columns)
    assert half.status is Status.ERROR
    assert "f, x" in half.notes[0], "half a name could be any of two"


def test_an_intersection_with_one_group_to_judge_is_listed_only():
    sizes = {("f", "x"): 60, ("f", "y"): 20, ("m", "x"): 20, ("m", "y"): 20}
    names = [where for where, n in sizes.items() for _ in range(n)]
    table = pa.table({"g": [one[0] for one in names], "h": [one[1] for one in names], "prediction": [0, 1] * 60})
    alone = [Requirement("impact_ratio", None, "< 0.80", {"g": "f", "h": "x"}, "model file")]
    measured = _bias(table, {"min_group_size": 40}, protected=["g", "h"])
    row = by_where(measured.metrics, "impact_ratio", g="f", h="x")
    assert (row.value, row.judged, row.reason) == (1.0, False, "fewer than two groups can be judged")
    assert "g+h: fewer than two groups can be judged, listed only" in measured.notes
    assert judge(alone, measured).verdict is Verdict.ERROR, "compared with nobody it does not pass"
    assert judge(alone, _bias(table, {"min_group_size": 20}, protected=["g", "h"])).verdict is Verdict.PASS, "the control"


def test_every_group_is_named_once_however_often_it_is_asked_for():
    rows = _bias(_table(a=(200, 100), b=(200, 100)), {"by": ["protected", "g"]}).metrics
    assert len({(row.name, str(row.where)) for row in rows}) == len(rows)


def test_a_column_whose_name_has_a_plus_is_an_attribute_like_any_other():
    table = _table(a=(200, 100), none=(200, 100)).rename_columns(["a+b", "prediction"])
    measured = _bias(table, protected=["a+b"])
    assert measured.status is Status.ERROR, "its coverage is asked for as well"
