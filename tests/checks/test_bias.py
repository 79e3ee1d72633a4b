"""Bias equals Fairlearn, and unknown is never equality."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from worlds import by_where, people, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.measurement import Status

WHOLE = {"min_group_size": 1, "min_coverage": 0.0}
TRUTH = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
GUESS = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
GROUP = list("bbabbcccaacabccbcc")


@pytest.fixture(scope="module")
def fairlearn():
    return pytest.importorskip("fairlearn.metrics")


def _bias(table, options=None, **columns):
    return run_check("bias", profiles(table, **{"target": "y", "favourable": 1, "protected": ["g"], **columns}), options or {})


def _published():
    return pa.table({"y": TRUTH, "prediction": GUESS, "g": GROUP})


def test_published_numbers_of_fairlearns_guide():
    rows = _bias(_published(), WHOLE).metrics
    assert by_where(rows, "demographic_parity_difference", by="g").value == pytest.approx(0.25)
    assert by_where(rows, "demographic_parity_ratio", by="g").value == pytest.approx(2 / 3)
    assert by_where(rows, "equalized_odds_difference", by="g").value == 1.0
    assert by_where(rows, "equalized_odds_ratio", by="g").value == 0.0
    assert by_where(rows, "equal_opportunity_difference", by="g").value == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("group", "n", "tpr", "fpr", "selected"), [("a", 4, 0.5, 1.0, 0.75), ("b", 6, 0.6, 0.0, 0.5), ("c", 8, 0.4, 2 / 3, 0.5)])
def test_published_rates_of_each_group(group, n, tpr, fpr, selected):
    rows = _bias(_published(), WHOLE).metrics
    got = {row.name: row for row in rows if row.where == {"g": group}}
    assert (got["n"].value, got["tpr"].value, got["fpr"].value, got["selection_rate"].value) == pytest.approx((n, tpr, fpr, selected), abs=1e-12)
    assert got["fnr"].value == pytest.approx(1 - tpr, abs=1e-12)
    assert got["tnr"].value == pytest.approx(1 - fpr, abs=1e-12)
    assert got["impact_ratio"].value == pytest.approx(selected / 0.75, abs=1e-12)


def test_published_recall_of_the_intersections():
    second = [8, 6, 8, 8, 8, 8, 6, 6, 6, 8, 6, 6, 6, 6, 8, 6, 6, 6]
    rows = _bias(_published().append_column("h", pa.array(second)), WHOLE, protected=["g", "h"]).metrics
    published = {"a6": (0, 2), "a8": (1, 2), "b6": (2 / 3, 3), "b8": (0.5, 3), "c6": (0.5, 6), "c8": (0, 2)}
    for name, (recall, n) in published.items():
        assert by_where(rows, "tpr", g=name[0], h=name[1]).value == pytest.approx(recall, abs=1e-12)
        assert by_where(rows, "n", g=name[0], h=name[1]).value == n


def test_example_data_equals_fairlearn(fairlearn):
    table = people()
    both = profiles(table, target="over_50k", favourable=1, protected=["race", "sex"])
    rows = run_check("bias", both, WHOLE).metrics
    truth, guess = np.array(table["over_50k"]), np.array(table["prediction"])
    names = {"selection_rate": fairlearn.selection_rate, "tpr": fairlearn.true_positive_rate,
             "fpr": fairlearn.false_positive_rate, "tnr": fairlearn.true_negative_rate}
    for column in ("race", "sex"):
        groups = np.array(table[column].to_pylist())
        frame = fairlearn.MetricFrame(metrics=names, y_true=truth, y_pred=guess, sensitive_features=groups)
        for name in names:
            for group, value in frame.by_group[name].items():
                assert by_where(rows, name, **{column: group}).value == pytest.approx(value, abs=1e-12)
        for name in ("demographic_parity_difference", "demographic_parity_ratio",
                     "equalized_odds_difference", "equalized_odds_ratio", "equal_opportunity_difference"):
            value = getattr(fairlearn, name)(truth, guess, sensitive_features=groups)
            assert by_where(rows, name, by=column).value == pytest.approx(value, abs=1e-12), name
    both_frame = fairlearn.MetricFrame(metrics=fairlearn.selection_rate, y_true=truth, y_pred=guess,
                                       sensitive_features=table.select(["race", "sex"]).to_pandas())
    shown = 0
    for (race, sex), value in both_frame.by_group.items():
        assert by_where(rows, "selection_rate", race=race, sex=sex).value == pytest.approx(value, abs=1e-12)
        shown += 1
    assert shown >= 8


def test_the_adverse_label_gives_another_ratio():
    good, bad = (_bias(_published(), WHOLE, favourable=label).metrics for label in (1, 0))
    assert by_where(good, "demographic_parity_ratio", by="g").value != by_where(bad, "demographic_parity_ratio", by="g").value


def _two_groups(small):
    n = 200
    return pa.table({
        "y": [1, 0] * (n + small // 2), "prediction": [1, 0] * n + [0] * small,
        "g": ["a"] * n + ["b"] * n + ["tiny"] * small,
    })


def test_a_small_group_is_listed_and_never_decides_the_ratio():
    rows = _bias(_two_groups(18)).metrics
    assert by_where(rows, "demographic_parity_ratio", by="g").value == 1.0
    tiny = by_where(rows, "impact_ratio", g="tiny")
    assert tiny.value == 0.0
    assert not tiny.judged


def test_fewer_than_ten_people_are_named_without_a_number():
    row = by_where(_bias(_two_groups(4)).metrics, "selection_rate", g="tiny")
    assert row.value is None
    assert row.n is None
    assert not row.judged


def test_unknown_groups_are_counted_and_not_judged():
    table = _two_groups(0)
    table = table.set_column(2, "g", pa.array([None] * 20 + table["g"].to_pylist()[20:]))
    row = by_where(_bias(table).metrics, "n", g="(unknown)")
    assert row.value == 20
    assert not row.judged


@pytest.mark.parametrize(
    ("table", "columns", "why"),
    [
        (_two_groups(0).slice(0, 200), {}, "at least two"),
        (_two_groups(0).set_column(2, "g", pa.nulls(400, pa.string())), {}, "at least two"),
        (_two_groups(0), {"favourable": "yes"}, "in no prediction"),
        (_two_groups(0).set_column(1, "prediction", pa.array([None, 1] * 200)), {}, "no prediction"),
        (_two_groups(0).select(["y", "g"]), {}, "no predictions"),
    ],
    ids=["one group", "all unknown", "misspelt label", "missing predictions", "no predictions"],
)
def test_what_cannot_be_compared_is_an_error(table, columns, why):
    measured = _bias(table, **columns)
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


def test_low_coverage_is_an_error():
    table = _two_groups(0)
    table = table.set_column(2, "g", pa.array([None] * 100 + table["g"].to_pylist()[100:]))
    assert _bias(table).status is Status.ERROR
    assert _bias(table, {"min_coverage": 0.5}).status is Status.MEASURED


def test_without_labels_only_selection_is_measured():
    rows = _bias(_published().drop_columns(["y"]), WHOLE).metrics
    assert by_where(rows, "demographic_parity_difference", by="g").value == pytest.approx(0.25)
    missing = by_where(rows, "equalized_odds_difference", by="g")
    assert missing.value is None
    assert "no target" in missing.reason


def test_a_named_reference_is_compared_with():
    rows = _bias(_published(), {**WHOLE, "reference": {"g": "b"}}).metrics
    assert by_where(rows, "impact_ratio", g="a").value == pytest.approx(1.5)
    assert _bias(_published(), {**WHOLE, "reference": {"g": "zebra"}}).status is Status.ERROR


def test_the_whole_of_each_group_table_is_the_data():
    table = people()
    both = profiles(table, target="over_50k", favourable=1, protected=["race", "sex"])
    for groups in both.current.groups.values():
        assert sum(group.n for group in groups) == table.num_rows
        assert sum(group.selected for group in groups) == pc.sum(table["prediction"]).as_py()
