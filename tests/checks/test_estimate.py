"""Performance without labels: against NannyML's recorded numbers, and against the labels that came in the end."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from worlds import profiles

from modelops_airflow.checks import CHECKS, asked_of, run_check
from modelops_airflow.checks.calibration import isotonic
from modelops_airflow.checks.expected_outcomes import MEASURES
from modelops_airflow.data.asked import Asked
from modelops_airflow.data.merge import merge
from modelops_airflow.data.profile import Profile
from modelops_airflow.measurement import Status

RECORDED = json.loads((Path(__file__).parent / "nannyml_estimates.json").read_text(encoding="utf-8"))


def _table(score, truth=None):
    columns = {"score": pa.array(score), "prediction": pa.array((np.array(score) > 0.5).astype(int))}
    return pa.table(columns | {"y": pa.array(truth if truth is not None else [None] * len(score), pa.int64())})


def _both(baseline, current):
    return profiles(_table(*current), _table(*baseline), asked=Asked(scores=True), target="y")


def _estimated(baseline, current, **options):
    measured = run_check("performance-estimate", _both(baseline, current), {"resamples": 200, **options})
    assert measured.status is Status.MEASURED, measured.notes
    return {row.name.removeprefix("estimated_"): row for row in measured.metrics}


def _realised(score, truth):
    """What `performance` says once labels are there; it equals scikit-learn."""
    return {row.name: row.value for row in run_check("performance", profiles(_table(score, truth), target="y"), {}).metrics}


def _draw(generator, n, shift=0.0, chance=lambda score: score):
    score = 1 / (1 + np.exp(-generator.normal(shift - 0.5, 1.5, n)))
    return score, (generator.random(n) < chance(score)).astype(int)


@pytest.fixture(scope="module")
def samples():
    """The recording script's data, made again."""
    spec = importlib.util.spec_from_file_location("nannyml_estimates", Path(__file__).parents[2] / RECORDED["script"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.samples


CASES = ["calibrated", "shifted", "overconfident"]


@pytest.mark.parametrize("case", CASES)
def test_it_is_nannymls_estimate_and_the_truth_is_near(samples, case):
    """NannyML calibrates row by row, we bin by bin: a thousandth apart, a tenth of what sampling moves either of them."""
    baseline, (score, truth) = samples(case)
    rows, came = _estimated(baseline, (score,)), _realised(score, truth)
    for name, told in RECORDED["cases"][case].items():
        assert rows[name].value == pytest.approx(told["value"], abs=0.001), name
        assert abs(came[name] - rows[name].value) < 1.5 * np.ptp(rows[name].ci) / 2, f"{name} within three standard errors: one sample of many"
    raw = _estimated(baseline, (score,), calibrate="none")
    assert (abs(raw["accuracy"].value - came["accuracy"]) > 0.03) == (case == "overconfident"), "the control: not calibrating misleads"


def test_scores_taken_as_they_are_are_summed_row_by_row(samples):
    baseline, (score, _) = samples("shifted")
    rows, yes = _estimated(baseline, (score,), calibrate="none"), score > 0.5
    tp, fp, fn, tn = score[yes].sum(), (1 - score[yes]).sum(), score[~yes].sum(), (1 - score[~yes]).sum()
    wanted = {"accuracy": (tp + tn) / len(score), "precision": tp / (tp + fp), "recall": tp / (tp + fn), "specificity": tn / (tn + fp), "f1": 2 * tp / (2 * tp + fp + fn)}
    for name, value in wanted.items():
        assert rows[name].value == pytest.approx(value, abs=1e-12), name
    ordered = np.sort(score)
    area = (ordered * (np.cumsum(1 - ordered) - (1 - ordered) / 2)).sum() / ordered.sum() / (1 - ordered).sum()
    assert abs(rows["auc"].value - area) < rows["auc"].error_bound < 0.005


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_truth_lies_in_the_interval_as_often_as_it_says(shift):
    """200 draws of scores that are the chances, with a shift of the data too."""
    generator = np.random.default_rng(0)
    inside = dict.fromkeys(MEASURES, 0)
    for _ in range(200):
        both = _both(_draw(generator, 3000), _draw(generator, 1500, shift))
        came = {row.name: row.value for row in run_check("performance", both, {}).metrics}
        for row in run_check("performance-estimate", both, {"resamples": 100}).metrics[:len(MEASURES)]:
            low, high = row.ci
            inside[row.name.removeprefix("estimated_")] += low <= came[row.name.removeprefix("estimated_")] <= high
    assert min(inside.values()) >= 186, inside
    assert min(inside.values()) < 200, "the control: an interval that is never left says nothing"


def test_the_estimate_follows_a_shift_of_the_data():
    generator = np.random.default_rng(3)
    baseline, before, after = _draw(generator, 20_000), _draw(generator, 20_000), _draw(generator, 20_000, shift=1.5)
    rows = _estimated(baseline, after[:1])
    assert rows["precision"].value == pytest.approx(_realised(*after)["precision"], abs=0.02)
    assert abs(_realised(*before)["precision"] - _realised(*after)["precision"]) > 0.04, "the control: the shift is worth seeing"
    assert rows["precision_change"].value == pytest.approx(rows["precision"].value - _realised(*baseline)["precision"], abs=1e-12)
    assert rows["precision_change"].reference == "baseline"


def test_it_cannot_see_that_a_score_means_something_else_now():
    """Concept drift: the documents say so, and this is why."""
    generator = np.random.default_rng(4)
    baseline, current = _draw(generator, 20_000), _draw(generator, 20_000, chance=lambda score: 0.5 + 0.3 * (score - 0.5))
    rows = _estimated(baseline, current[:1])
    assert rows["auc"].value > 0.75
    assert _realised(*current)["auc"] < 0.62


def test_labels_of_the_current_data_change_nothing():
    generator = np.random.default_rng(5)
    baseline, current = _draw(generator, 2000), _draw(generator, 2000)
    assert _estimated(baseline, current) == _estimated(baseline, current[:1])


@pytest.mark.parametrize(("spoil", "why"), [
    (lambda s: s * 20 - 3, "no probabilities: -2.9"), (np.log, "no probabilities"), (lambda s: s + 1e-9, "no probabilities"),
    (lambda s: np.where(s == s[0], np.nan, s), "1 rows of the current data have no finite score"), (lambda s: np.full(len(s), np.nan), "2000 rows"),
])
def test_scores_that_are_no_probabilities_are_an_error(spoil, why):
    generator = np.random.default_rng(6)
    baseline, (score, _) = _draw(generator, 2000), _draw(generator, 2000)
    score[1] = 1.0
    table = _table(score)
    spoilt = table.set_column(0, "score", pa.array(spoil(score)))
    measured = run_check("performance-estimate", profiles(spoilt, _table(*baseline), asked=Asked(scores=True), target="y"), {})
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


def test_a_score_of_the_other_label_is_an_error():
    generator = np.random.default_rng(7)
    baseline, (score, _) = _draw(generator, 2000, chance=lambda s: 1 - s), _draw(generator, 2000)
    measured = run_check("performance-estimate", _both(baseline, (score,)), {})
    assert measured.status is Status.ERROR
    assert "falls as the truth rises" in measured.notes[0]


def test_what_there_is_nothing_to_learn_from():
    generator = np.random.default_rng(8)
    score, truth = _draw(generator, 500)
    asked = Asked(scores=True)
    for baseline, why in ((_table(score), "no rows with a prediction and one of two labels"), (_table(score, [1] * 500), "all the same"), (None, "no baseline")):
        measured = run_check("performance-estimate", profiles(_table(score), baseline, asked=asked, target="y"), {})
        assert measured.status is Status.ERROR
        assert why in measured.notes[0]
    texts = _table(score).set_column(0, "score", pa.array(["high"] * 500))
    assert "cannot be read" in run_check("performance-estimate", profiles(texts, _table(score, truth), asked=asked, target="y"), {}).notes[0]
    words = _table(score).set_column(1, "prediction", pa.array(score > 0.5))
    assert "labels that the baseline has not: false, true" in run_check(
        "performance-estimate", profiles(words, _table(score, truth), asked=asked, target="y"), {}).notes[0]
    unasked = run_check("performance-estimate", profiles(_table(score), _table(score, truth), target="y"), {})
    assert "did not count the scores" in unasked.notes[0]
    some = _table(score, truth).drop_columns("score")
    assert run_check("performance-estimate", profiles(some, some, asked=asked, target="y"), {}).status is Status.NOT_APPLICABLE
    three = _table(score, generator.integers(0, 3, 500))
    assert run_check("performance-estimate", profiles(three, three, asked=asked, target="y"), {}).status is Status.NOT_APPLICABLE
    assert run_check("performance-estimate", profiles(_table(score), _table(score, truth), asked=asked, target="y"), {"resamples": 3}).status is Status.ERROR


def test_a_baseline_that_is_labelled_in_part_is_learned_from_its_labels():
    generator = np.random.default_rng(9)
    (score, truth), current = _draw(generator, 20_000), _draw(generator, 5000)
    part = [int(one) if place % 4 == 0 else None for place, one in enumerate(truth)]
    whole, some = _estimated((score, truth), current[:1]), _estimated((score, part), current[:1])
    assert some["accuracy"].value == pytest.approx(whole["accuracy"].value, abs=0.02)
    assert np.ptp(some["accuracy"].ci) > np.ptp(whole["accuracy"].ci), "fewer labels, less known"


def test_few_different_scores_keep_their_order():
    generator = np.random.default_rng(10)
    score = generator.choice([0.1, 0.2, 0.9], 5000, p=[0.9, 0.06, 0.04])
    truth = (generator.random(5000) < score).astype(int)
    rows, came = _estimated((score, truth), (score,)), _realised(score, truth)
    assert rows["auc"].value == pytest.approx(came["auc"], abs=1e-12), "the baseline's own labels, bin by bin"
    assert rows["f1"].value == pytest.approx(came["f1"], abs=1e-12)


def test_isotonic_regression_equals_sklearn():
    regression = pytest.importorskip("sklearn.isotonic").IsotonicRegression()
    generator = np.random.default_rng(11)
    for _ in range(50):
        rows = generator.integers(1, 40, 60)
        positives = generator.binomial(rows, np.clip(np.linspace(0, 1, 60) + generator.normal(0, 0.2, 60), 0, 1))
        wanted = regression.fit(np.arange(60), positives / rows, sample_weight=rows).predict(np.arange(60))
        assert isotonic(positives, rows) == pytest.approx(wanted, abs=1e-12)
    empty = isotonic(np.array([0, 1, 0, 3, 0]), np.array([0, 2, 0, 4, 0]))
    assert empty.tolist() == [0.5, 0.5, 0.5, 0.75, 0.75]


def test_draws_are_those_of_the_seed():
    generator = np.random.default_rng(12)
    baseline, current = _draw(generator, 2000), _draw(generator, 2000)
    one, again, other = (_estimated(baseline, current[:1], seed=seed)["f1"].ci for seed in (0, 0, 1))
    assert one == again != other
    assert _estimated(baseline, current[:1], resamples=1500)["f1"].ci == pytest.approx(one, abs=0.02), "more than one batch of draws"


def test_profiles_keep_scores_in_bins_and_merge_them():
    generator = np.random.default_rng(13)
    baseline, (score, truth) = _draw(generator, 2000), _draw(generator, 900)
    both = _both(baseline, (score, truth))
    assert Profile.from_json(both.current.to_json()) == both.current
    parts = [_both(baseline, (score[part], truth[part])).current for part in (slice(0, 300), slice(300, 900))]
    merged = merge(parts).scores
    assert [(one.yes, one.no, one.labelled, one.positives) for one in merged.bins] == [
        (one.yes, one.no, one.labelled, one.positives) for one in both.current.scores.bins]
    assert sum(one.yes_sum for one in merged.bins) == pytest.approx(sum(one.yes_sum for one in both.current.scores.bins), rel=1e-12)
    assert asked_of([("performance-estimate", {})]).scores and not asked_of([("performance", {})]).scores
    assert {f"estimated_{name}" for name in MEASURES} <= set(CHECKS["performance-estimate"].metrics)
