"""Performance by vintage is a curve against its thresholds; a vintage without a value is a gap and never a zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from picture import Picture

from late_world import COLUMNS, late, world
from modelops_airflow.checks import asked_of, run_check
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.vintages import first_moment
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plots import Limit, plot

OPTIONS = {"by_vintage": "quarter"}
LIMITS = [Limit("auc", "warn", "<", 0.85), Limit("auc", "fail", "<", 0.70)]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measurement:
    """Six quarters of which the third went bad; the last are not mature."""
    rows, labels = world(n=6000)
    bad = rows["at"].dt.to_period("Q").astype(str) == "2024Q4"
    data = late(tmp_path_factory.mktemp("late"), rows.assign(score=rows["score"].where(~bad, 1 - rows["score"])), labels)
    return run_check("performance", profiles_of(data, None, COLUMNS, asked=asked_of([("performance", OPTIONS)])), OPTIONS)


def _titles(drawn: Picture) -> list[str]:
    return [one.element.find("{*}title").text or "" for one in drawn.of_class("point") if one.element.find("{*}title") is not None]  # type: ignore[union-attr]


def test_each_vintage_is_a_point_that_says_how_it_is_judged(measured: Measurement) -> None:
    drawn = Picture(plot(measured, limits=LIMITS))
    assert "auc by vintage" in drawn.texts
    values = {row.where["vintage"]: (row.value, row.judged) for row in measured.metrics if row.name == "auc" and row.where}
    told = dict(one.split(": ", 1) for one in _titles(drawn))
    for label, (value, judged) in values.items():
        at = first_moment(label)
        assert at is not None and value is not None
        state = "not judged" if not judged else "fail" if value < 0.70 else "warned" if value < 0.85 else "pass"
        assert told.pop(f"{at:%Y-%m-%d}") == f"{value:.4g}, {state}"
    assert set(told.values()) == {"no value: no row is mature, not judged"}
    assert len(told) == 4, "the quarters of the last year"
    assert {one.number("y1") for one in drawn.of_class("warn")} and {one.number("y1") for one in drawn.of_class("fail")}
    assert "fail" in " ".join(_titles(drawn)), "the one that went bad"
    description = drawn.root.find("{*}desc")
    assert description is not None and (description.text or "").startswith("auc by vintage: 2024-")


def test_the_worst_hangs_lowest_and_no_line_leads_over_a_gap() -> None:
    def row(label: str, value: float | None) -> list[Metric]:
        where = {"vintage": label}
        return [Metric("labelled_share", 1.0, where, n=50), Metric("auc", value, where, n=50, reason=None if value is not None else "the truth has one label only")]

    rows = [Metric("auc", 0.8, n=150), *row("2024", 0.9), *row("2025", None), *row("2026", 0.6), *row("(unknown)", 0.5)]
    told = replace(Measurement.of("performance", rows), parameters={"by_vintage": "year"})
    drawn = Picture(plot(told, limits=LIMITS))
    heights = {title.split(":")[0]: one.y for one, title in zip(drawn.of_class("point"), _titles(drawn), strict=True)}
    assert heights["2026-01-01"] > heights["2024-01-01"]
    assert "auc, (unknown)" in drawn.texts, "rows without a time are in the table"
    assert "2025-01-01: no value: the truth has one label only, error" in _titles(drawn)
    curve = [one.element.attrib["d"] for one in drawn.all if one.kind == "path" and one.element.get("stroke-width") == "1.4"]
    assert [(path.count("M"), path.count("L")) for path in curve] == [(2, 0)], "two points, and nothing between them"


def test_without_requirements_the_main_measure_is_drawn_and_nothing_passes(measured: Measurement) -> None:
    drawn = Picture(plot(measured))
    assert [text for text in drawn.texts if text.endswith(" by vintage")] == ["auc by vintage"]
    assert not any(one.endswith((", pass", ", warned", ", fail")) for one in _titles(drawn))
    assert "measured" in drawn.texts


def test_without_vintages_there_is_no_curve_and_the_table_has_every_row(measured: Measurement) -> None:
    whole = Measurement.of("performance", [row for row in measured.metrics if not row.where])
    assert not any("by vintage" in text for text in Picture(plot(whole, limits=LIMITS)).texts)
    listed = Picture(plot(measured, limits=LIMITS)).texts
    assert {"auc", "mature_share", "labelled_share"} <= set(listed)
    assert not any("2024-Q3" in text for text in listed), "vintages are in the curves, not in the table"


def test_a_column_of_the_data_that_is_called_vintage_is_a_slice_like_others() -> None:
    told = Measurement.of("performance", [Metric("auc", 0.8, n=150), Metric("auc", 0.7, {"vintage": "red"}, n=50), Metric("labelled_share", 1.0, {"vintage": "red"}, n=50)])
    drawn = Picture(plot(told, limits=LIMITS))
    assert "auc, red" in drawn.texts and not drawn.of_class("point")


@pytest.mark.parametrize(("label", "moment"), [
    ("2026", datetime(2026, 1, 1, tzinfo=UTC)), ("2026-Q3", datetime(2026, 7, 1, tzinfo=UTC)), ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
    ("2026-03-09", datetime(2026, 3, 9, tzinfo=UTC)), ("(unknown)", None),
])
def test_a_vintage_begins_when_its_name_says(label: str, moment: datetime | None) -> None:
    assert first_moment(label) == moment
