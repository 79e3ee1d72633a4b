"""Intervals of ratios and differences: as wide as they must be, like Fairlearn's, and the same everywhere."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from worlds import by_where, people, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.resampling import Resampling
from modelops_airflow.checks.share import Share
from modelops_airflow.errors import CheckError
from modelops_airflow.measurement import Status

PLACES = [  # rows and rate of two groups; the first three have rare or nearly sure outcomes in a small group
    (30, 0.05, 300, 0.3), (50, 0.02, 500, 0.1), (60, 0.97, 60, 0.9), (100, 0.2, 100, 0.3), (40, 0.1, 200, 0.5), (1000, 0.3, 1000, 0.35),
    (200, 0.4, 200, 0.4),
]
TRIES = 1500


def _worlds(place, seed=11):
    """Samples from two groups of known rates, and the true difference and ratio."""
    generator = np.random.default_rng(seed)
    n, p, m, q = place
    pairs = zip(generator.binomial(n, p, TRIES), generator.binomial(m, q, TRIES), strict=True)
    return [(Share(int(a), n, f"a{i}"), Share(int(b), m, f"b{i}")) for i, (a, b) in enumerate(pairs)], p - q, p / q


def _covered(intervals, truth):
    """Share of intervals that hold the truth; one that is not given covers nothing, as it promises nothing."""
    return np.mean([one is not None and one[0] - 1e-12 <= truth <= one[1] + 1e-12 for one in intervals])


@pytest.mark.parametrize("place", PLACES)
def test_intervals_hold_the_truth_as_often_as_they_say(place):
    worlds, difference, ratio = _worlds(place)
    resampling = Resampling(400, 5)
    assert _covered([resampling.difference(a, b) for a, b in worlds], difference) >= 0.93
    assert _covered([resampling.ratio(a, b) for a, b in worlds], ratio) >= 0.93


@pytest.mark.parametrize("place", PLACES[5:])
def test_intervals_of_many_rows_are_no_wider_than_they_must_be(place):
    worlds, difference, ratio = _worlds(place)
    resampling = Resampling(400, 5)
    assert _covered([resampling.difference(a, b) for a, b in worlds], difference) <= 0.97
    assert _covered([resampling.ratio(a, b) for a, b in worlds], ratio) <= 0.97


@pytest.mark.parametrize("place", PLACES)
def test_half_as_wide_an_interval_would_not(place):
    """The control of the test above: it fails what is too narrow."""
    worlds, difference, ratio = _worlds(place)
    resampling = Resampling(400, 5)
    assert _covered([_half(resampling.difference(a, b)) for a, b in worlds], difference) < 0.9
    assert _covered([_half(resampling.ratio(a, b)) for a, b in worlds], ratio) < 0.9


def _half(interval):
    low, high = interval
    return low + (high - low) / 4, high - (high - low) / 4


def test_without_the_rows_added_rare_outcomes_would_not_be_covered():
    """The control of adding a row to both sides: the plain bootstrap of the counts."""
    worlds, _, ratio = _worlds(PLACES[1])
    generator = np.random.default_rng(0)

    def plain(a, b):
        drawn = [generator.binomial(one.whole, one.part / one.whole, 400) / one.whole for one in (a, b)]
        return np.quantile(drawn[0] / np.maximum(drawn[1], 1e-9), [0.025, 0.975])

    assert _covered([plain(a, b) for a, b in worlds], ratio) < 0.75


def test_a_group_of_whom_nobody_is_selected_is_not_certain():
    low, high = Resampling(1000, 0).ratio(Share(0, 30, "a"), Share(40, 80, "b"))
    assert low == 0.0
    assert 0.1 < high < 0.4


def test_where_the_reference_may_be_zero_there_is_no_interval_of_a_ratio():
    resampling = Resampling(1000, 0)
    assert resampling.ratio(Share(3, 30, "a"), Share(1, 30, "b")) is None
    assert resampling.ratio(Share(3, 30, "a"), Share(15, 30, "b")) is not None, "the control"
    assert resampling.difference(Share(3, 30, "a"), Share(1, 30, "b")) is not None


def test_without_rows_there_is_no_interval():
    resampling = Resampling(1000, 0)
    assert resampling.ratio(Share(0, 0, "a"), Share(1, 2, "b")) is resampling.difference(Share(1, 2, "b"), Share(0, 0, "a")) is None


def _two(n, selected):
    """Two groups of n rows, of which so many are selected, half of each rightly."""
    rows = [(i % 2, int(i < chosen), name) for name, chosen in zip("ab", selected, strict=True) for i in range(n)]
    return pa.table({"y": [row[0] for row in rows], "prediction": [row[1] for row in rows], "g": [row[2] for row in rows]})


def _rows(table, options=None):
    return run_check("bias", profiles(table, target="y", favourable=1, protected=["g"]), options or {}).metrics


def test_groups_that_are_alike_have_an_interval_down_to_zero():
    """The percentiles of Fairlearn's resampled largest difference never hold zero; they would tell a difference where there is none."""
    metrics = pytest.importorskip("fairlearn.metrics")
    table = _two(200, (100, 96))
    row = by_where(_rows(table), "demographic_parity_difference", by="g")
    assert row.ci[0] == 0.0 < row.value < row.ci[1]
    assert by_where(_rows(table), "demographic_parity_ratio", by="g").ci[1] == 1.0
    frame = metrics.MetricFrame(metrics=lambda y_true, y_pred: y_pred.mean(), y_true=np.array(table["y"]), y_pred=np.array(table["prediction"]),
                                sensitive_features=np.array(table["g"].to_pylist()), n_boot=50, ci_quantiles=[0.025, 0.975], random_state=0)
    assert frame.difference_ci()[0] > 0, "the control"
    apart = by_where(_rows(_two(200, (140, 60))), "demographic_parity_difference", by="g")
    assert apart.ci[0] > 0.2, "the control: groups that differ"


def test_intervals_of_people_are_fairlearns_within_a_fifth_of_their_width():
    """Fairlearn resamples rows, we resample counts. With 200 resamples an end is good to 0.05 widths (one standard error)."""
    metrics = pytest.importorskip("fairlearn.metrics")
    table = people().slice(0, 2000)
    truth, guess = np.array(table["over_50k"]), np.array(table["prediction"])
    parts = {"demographic_parity": lambda y_true, y_pred: y_pred.mean(), "fpr": lambda y_true, y_pred: y_pred[y_true == 0].mean()}
    frame = metrics.MetricFrame(metrics=parts, y_true=truth, y_pred=guess, sensitive_features=np.array(table["sex"].to_pylist()),
                                n_boot=200, ci_quantiles=[0.025, 0.975], random_state=0)
    rows = run_check("bias", profiles(table, target="over_50k", favourable=1, protected=["sex"]), {"resamples": 4000}).metrics
    for form, quantiles in (("difference", frame.difference_ci()), ("ratio", frame.ratio_ci())):
        for name in parts:
            low, high = by_where(rows, f"{name}_{form}", by="sex").ci
            assert (low, high) == pytest.approx([one[name] for one in quantiles], abs=(high - low) / 5), (name, form)
    low, high = by_where(rows, "impact_ratio", sex="female").ci
    assert (low, high) == pytest.approx([one["demographic_parity"] for one in frame.ratio_ci()], abs=(high - low) / 5)


def test_the_reference_itself_has_no_interval_and_no_test():
    rows = _rows(_two(200, (140, 60)))
    best, other = (by_where(rows, "impact_ratio", g=name) for name in "ab")
    assert (best.value, best.ci, best.p) == (1.0, None, None)
    assert other.ci is not None and other.p is not None


def test_another_seed_gives_other_intervals_and_the_same_numbers():
    table = _two(200, (140, 60))
    one, again, other = (_rows(table, {"seed": seed}) for seed in (0, 0, 1))
    assert one == again
    assert by_where(one, "impact_ratio", g="b").ci != by_where(other, "impact_ratio", g="b").ci
    assert [(row.name, row.value) for row in one] == [(row.name, row.value) for row in other]


def test_an_interval_depends_on_no_other_group():
    table = _two(200, (140, 60))
    more = pa.concat_tables([table, pa.table({"y": [0, 1] * 50, "prediction": [0] * 100, "g": ["A"] * 100})])
    assert by_where(_rows(table), "impact_ratio", g="b").ci == by_where(_rows(more), "impact_ratio", g="b").ci


def test_intervals_are_the_same_in_every_process():
    code = ("from modelops_airflow.checks.resampling import Resampling as R; from modelops_airflow.checks.share import Share as S;"
            "print(R(1000, 0).ratio(S(9, 40, 'a'), S(30, 70, 'b')))")
    told = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
            for seed in ("1", "2")}
    assert told == {f"{Resampling(1000, 0).ratio(Share(9, 40, 'a'), Share(30, 70, 'b'))}\n"}


@pytest.mark.parametrize(("options", "why"), [({"resamples": 99}, "100 to 100,000"), ({"resamples": 10**9}, "100 to 100,000"),
                                              ({"seed": -1}, "0 or more"), ({"resamples": 2.5}, "whole number"), ({"seed": None}, "whole number")])
def test_draws_that_cannot_be_made_are_an_error(options, why):
    measured = run_check("bias", profiles(_two(200, (140, 60)), target="y", favourable=1, protected=["g"]), options)
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


def test_too_few_draws_are_refused_by_name():
    with pytest.raises(CheckError, match="resamples is 1"):
        Resampling(1, 0)
