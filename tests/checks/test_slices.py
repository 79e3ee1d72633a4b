"""Performance by slices: each is what the check says of its rows alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import people, profiles

from modelops_airflow.checks import asked_of, run_check
from modelops_airflow.data.asked import Asked
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.merge import merge
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.profile import Profile
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge


def _sliced(table, columns, baseline=None, **named):
    return profiles(table, baseline, asked=Asked(slices=tuple(columns)), **named)


def _by(table, column, baseline=None, options=None, **named):
    """Measurement, and rows by label and name."""
    measured = run_check("performance", _sliced(table, [column], baseline, **named), {"by": [column], **(options or {})})
    rows: dict[str, dict[str, object]] = {}
    for row in measured.metrics:
        rows.setdefault(row.where.get(column, ""), {})[row.name] = row
    return measured, rows


def _regions(n=3000, seed=0, flip=()):
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, n)
    score = 1 / (1 + np.exp(-(2 * y - 1 + generator.normal(0, 1, n))))
    region = generator.choice(["north", "south", "west"], n)
    score = np.where(np.isin(region, flip), generator.random(n), score)
    return pa.table({"y": y, "prediction": (score > 0.5).astype(int), "score": score, "region": region, "grade": generator.integers(1, 5, n)})


@pytest.mark.parametrize("column", ["race", "sex"])
def test_a_slice_is_the_check_on_its_rows_alone(column):
    table = people()
    _, rows = _by(table, column, target="over_50k")
    for label in set(table[column].to_pylist()):
        part = table.filter(pa.array([one == label for one in table[column].to_pylist()]))
        alone = {row.name: row.value for row in run_check("performance", profiles(part, target="over_50k"), {}).metrics}
        assert {name: row.value for name, row in rows[label].items()} == alone, label


def test_several_labels_and_numbers_are_sliced_too():
    generator = np.random.default_rng(5)
    table = _regions(600)
    kinds = table.set_column(0, "y", pa.array(generator.choice(["a", "b", "c"], 600))).set_column(
        1, "prediction", pa.array(generator.choice(["a", "b", "c"], 600))).drop_columns("score")
    truth = generator.normal(size=600)
    numbers = table.set_column(0, "y", pa.array(truth)).set_column(1, "prediction", pa.array(truth + generator.normal(size=600))).drop_columns("score")
    for some, names in ((kinds, {"f1", "mcc"}), (numbers, {"rmse", "r2"})):
        _, rows = _by(some, "grade", target="y")
        assert sorted(rows) == ["", "1", "2", "3", "4"]
        part = some.filter(pa.array(np.array(some["grade"]) == 3))
        alone = {row.name: row.value for row in run_check("performance", profiles(part, target="y"), {}).metrics}
        assert {name: row.value for name, row in rows["3"].items()} == alone
        assert names <= set(alone)


def test_a_slice_that_got_worse_fails_while_the_whole_passes():
    old, new = _regions(seed=1), _regions(seed=2, flip=["west"])
    measured, rows = _by(new, "region", old, target="y")
    asked = [Requirement("auc_change", None, "< -0.20", {}, "model file", default=False)]
    judged = {tuple(one.where.values()): one.verdict for one in judge(asked, measured).rows}
    assert judged == {(): Verdict.PASS, ("north",): Verdict.PASS, ("south",): Verdict.PASS, ("west",): Verdict.FAIL}
    assert rows["west"]["auc_change"].reference == "baseline"
    assert rows["west"]["auc"].value == pytest.approx(0.5, abs=0.05)


def test_small_slices_are_listed_and_not_judged():
    table = _regions(600)
    few = table.set_column(3, "region", pa.array(["tiny"] * 9 + ["small"] * 15 + ["rest"] * 576))
    measured, rows = _by(few, "region", target="y")
    assert [row.judged for row in rows["small"].values()] == [False] * len(rows["small"])
    assert rows["small"]["accuracy"].reason == "n < 30: not assessable"
    assert {name: (row.value, row.judged) for name, row in rows["tiny"].items()} == {"labelled_share": (None, False)}, "nothing is told of nine people"
    assert "2 of 3 slices have fewer than 30 rows" in measured.notes[-1]
    assert rows["rest"]["accuracy"].judged
    _, asked = _by(few, "region", options={"min_slice_size": 15}, target="y")
    assert asked["small"]["accuracy"].judged, "the control"
    refused, _ = _by(few, "region", options={"min_slice_size": 9}, target="y")
    assert (refused.status, "expected 10 or more" in refused.notes[0]) == (Status.ERROR, True)


def test_slices_that_nobody_judges_are_an_error():
    table = _regions(600)
    few = table.set_column(3, "region", pa.array(["small"] * 20 + ["other"] * 25 + ["rest"] * 355 + [None] * 200))
    asked = [Requirement("accuracy", None, "< 0.5", {}, "model file", default=False)]
    for options, why in (
        ({"min_slice_size": 100_000_000}, "region: 0 of 400 rows"), ({"min_slice_size": 100_000_000, "min_coverage": 0.0}, "region: 0 of 400 rows"), ({}, "region: 355 of 400 rows"),
    ):
        measured, _ = _by(few, "region", options=options, target="y")
        assert measured.status is Status.ERROR and measured.notes[0].startswith(why)
        assert judge(asked, measured).verdict is Verdict.ERROR
    for options in ({"min_coverage": 0.88}, {"min_slice_size": 25}):
        assert judge(asked, _by(few, "region", options=options, target="y")[0]).verdict is Verdict.PASS, "the control"
    unknown = table.set_column(3, "region", pa.nulls(600, pa.string()))
    assert "0 of 0 rows" in _by(unknown, "region", target="y")[0].notes[0], "rows of unknown label are no slice to judge by"


def test_taking_labels_away_does_not_make_a_slice_pass():
    table = _regions(600, flip=["west"])
    west = np.array(table["region"].to_pylist()) == "west"
    hidden = [None if gone else label for label, gone in zip(table["y"].to_pylist(), west, strict=True)]
    measured, rows = _by(table.set_column(0, "y", pa.array(hidden)), "region", target="y")
    assert rows["west"]["labelled_share"].value == 0.0
    assert "not assessable" in rows["west"]["accuracy"].reason
    assert judge([Requirement("accuracy", None, "< 0.6", {}, "model file", default=False)], measured).verdict is Verdict.ERROR


def test_a_slice_with_one_label_keeps_what_counts_as_positive():
    table = _regions(600)
    good = pa.array([0 if region == "west" else label for region, label in zip(table["region"].to_pylist(), table["y"].to_pylist(), strict=True)])
    _, rows = _by(table.set_column(0, "y", good), "region", target="y")
    assert rows["west"]["recall"].value == 0.0, "the recall of label 1, not of the only label there is"
    assert rows["west"]["auc"].value is None


def test_people_of_unknown_label_are_a_slice():
    table = _regions(600)
    some = pa.array([None if place % 3 == 0 else "here" for place in range(600)])
    _, rows = _by(table.set_column(3, "region", some), "region", target="y")
    assert rows["(unknown)"]["accuracy"].n == 200


@pytest.mark.parametrize(("values", "why"), [
    (np.linspace(0, 1, 600), "more than 20 different"), (pa.array([f"p{n}" for n in range(600)]), "600 different values"),
    (pa.nulls(600, pa.float64()), "no numbers"), (pa.array([[1]] * 600), "holds lists; expected labels"),
    (pa.array(np.arange(600), pa.timestamp("s")), "holds times"),
])
def test_a_column_without_labels_is_an_error_that_says_so(values, why):
    measured, _ = _by(_regions(600).set_column(3, "region", pa.array(values)), "region", target="y", ignore=["region"])
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


def test_a_column_that_is_not_there_or_was_not_asked_for_is_an_error():
    assert "no column 'zebra'" in _by(_regions(60), "zebra", target="y")[0].notes[0]
    measured = run_check("performance", profiles(_regions(60), target="y"), {"by": ["region"]})
    assert (measured.status, "was not sliced" in measured.notes[0]) == (Status.ERROR, True)


def test_protected_columns_are_those_of_the_model_file():
    table = people()
    named = profiles(table, asked=asked_of([("performance", {"by": ["protected"]})], ["sex"]), target="over_50k", protected=["sex"])
    assert {row.where.get("sex") for row in run_check("performance", named, {"by": ["protected"]}).metrics} == {None, "female", "male"}
    nobody = run_check("performance", profiles(table, target="over_50k"), {"by": ["protected"]})
    assert (nobody.status, "names none" in nobody.notes[0]) == (Status.ERROR, True)


def test_a_baseline_without_the_slice_has_no_change():
    old, new = _regions(600), _regions(600, seed=1)
    table = new.set_column(3, "region", pa.array(["north"] * 300 + ["east"] * 300))
    measured, rows = _by(table, "region", old, target="y")
    assert measured.notes[-1] == "region: no row of the current data is in south, west, which the baseline has"
    assert (rows["east"]["auc_change"].value, rows["east"]["auc_change"].reason) == (None, "the baseline has no such slice")
    assert rows["north"]["auc_change"].value is not None


def test_slices_are_right_where_the_model_is_asked(tmp_path):
    """The data's own column of predictions is all wrong; the model's answers are what counts."""
    table = _regions(900)
    wrong = table.set_column(1, "prediction", pa.array(1 - np.array(table["prediction"])))
    pq.write_table(wrong, tmp_path / "current.parquet")
    answers = table.select(["prediction", "score"])
    both = profiles_of(Dataset("current", files=(tmp_path / "current.parquet",)), None, {"target": "y", "ignore": ["prediction", "score"]},
                       score=lambda _rows: answers, asked=asked_of([("performance", {"by": ["region"]})]))
    rows = run_check("performance", both, {"by": ["region"]}).metrics
    honest = run_check("performance", _sliced(table, ["region"], target="y"), {"by": ["region"]}).metrics
    assert rows == honest
    assert min(row.value for row in rows if row.name == "accuracy") > 0.7


def test_a_profile_with_slices_is_the_same_after_json_and_after_merging():
    table = _regions(900)
    whole = _sliced(table, ["region", "grade"], target="y").current
    assert Profile.from_json(whole.to_json()) == whole
    assert "slices" not in profiles(table, target="y").current.to_json(), "what was not asked for is not there"
    parts = [_sliced(part, ["region", "grade"], table, target="y").current for part in (table.slice(0, 300), table.slice(300))]
    merged = merge(parts)
    for column, found in whole.slices.items():
        assert [(one.label, one.rows, one.outcomes.confusion) for one in merged.slices[column].found] == [
            (one.label, one.rows, one.outcomes.confusion) for one in found.found]
    both = replace(_sliced(table, ["region"], target="y"), current=merged)
    rows = {row.name: row for row in run_check("performance", both, {"by": ["region"]}).metrics if row.where == {"region": "west"}}
    assert rows["auc"].reason == rows["pr_auc"].reason == "ranks of scores cannot be merged from partitions"


def test_what_options_ask_of_the_scan():
    steps = [("performance", {"by": ["protected", "region"]}), ("performance", {"by": ["region"]}), ("bias", {"by": ["race"]})]
    assert asked_of(steps, ["sex"]).slices == ("sex", "region")
    assert asked_of([("performance", {"by": 3})]) == asked_of([]) == Asked(), "what the check will refuse asks for nothing"
