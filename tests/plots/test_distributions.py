"""Distributions: areas are shares of rows, as NumPy counts them from the rows themselves, and nobody stands alone in a bin."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from picture import NUMBER, Picture
from worlds import example, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.data.profile import Column
from modelops_airflow.evidence.floor import LEAST_ROWS
from modelops_airflow.plots import plot
from modelops_airflow.plots.distribution import Densities, Shares, distribution

GENERATOR = np.random.default_rng(3)
NUMBERS = {
    "normal": (GENERATOR.normal(size=3000), GENERATOR.normal(0.4, 1.5, size=2000)),
    "skewed": (np.exp(2 * GENERATOR.normal(size=3000)), np.exp(2 * GENERATOR.normal(size=2000)) * 1.3),
    "mostly zero": (np.where(GENERATOR.random(3000) < 0.9, 0, GENERATOR.exponential(1000, 3000)), np.where(GENERATOR.random(2000) < 0.8, 0, 500.0)),
    "whole": (GENERATOR.integers(0, 90, 3000).astype(float), GENERATOR.integers(20, 120, 2000).astype(float)),
    "few rows": (GENERATOR.normal(size=60), GENERATOR.normal(size=45)),
    "large": (GENERATOR.normal(1e15, 1e3, size=500), GENERATOR.normal(1e15, 1e3, size=500)),
}


def columns(old: np.ndarray, new: np.ndarray) -> tuple[Column, Column]:
    both = profiles(pa.table({"x": new}), pa.table({"x": old}))
    assert both.baseline
    return both.baseline.columns["x"], both.current.columns["x"]


@pytest.mark.parametrize("name", NUMBERS)
def test_the_area_of_a_bin_is_its_share_of_rows(name: str) -> None:
    old, new = NUMBERS[name]
    found = distribution(*columns(old, new))
    assert isinstance(found, Densities)
    edges = np.array(found.edges)
    top = np.nextafter(edges[-1], np.inf) if edges[-1] >= old.max() else edges[-1]  # the last stored bin is closed
    for side, values in enumerate((old, new)):
        counted = np.histogram(values[values < top], bins=[*edges[:-1], top])[0]
        areas = np.array([pair[side] for pair in found.densities]) * np.diff(edges)
        assert areas == pytest.approx(counted / len(values), abs=1e-12)
        assert all(count == 0 or count >= LEAST_ROWS for count in counted), counted
        beyond = 1 - counted.sum() / len(values)
        assert bool(found.notes) or beyond == pytest.approx(0, abs=1e-9)


def test_the_step_of_the_picture_is_the_density() -> None:
    old, new = NUMBERS["normal"]
    both = profiles(pa.table({"x": new}), pa.table({"x": old}))
    drawn = Picture(plot(run_check("drift", both, {}), both))
    found = distribution(*columns(old, new))
    assert isinstance(found, Densities)
    outline = drawn.of_class("current")[0]
    points = [(float(x) + outline.x, float(y) + outline.y) for x, y in re.findall(r"[ML](\S+?) (-?[\d.]+)", outline.element.attrib["d"])]
    across, up = _axes(drawn, outline.y)

    tops = [(across(left), across(right), up(y)) for (left, y), (right, same) in pairwise(points[1:-1]) if y == same and right > left]
    expected = [(low, high, pair[1]) for (low, high), pair in zip(pairwise(found.edges), found.densities, strict=True)]
    assert len(tops) == len(expected)
    for seen, wanted in zip(tops, expected, strict=True):
        assert seen == pytest.approx(wanted, abs=0.02)


def _axes(drawn: Picture, top: float):  # type: ignore[no-untyped-def]
    """Pixels to numbers, by two ticks of each axis of the only panel of densities."""
    below = [one for one in drawn.all if one.kind == "text" and one.y == top and re.fullmatch(NUMBER, one.text)]
    flat = sorted((one.x + one.number("x"), float(one.text)) for one in below if one.element.get("text-anchor") == "middle")
    steep = sorted((one.y + one.number("y") - 4, float(one.text)) for one in below if one.element.get("text-anchor") == "end")

    def by(ticks: list[tuple[float, float]]):  # type: ignore[no-untyped-def]
        (low, first), (high, last) = ticks[0], ticks[-1]
        return lambda pixel: first + (pixel - low) / (high - low) * (last - first)

    return by(flat), by(steep)


def test_a_label_of_few_is_among_the_others_and_cannot_be_subtracted() -> None:
    table = pa.table({"x": ["a"] * 100 + ["b"] * 50 + ["c"] * 30 + ["alone"] * 3})
    both = profiles(table, table)
    assert both.baseline
    found = distribution(both.baseline.columns["x"], both.current.columns["x"])

    assert isinstance(found, Shares)
    assert found.labels == ("a", "b", "2 others"), "c is with it, or whoever knows the rest knows it"
    assert found.shares[-1][1] == pytest.approx(33 / 183)
    assert found.notes
    drawn = plot(run_check("drift", both, {}), both)
    assert "alone" not in drawn
    assert ">b<" in drawn, "the control"


def test_labels_that_are_all_of_few_are_not_drawn() -> None:
    table = pa.table({"x": [f"person {place}" for place in range(60)]})
    both = profiles(table, table)
    drawn = plot(run_check("drift", both, {}), both)

    assert "person" not in drawn
    assert "every value has fewer than 10 rows, which are not shown" in " ".join(Picture(drawn).texts)


def test_paired_bars_are_shares_of_each_side() -> None:
    both = profiles(example("credit", "current").select(["housing"]), example("credit", "baseline").select(["housing"]))
    assert both.baseline
    drawn = Picture(plot(run_check("drift", both, {}), both))
    sides = {"baseline": both.baseline, "current": both.current}
    told = {name: [one.number("width") for one in drawn.of_class(name)] for name in sides}
    columns = {name: side.columns["housing"] for name, side in sides.items()}
    shares = {name: [count / column.valid for count in (column.values or {}).values()] for name, column in columns.items()}

    unit = told["baseline"][0] / shares["baseline"][0]
    for name in sides:
        assert [width / unit for width in told[name]] == pytest.approx(shares[name], abs=1e-3)


@pytest.mark.parametrize(("old", "new", "says"), [
    ([1.0, 2.0] * 20, [None] * 20, "the current data has no usable value"), ([None] * 20, [1.0] * 20, "the baseline has no usable value"),
    (["a"] * 20, [1.5] * 20, "cannot be laid over each other"),
])
def test_what_cannot_be_drawn_says_why(old: list[object], new: list[object], says: str) -> None:
    now = pa.table({"x": pa.array(new, pa.float64()) if new[0] is None else new, "y": ["k"] * len(new)})
    before = pa.table({"x": pa.array(old, pa.float64()) if old[0] is None else old, "y": ["k"] * len(old)})
    both = profiles(now, before)

    assert says in " ".join(Picture(plot(run_check("drift", both, {}), both)).texts)


def test_current_data_that_left_the_picture_is_told_in_words() -> None:
    now, before = pa.table({"x": np.arange(100) + 1e4}), pa.table({"x": np.arange(100) * 1.0})
    both = profiles(now, before)

    assert "above about 99, not drawn: baseline none, current 100.0%" in Picture(plot(run_check("drift", both, {}), both)).texts


def test_sixty_columns_have_sixty_bars_and_the_worst_twelve_are_laid_over() -> None:
    before = {f"c{place:02}": GENERATOR.normal(size=300) for place in range(60)}
    now = {name: values * (1 + place / 20) for place, (name, values) in enumerate(before.items())}
    both = profiles(pa.table(now), pa.table(before))
    measured = run_check("drift", both, {"method": "psi"})
    drawn = Picture(plot(measured, both))
    worst = sorted((row for row in measured.metrics if row.where), key=lambda row: -(row.value or 0))[:12]

    assert len(drawn.of_class("bar")) == 60
    assert [one.text for one in drawn.all if one.kind == "text" and one.element.get("font-weight") == "bold"][3:] == [row.where["column"] for row in worst]
