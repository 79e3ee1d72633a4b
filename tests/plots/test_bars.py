"""What is read from the axis of a picture is what was measured."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from picture import Picture

from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plots import Limit, plot

VALUES = {
    "shares": [0.0, 0.25, 0.7, 1.0], "one": [3.5], "tiny": [1e-7, 2.5e-7], "large": [12_345_678.0, 9.9e8], "huge": [1e300, 3e300],
    "negative": [-3.0, -0.5], "both": [-2.0, 5.0, 0.0], "mixed sizes": [1e-3, 1e3],
}


def measured(values: list[float | None], **more: object) -> Measurement:
    return Measurement.of("mine", [Metric("m", value, {"column": f"c{place}"}, reason="because", **more) for place, value in enumerate(values)])  # type: ignore[arg-type]


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())
def test_a_bar_reaches_from_zero_to_its_value(values: list[float]) -> None:
    drawn = Picture(plot(measured(list(values))))
    size = max(map(abs, values))

    assert len(drawn.bars()) == len(values)
    for (low, high), value in zip(drawn.bars(), values, strict=True):
        assert (low, high) == pytest.approx((min(value, 0), max(value, 0)), abs=size * 2e-4)


def test_lengths_are_proportional_to_values() -> None:
    generator = random.Random(4)
    values = [generator.random() for _ in range(50)]
    lengths = [one.number("width") for one in Picture(plot(measured(list(values)))).of_class("bar")]

    per_pixel = [value / length for value, length in zip(values, lengths, strict=True)]
    assert max(per_pixel) == pytest.approx(min(per_pixel), rel=0.01)
    assert lengths != sorted(lengths), "the control: values are not equal"


def test_an_interval_is_drawn_from_its_lower_to_its_upper_end() -> None:
    rows = [Metric("m", 0.5, {"g": "a"}, ci=(0.31, 0.84)), Metric("m", -0.2, {"g": "b"}, ci=(-0.6, 0.1)), Metric("m", 0.4, {"g": "c"}, error_bound=0.05)]
    drawn = Picture(plot(Measurement.of("mine", rows)))

    assert [pytest.approx(one, abs=0.005) for one in drawn.intervals()] == [(0.31, 0.84), (-0.6, 0.1), (0.35, 0.45)]
    assert "0.4 ± 0.05" in drawn.texts
    assert "0.5 (0.31 to 0.84)" in drawn.texts


@pytest.mark.parametrize("facts", [{"ci": (0.1, float("inf"))}, {"ci": (float("nan"), 1.0)}, {"error_bound": float("inf")}])
def test_an_interval_without_an_end_is_said_to_be_unknown(facts: dict[str, object]) -> None:
    drawn = Picture(plot(measured([0.5], **facts)))

    assert drawn.intervals() == []
    assert "0.5 (interval not known)" in drawn.texts


def test_a_distance_is_never_said_to_be_below_zero() -> None:
    drawn = Picture(plot(Measurement.of("drift", [Metric("ks_distance", 0.1, {"column": "a"}, error_bound=0.3)])))

    assert drawn.intervals() == [pytest.approx((0.0, 0.4), abs=0.002)]


def test_thresholds_stand_where_they_are_and_only_at_their_rows() -> None:
    limits = [Limit("m", "warn", ">", 0.1), Limit("m", "fail", ">", 0.2), Limit("m", "fail", ">", 0.05, {"column": "c1"}), Limit("other", "fail", ">", 0.3)]
    drawn = Picture(plot(measured([0.02, 0.15, 0.25]), limits=limits))

    assert drawn.lines("warn") == [pytest.approx(0.1, abs=0.001)] * 3
    assert sorted(drawn.lines("fail")) == [pytest.approx(one, abs=0.001) for one in (0.05, 0.2, 0.2, 0.2)]
    assert "fail: m > 0.05 (column c1)" in drawn.texts
    assert not [text for text in drawn.texts if "other" in text]


def test_a_value_just_short_of_a_threshold_is_not_rounded_onto_it() -> None:
    limits = [Limit("m", "fail", "<", 0.8)]

    assert "0.799999" in Picture(plot(measured([0.799999]), limits=limits)).texts
    assert "0.8;" not in plot(measured([0.799999, 0.1]), limits=limits), "in words neither"
    assert "0.8" in Picture(plot(measured([0.8]), limits=limits)).texts, "the control"
    assert "0.8" in Picture(plot(measured([0.799999]))).texts, "the control: without a threshold four digits do"


def test_no_value_is_no_bar_of_no_length() -> None:
    drawn = Picture(plot(measured([0.5, None, float("nan"), 0.0])))

    assert len(drawn.of_class("bar")) == 2
    assert drawn.texts.count("no value: because") == 2
    assert "c1: no value: because" in drawn.svg


def test_where_nothing_has_a_value_there_is_no_axis() -> None:
    drawn = Picture(plot(measured([None, None])))

    assert drawn.of_class("bar") == []
    assert drawn.ticks() == {}


def test_of_very_many_rows_it_is_said_how_many_are_not_drawn() -> None:
    drawn = Picture(plot(measured([0.1] * 1000)))

    assert len(drawn.of_class("bar")) == 60
    assert "940 more rows are not drawn, 0.1 to 0.1" in drawn.texts


def test_rows_that_are_listed_only_are_outlines_that_say_why() -> None:
    drawn = Picture(plot(Measurement.of("mine", [Metric("m", 0.5, {"g": "a"}), Metric("m", 0.4, {"g": "b"}, judged=False, reason="n < 30")])))

    assert [bool(one.element.get("stroke-dasharray")) for one in drawn.of_class("bar")] == [False, True]
    assert "0.4; n < 30" in drawn.texts


def test_ticks_are_round_and_do_not_touch() -> None:
    generator = random.Random(1)
    for _ in range(300):
        value = generator.choice((-1, 1)) * 10 ** generator.uniform(-12, 12)
        drawn = Picture(plot(measured([value])))
        ticks = sorted(drawn.ticks().items())
        assert 2 <= len(ticks) <= 8, value
        assert all(len(f"{number:.6e}".partition("e")[0].rstrip("0").rstrip(".").replace(".", "").lstrip("-")) <= 3 for _, number in ticks), ticks
        assert min(after - before for (before, _), (after, _) in pairwise(ticks)) > 15
