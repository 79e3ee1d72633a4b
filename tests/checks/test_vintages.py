"""Performance by vintage: each is what scikit-learn says of its mature rows; what is not mature is never a pass."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, roc_auc_score
from worlds import by_where, profiles

from late_world import COLUMNS, expected, late, stored, world
from modelops_airflow.checks import CheckContext, asked_of, run_check
from modelops_airflow.data.asked import Asked
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge


def measured(folder: Path, rows: Any, labels: Any, options: dict[str, Any], baseline: Dataset | None = None, columns: dict[str, Any] | None = None, **named: Any) -> Measurement:
    """Performance of joined data, as a run has it."""
    data = late(folder, rows, labels, **named)
    found = profiles_of(data, baseline, COLUMNS | (columns or {}), asked=asked_of([("performance", options)]))
    return run_check("performance", found, options, context=CheckContext(dataset=data, columns=COLUMNS))


def verdicts(measurement: Measurement, metric: str, fail: str) -> dict[str, Verdict]:
    rows = judge([Requirement(metric, None, fail, {}, "model file", default=False)], measurement).rows
    return {one.where.get("vintage", ""): one.verdict for one in rows}


def test_each_vintage_is_what_scikit_learn_says_of_its_mature_rows(tmp_path: Path) -> None:
    rows, labels = world(n=6000)
    found = measured(tmp_path, rows, labels, {"by_vintage": "quarter"})
    assert found.status is Status.MEASURED, found.notes
    joined = rows.assign(y=expected(rows, labels), mature=rows["at"] <= "2025-03-31")
    joined["vintage"] = joined["at"].dt.to_period("Q").astype(str).str.replace("Q", "-Q")
    seen = 0
    for (label, part) in [("", joined), *joined[joined["at"].notna()].groupby("vintage")]:
        where = {"vintage": label} if label else {}
        known, mature = part[part["y"].notna()], part[part["mature"]]
        assert by_where(found.metrics, "mature_share", **where).value == pytest.approx(len(mature) / len(part))
        if not len(mature):
            assert [row.reason for row in found.metrics if row.where == where and row.name == "labelled_share"] == ["no row is mature"]
            continue
        seen += 1
        share = by_where(found.metrics, "labelled_share", **where)
        assert (share.value, share.n) == (pytest.approx(len(known) / len(mature)), len(mature))
        auc = by_where(found.metrics, "auc", **where)
        assert (auc.value, auc.n) == (pytest.approx(roc_auc_score(known["y"], known["score"]), abs=1e-12), len(known))
        assert by_where(found.metrics, "accuracy", **where).value == pytest.approx(accuracy_score(known["y"], known["prediction"]))
        assert by_where(found.metrics, "brier", **where).value == pytest.approx(brier_score_loss(known["y"], known["score"]))
        assert by_where(found.metrics, "logloss", **where).value == pytest.approx(log_loss(known["y"], known["score"]))
    assert seen == 6, "all rows, and five quarters of which a part is mature"
    assert found.parameters["as_of"] == "2026-03-31T00:00:00+00:00" and found.parameters["matures_after"] == "P12M"
    told = " ".join(found.notes)
    for word in ("rows are mature (P12M or older by at", "are not mature", "have a label already, which is not used", "mature rows have no label", "50 labels are of no row", "rows have no at"):
        assert word in told, word


def test_amounts_and_several_labels_have_vintages_too(tmp_path: Path) -> None:
    rows, labels = world()
    random = np.random.default_rng(3)
    for name, truth in (("amounts", random.normal(size=len(labels))), ("letters", random.choice(["a", "b", "c"], len(labels)))):
        told = labels.assign(y=truth)
        answers = rows.drop(columns=["score", "prediction"]).merge(told[["id", "y"]], on="id", how="left")
        shifted = answers["y"].fillna(0.0) + 1 if name == "amounts" else answers["y"].fillna("a")
        found = measured(tmp_path / name, answers.drop(columns="y").assign(prediction=shifted), told, {"by_vintage": "year"})
        metric, value = ("rmse", 1.0) if name == "amounts" else ("accuracy", 1.0)
        assert by_where(found.metrics, metric, vintage="2024").value == pytest.approx(value)
        assert {row.where["vintage"] for row in found.metrics if row.where} >= {"2024", "2025", "2026"}


def test_a_vintage_that_went_bad_fails_and_one_that_is_not_mature_is_not_judged(tmp_path: Path) -> None:
    rows, labels = world(n=6000)
    bad = rows["at"].dt.to_period("M") == "2024-11"
    spoilt = rows.assign(score=rows["score"].where(~bad, 1 - rows["score"]), prediction=rows["prediction"].where(~bad, 1 - rows["prediction"]))
    found = verdicts(measured(tmp_path, spoilt, labels, {"by_vintage": "month"}), "auc", "< 0.70")
    assert found.pop("2024-11") is Verdict.FAIL
    assert set(found.values()) == {Verdict.PASS}
    assert max(found) <= "2025-03", "what is younger than a year is not judged"


def test_where_no_row_is_mature_there_is_an_error_and_never_a_pass(tmp_path: Path) -> None:
    rows, labels = world()
    for options in ({}, {"by_vintage": "month"}, {"by": ["region"]}):
        found = measured(tmp_path, rows[rows["at"] > "2025-04-01"], labels, options)
        assert found.status is Status.ERROR
        assert "no row is mature: as of 2026-03-31T00:00:00+00:00: 0 of" in found.notes[0]
        assert set(verdicts(found, "auc", "< 0.1").values()) <= {Verdict.ERROR}
        assert judge([Requirement("auc", None, "< 0.1", {}, "model file", default=False)], found).verdict is Verdict.ERROR


def test_mature_rows_whose_labels_were_taken_away_are_an_error_and_never_a_pass(tmp_path: Path) -> None:
    rows, labels = world(n=6000)
    quarter = set(rows["id"][rows["at"].dt.to_period("Q") == "2024-Q4".replace("-", "")])
    fewer = labels[~labels["id"].isin(quarter)]
    found = measured(tmp_path, rows, fewer, {"by_vintage": "quarter"})
    assert verdicts(found, "auc", "< 0.1")["2024-Q4"] is Verdict.ERROR
    assert by_where(found.metrics, "auc", vintage="2024-Q4").reason == "0 rows have a known label, n < 30: not assessable"
    assert by_where(found.metrics, "labelled_share", vintage="2024-Q4").value == 0.0
    assert verdicts(measured(tmp_path / "control", rows, labels, {"by_vintage": "quarter"}), "auc", "< 0.1")["2024-Q4"] is Verdict.PASS


def test_small_vintages_are_listed_and_too_many_of_them_are_an_error(tmp_path: Path) -> None:
    rows, labels = world(n=1500)
    some = measured(tmp_path, rows, labels, {"by_vintage": "month", "min_slice_size": 30, "min_coverage": 0.5})
    few = measured(tmp_path, rows, labels, {"by_vintage": "day"})
    assert some.status is Status.MEASURED
    assert few.status is Status.ERROR
    assert "different values; expected at most 200" in few.notes[0]
    weeks = measured(tmp_path, rows, labels, {"by_vintage": "week"})
    assert "by week: 0 of" in weeks.notes[0] and "take a longer period" in weeks.notes[0]


def test_a_vintage_of_nine_mature_rows_tells_no_number(tmp_path: Path) -> None:
    rows, labels = world(n=1200)
    mature = rows[rows["at"].dt.to_period("M") < "2025-01"]
    nine = rows[rows["at"].dt.to_period("M") == "2025-02"].iloc[:9]
    assert len(nine) == 9
    found = measured(tmp_path, pd.concat([mature, nine]), labels, {"by_vintage": "year"})
    told = [row for row in found.metrics if row.where.get("vintage") == "2025"]
    assert [(row.name, row.value, row.judged) for row in told] == [("labelled_share", None, False), ("mature_share", None, False)]
    assert "fewer than 10 rows are not shown" in {row.reason for row in told}


def test_changes_are_against_the_whole_baseline(tmp_path: Path) -> None:
    rows, labels = world()
    before, truths = world(seed=8)
    old = before.merge(truths[["id", "y"]], on="id")
    baseline = Dataset("baseline", files=stored(tmp_path, "baseline", old))
    found = measured(tmp_path, rows, labels, {"by_vintage": "year"}, baseline)
    whole = roc_auc_score(old["y"], old["score"])
    for where in ({}, {"vintage": "2024"}):
        assert by_where(found.metrics, "auc_change", **where).value == pytest.approx(by_where(found.metrics, "auc", **where).value - whole)


def test_slices_count_what_is_mature(tmp_path: Path) -> None:
    rows, labels = world()
    found = measured(tmp_path, rows, labels, {"by": ["region"]})
    joined = rows.assign(y=expected(rows, labels), mature=rows["at"] <= "2025-03-31")
    for label, part in joined.groupby("region"):
        known = part[part["y"].notna()]
        share = by_where(found.metrics, "labelled_share", region=label)
        assert (share.value, share.n) == (pytest.approx(len(known) / part["mature"].sum()), part["mature"].sum())
        assert by_where(found.metrics, "auc", region=label).value == pytest.approx(roc_auc_score(known["y"], known["score"]))
        assert not by_where(found.metrics, "mature_share", region=label).judged
    needed = judge([Requirement("mature_share", None, "< 0.9", {}, "model file", default=False)], found)
    assert [(one.where, one.verdict) for one in needed.rows] == [({}, Verdict.FAIL)], "it is asked of the whole"


def test_data_that_has_its_truth_has_vintages_and_no_maturity(tmp_path: Path) -> None:
    rows, labels = world()
    table = rows.merge(labels[["id", "y"]], on="id", how="left")
    data = Dataset("rows", files=stored(tmp_path, "rows", table))
    options = {"by_vintage": "year"}
    found = run_check("performance", profiles_of(data, None, COLUMNS, asked=asked_of([("performance", options)])), options)
    known = table[(table["at"].dt.year == 2025) & table["y"].notna()]
    assert by_where(found.metrics, "auc", vintage="2025").value == pytest.approx(roc_auc_score(known["y"], known["score"]))
    assert by_where(found.metrics, "accuracy", vintage="(unknown)").n == (table["at"].isna() & table["y"].notna()).sum()
    assert not [row for row in found.metrics if row.name == "mature_share"] and "as_of" not in found.parameters


@pytest.mark.parametrize(("options", "asked", "told"), [
    ({"by_vintage": "month"}, Asked(), "the data was not cut into vintages by month by the scan"),
    ({"by_vintage": "month", "by": ["vintage"]}, Asked(slices=("vintage",), vintages=("month",)), "by names a column 'vintage'"),
    ({"by_vintage": "decade"}, Asked(), "by_vintage: expected one of day, week, month, quarter, year, found 'decade'"),
])
def test_vintages_that_cannot_be_are_an_error(options: dict[str, Any], asked: Asked, told: str) -> None:
    table = pa.table({"y": [0, 1] * 50, "prediction": [0, 1] * 50, "vintage": ["a", "b"] * 50, "at": [datetime(2026, 1, 1, tzinfo=UTC)] * 100})
    found = run_check("performance", profiles(table, asked=asked, target="y", time="at"), options)
    assert found.status is Status.ERROR and told in found.notes[0], found.notes


def test_vintages_need_a_time_column() -> None:
    table = pa.table({"y": [0, 1] * 50, "prediction": [0, 1] * 50})
    found = run_check("performance", profiles(table, asked=Asked(vintages=("month",)), target="y"), {"by_vintage": "month"})
    assert found.notes[0] == "there are no vintages by month: there is no time column; name it under data.columns.time"


def test_other_checks_see_the_same_truth(tmp_path: Path) -> None:
    rows, labels = world()
    data = late(tmp_path, rows, labels)
    found = profiles_of(data, None, COLUMNS | {"protected": ("region",), "favourable": 1})
    context = CheckContext(dataset=data, columns=COLUMNS)
    known = rows.assign(y=expected(rows, labels)).dropna(subset=["y"])
    bias = run_check("bias", found, {}, context=context)
    for label, part in known.groupby("region"):
        assert by_where(bias.metrics, "tpr", region=label).value == pytest.approx(part["prediction"][part["y"] == 1].mean())
    backtest = run_check("backtest", found, {}, context=context)
    assert by_where(backtest.metrics, "observed_rate").value == pytest.approx(known["y"].mean())
    assert by_where(backtest.metrics, "labelled_share").value == pytest.approx(len(known) / (rows["at"] <= "2025-03-31").sum())

    stored(tmp_path, "labels", labels.assign(y=1 - labels["y"]))
    again = run_check("backtest", found, {}, context=context)
    assert again.status is Status.ERROR and "the labels labels are no longer those that were profiled" in again.notes[0]
