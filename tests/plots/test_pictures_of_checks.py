"""The pictures of bias, performance, expectations and of a metric over time say what was measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from picture import Picture, Placed
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix
from worlds import by_where, example, people, profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plots import Limit, plot
from modelops_airflow.plots.figure import percent
from modelops_airflow.plots.over_time import Point, curve
from modelops_airflow.plots.sheet import sheet

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(drawn: Picture, text: str) -> Placed:
    return next(one for one in drawn.all if one.kind == "text" and one.text == text)


def ratio_bars(drawn: Picture) -> list[float]:
    """Lengths of the bars on the right, where a ratio of 1 is as long as that of the group that is compared with."""
    start = after(drawn, "impact_ratio to male").x
    return [one.number("width") for one in drawn.of_class("bar") if one.x >= start and one.y < after(drawn, "Largest differences between judged groups of sex").y]


def test_ratios_of_groups_are_drawn_against_the_four_fifths_line() -> None:
    both = profiles(people().drop_columns(["score"]), protected=["sex"], target="over_50k", favourable=1)
    measured = run_check("bias", both, {})
    drawn = Picture(plot(measured, both))
    female, male = ratio_bars(drawn)
    line = drawn.of_class("line")[0].number("x1")

    assert female / male == pytest.approx(by_where(measured.metrics, "impact_ratio", sex="female").value, abs=0.01)
    assert line / male == pytest.approx(0.8, abs=0.01)
    assert "0.8: the four-fifths rule" in drawn.texts


def test_groups_that_are_not_judged_are_hollow_and_small_ones_have_no_number() -> None:
    table = pa.table({"sex": ["f"] * 100 + ["m"] * 200 + ["x"] * 5 + ["d"] * 20,
                      "prediction": [1, 0] * 50 + [1] * 150 + [0] * 50 + [1] * 5 + [0] * 15 + [1] * 5})
    both = profiles(table, protected=["sex"], favourable=1)
    drawn = Picture(plot(run_check("bias", both, {}), both))

    assert sum(bool(one.element.get("stroke-dasharray")) for one in drawn.of_class("bar")) == 2, "rate and ratio of d"
    assert {"0.25, n=20", "0.3333; n < 30: not assessable", "no value: fewer than 10 rows are not shown"} <= set(drawn.texts)


def test_groups_stand_level_on_both_sides_whatever_their_names() -> None:
    long = "a group with a rather long name " * 6
    table = pa.table({"sex": [long] * 100 + ["m"] * 200, "prediction": [1, 0] * 50 + [1] * 100 + [0] * 100})
    both = profiles(table, protected=["sex"], favourable=1)
    drawn = Picture(plot(run_check("bias", both, {}), both))
    heights = [one.y for one in drawn.of_class("bar")][:4]

    assert heights[:2] == heights[2:]


def test_no_number_of_few_people_is_drawn_whoever_measured_it() -> None:
    rows = [Metric("rate", 0.375, {"sex": "x"}, n=8, ci=(0.1, 0.7)), Metric("rate", 0.5, {"sex": "y"}, n=10)]
    drawn = Picture(plot(Measurement.of("mine", rows)))

    assert len(drawn.of_class("bar")) == 1
    assert "0.375" not in drawn.svg
    assert "0.5" in drawn.texts, "the control"


def test_the_calibration_curve_is_scikit_learns() -> None:
    table = people()
    both = profiles(table, target="over_50k")
    drawn = Picture(plot(run_check("performance", both, {}), both))
    true, mean = calibration_curve(table["over_50k"].to_numpy(), table["score"].to_numpy(), n_bins=10)
    perfect = next(one for one in drawn.all if one.kind == "line" and one.element.get("stroke-dasharray") == "4 3" and one.number("x2") > 300)
    (left, right), (bottom, top) = ([perfect.number(f"{axis}{end}") for end in (1, 2)] for axis in "xy")  # from 0, 0 to 1, 1
    seen = [((point.number("cx") - left) / (right - left), (bottom - point.number("cy")) / (bottom - top)) for point in drawn.of_class("point")]

    assert [x for x, _ in seen] == pytest.approx(mean, abs=1e-3)
    assert [y for _, y in seen] == pytest.approx(true, abs=1e-3)


def test_the_table_of_truth_and_prediction_is_scikit_learns() -> None:
    table = people()
    both = profiles(table, target="over_50k")
    drawn = Picture(plot(run_check("performance", both, {}), both))
    cells = confusion_matrix(table["over_50k"].to_numpy(), table["prediction"].to_numpy())

    assert [text for text in drawn.texts if text in {f"{count:,}" for count in cells.flat}] == [f"{count:,}" for count in cells.flat]


def test_cells_and_bins_of_few_rows_are_not_told() -> None:
    table = pa.table({"y": [0, 1] * 30, "prediction": [0, 1] * 27 + [1, 0] * 3, "score": [place / 60 for place in range(60)]})
    both = profiles(table, target="y")
    drawn = Picture(plot(run_check("performance", both, {}), both))

    assert drawn.texts.count("<10") == 2
    assert "bins of fewer than 10 rows are merged with a neighbour" in drawn.texts
    assert len(drawn.of_class("point")) == 5


def test_many_labels_share_the_last_row_even_if_one_is_called_like_it() -> None:
    labels = [str(place) for place in range(12)] + ["+5"]
    table = pa.table({"y": [one for one in labels for _ in range(20)] + ["+5"] * 30, "prediction": [one for one in labels for _ in range(20)] + ["+5"] * 30})
    both = profiles(table, target="y")
    drawn = Picture(plot(run_check("performance", both, {}), both))

    assert len(drawn.of_class("cell")) == 81
    assert "+5, the last: so many other labels, together" in drawn.texts
    assert {"50", "100"} <= set(drawn.texts), "+5 itself, and five others of 20"


def test_a_share_that_is_none_is_told_as_its_number() -> None:
    measured = Measurement.of("expectations", [Metric("unexpected_share", 1e308, {"expectation": "expect_x", "met": "no"}, n=100)])
    picture = plot(measured)
    assert "1e+308 unexpected" in picture and "inf" not in picture
    assert [percent(one) for one in (0.25, 30.0)] == ["25.0%", "3000.0%"], "the control"


def test_expectations_that_are_not_met_come_first_and_say_so_in_words() -> None:
    both = profiles(example("credit", "current"), example("credit", "baseline").slice(0, 20), target="defaulted")
    measured = run_check("expectations", both, {}, context=CheckContext())
    drawn = Picture(plot(measured))
    missed = [row for row in measured.metrics if row.where.get("met") == "no"]
    words = [text for text in drawn.texts if text.startswith(("NOT MET", "met"))]

    assert missed
    assert [text.startswith("NOT MET") for text in words] == [True] * len(missed) + [False] * (len(words) - len(missed))


def test_points_of_time_stand_at_their_values_and_gaps_stay_gaps() -> None:
    values = [0.05, 0.1, None, 0.2, 0.25]
    points = [Point(NOON + timedelta(days=10 * place), value, "error" if value is None else "fail" if value > 0.22 else "pass", reason="no data came")
              for place, value in enumerate(values)]
    drawn = Picture(sheet("psi of the score", [curve(points[::-1], [Limit("psi", "fail", ">", 0.22)])], desc=""))
    placed = drawn.of_class("point")
    height = {one.text: one.number("y") - 4 for one in drawn.all if one.kind == "text" and one.element.get("text-anchor") == "end"}
    unit = (height["0"] - height["0.10"]) / 0.1
    base = after(drawn, "0").y + height["0"]

    assert [round((base - one.y) / unit, 3) for one in placed] == [0.05, 0.1, 0.0, 0.2, 0.25]
    assert [round(one.x - placed[0].x, 1) for one in placed] == [pytest.approx(place * (placed[-1].x - placed[0].x) / 4, abs=0.1) for place in range(5)]
    assert "no value: no data came" in drawn.svg
    line = next(one for one in drawn.all if one.kind == "path" and one.element.get("stroke-width") == "1.4").element.attrib["d"]
    assert (line.count("M"), line.count("L")) == (2, 2), "nothing leads over the gap"
    assert {"pass", "FAIL", "no value", "fail: psi > 0.22"} <= set(drawn.texts)


def test_a_number_of_time_that_is_none_is_a_gap() -> None:
    drawn = sheet("psi", [curve([Point(NOON, float("nan"), "error"), Point(NOON + timedelta(days=1), 0.3, "pass")])], desc="")

    assert "no value: not a finite number" in drawn
    assert Picture(drawn).of_class("point")
    with pytest.raises(ValueError, match="names no time zone"):
        Point(NOON.replace(tzinfo=None), 0.3, "pass")


def test_a_comparison_with_the_version_in_use_draws_each_interval_once_and_its_end_where_a_limit_is_for_it() -> None:
    measured = Measurement.of("champion", [Metric("auc_against_champion", 0.02, ci=(-0.01, 0.05), n=500), Metric("auc_against_champion_worst", -0.01, n=500)])
    free, limited = Picture(plot(measured)), Picture(plot(measured, limits=[Limit("auc_against_champion_worst", "fail", "<", -0.02)]))

    assert not any(text.startswith("auc_against_champion_worst") for text in free.texts)
    assert any(text.startswith("auc_against_champion_worst") for text in limited.texts)
    assert (len(free.of_class("bar")), len(limited.of_class("bar"))) == (1, 2)
