"""Backtests: the Basel table, and p-values that other libraries give."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from asked import applicants, logistic, measure, values
from scipy.integrate import quad
from scipy.stats import binomtest, chisquare, norm
from sklearn.metrics import brier_score_loss

from modelops_airflow.checks.calibration_test import binomial_p, hosmer_lemeshow_p, jeffreys_p, spiegelhalter_p, zone
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

ZONES = [0] * 5 + [1] * 5 + [2] * 3
"""Basel Committee 1996, table 2: 250 days at 99 %: green to 4 exceptions, yellow to 9, red from 10."""
CUMULATIVE = {4: 0.8922, 5: 0.9588, 6: 0.9863, 7: 0.9960, 8: 0.9989, 9: 0.9997, 10: 0.9999}
"""The same table's cumulative probabilities."""
COLUMNS = {"target": "bad", "score": "pd"}


def days(exceptions, n=250):
    return pa.table({"beyond": [1] * exceptions + [0] * (n - exceptions)})


def loans(true_rate=lambda pd: pd, rows=4000, seed=3):
    """Loans with a probability of default by grade, and defaults that follow `true_rate` of it."""
    draws = np.random.default_rng(seed)
    grade = draws.choice(["A", "B", "C"], rows, p=[0.5, 0.3, 0.2])
    pd = np.array([{"A": 0.02, "B": 0.06, "C": 0.15}[one] for one in grade]) * draws.uniform(0.8, 1.2, rows)
    return pa.table({"grade": grade, "pd": pd, "bad": (draws.random(rows) < true_rate(pd)).astype(int)})


@pytest.mark.parametrize(("exceptions", "colour"), list(enumerate(ZONES)))
def test_exceptions_of_250_days_are_in_the_zones_that_basel_published(tmp_path, exceptions, colour):
    measured = measure(tmp_path, "backtest", days(exceptions), None, {"exceptions": "beyond"})
    told = {row.name: row for row in measured.metrics}
    assert told["traffic_light"].value == colour
    assert (told["exceptions"].value, told["exceptions"].n) == (exceptions, 250)
    if exceptions in CUMULATIVE:
        assert 1 - binomial_p(exceptions + 1, 250, 0.01) == pytest.approx(CUMULATIVE[exceptions], abs=6e-5)
    assert told["binomial_p"].value == pytest.approx(binomtest(exceptions, 250, 0.01, alternative="greater").pvalue, rel=1e-9)


def test_no_exception_is_green_however_unlikely_one_is():
    assert [zone(events, 30, 0.001) for events in (0, 1, 2)] == [0, 1, 2]


@pytest.mark.parametrize(("events", "n", "probability"), [(0, 50, 0.02), (3, 100, 0.01), (100, 100, 0.9), (7, 400, 0.02)])
def test_p_values_are_those_of_scipy_and_of_the_integral(events, n, probability):
    assert binomial_p(events, n, probability) == pytest.approx(binomtest(events, n, probability, alternative="greater").pvalue, rel=1e-9)
    a, b = events + 0.5, n - events + 0.5
    peak = (a - 1) / (a + b - 2)
    top = (a - 1) * np.log(max(peak, 1e-9)) + (b - 1) * np.log(max(1 - peak, 1e-9))

    def density(x):
        return np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - top)

    middle = min(max(peak, 0.001), 0.999)
    below, above = quad(density, 0, probability, points=[min(middle, probability)], limit=200)[0], quad(density, probability, 1, limit=200)[0]
    assert jeffreys_p(events, n, probability) == pytest.approx(below / (below + above), rel=1e-5)


def test_hosmer_lemeshow_is_pearsons_test_over_both_columns_and_spiegelhalter_is_z_of_the_brier_score():
    draws = np.random.default_rng(1)
    score = draws.uniform(0.05, 0.6, 2000)
    happened = (draws.random(2000) < score).astype(float)
    rows = np.array_split(np.argsort(score), 10)
    groups = [(len(one), int(happened[one].sum()), float(score[one].mean())) for one in rows]
    seen = [cell for n, events, _ in groups for cell in (events, n - events)]
    expected = [cell for n, _, p in groups for cell in (n * p, n * (1 - p))]
    scaled = np.array(seen) * sum(expected) / sum(seen)
    assert hosmer_lemeshow_p(groups) == pytest.approx(chisquare(scaled, expected, ddof=9).pvalue, rel=1e-9), "ten degrees of freedom"

    variance = np.sum((1 - 2 * score) ** 2 * score * (1 - score)) / 2000**2
    z = (brier_score_loss(happened, score) - np.mean(score * (1 - score))) / variance**0.5
    assert spiegelhalter_p(score, happened) == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)


def test_predictions_that_are_right_pass_and_half_of_them_do_not(tmp_path):
    right = measure(tmp_path, "backtest", loans(), None, {"by": "grade"}, **COLUMNS)
    low = measure(tmp_path, "backtest", loans(lambda pd: 2 * pd), None, {"by": "grade"}, **COLUMNS)

    for name in ("binomial_p", "jeffreys_p", "hosmer_lemeshow_p", "spiegelhalter_p"):
        asked = [Requirement(name, None, "< 0.01", {}, "model file", default=False)]
        assert judge(asked, right).verdict is Verdict.PASS, name
        assert judge(asked, low).verdict is Verdict.FAIL, name
    assert set(values(low, "traffic_light")) == {(), ("A",), ("B",), ("C",)} and set(values(low, "traffic_light").values()) == {2.0}
    row = next(row for row in right.metrics if row.name == "observed_rate" and row.where == {"grade": "B"})
    told = loans().filter(pa.compute.equal(loans()["grade"], "B"))
    assert (row.value, row.n) == (pytest.approx(np.mean(told["bad"].to_numpy())), told.num_rows)
    assert values(right, "expected_rate")["B",] == pytest.approx(np.mean(told["pd"].to_numpy()))


def test_bins_of_the_score_have_about_as_many_rows_and_never_part_equal_scores(tmp_path):
    measured = measure(tmp_path, "backtest", loans(), None, {"bins": 5}, **COLUMNS)
    rows = [row for row in measured.metrics if row.name == "expected_rate" and row.where]
    assert [row.n for row in rows] == [800] * 5
    assert [row.value for row in rows] == sorted(row.value for row in rows)
    table = loans()
    few = table.set_column(1, "pd", pa.array(np.where(table["pd"].to_numpy() > 0.03, 0.1, 0.02)))
    lumped = [row for row in measure(tmp_path, "backtest", few, None, **COLUMNS).metrics if row.name == "expected_rate" and row.where]
    assert [row.value for row in lumped] == [pytest.approx(0.02), pytest.approx(0.1)]


def test_the_model_is_asked_where_the_data_has_no_score(tmp_path):
    measured = measure(tmp_path, "backtest", applicants(), logistic, target="good")
    assert values(measured, "expected_rate")[()] == pytest.approx(np.mean(logistic(applicants())["score"].to_numpy()))


def test_a_given_score_that_a_release_ignores_is_not_what_is_tested(tmp_path):
    table = applicants().append_column("score", pa.array(applicants()["good"].to_numpy() * 0.98 + 0.01))
    measured = measure(tmp_path, "backtest", table, logistic, target="good", ignore=["score"])
    assert values(measured, "expected_rate")[()] == pytest.approx(np.mean(logistic(applicants())["score"].to_numpy()))


def test_small_grades_are_listed_and_not_judged_and_too_many_of_them_are_an_error(tmp_path):
    table = loans(rows=400)
    rare = table.set_column(0, "grade", pa.array(["D"] * 20 + table["grade"].to_pylist()[20:]))
    measured = measure(tmp_path, "backtest", rare, None, {"by": "grade"}, **COLUMNS)
    assert {row.judged for row in measured.metrics if row.where == {"grade": "D"}} == {False}
    each = table.set_column(0, "grade", pa.array([f"g{n % 40}" for n in range(400)]))
    refused = measure(tmp_path, "backtest", each, None, {"by": "grade"}, **COLUMNS)
    assert refused.status is Status.ERROR and "0 of 400 rows are in groups of at least 30" in refused.notes[0]


def test_rows_without_a_label_are_left_out_and_told(tmp_path):
    table = loans()
    late = table.set_column(2, "bad", pa.array([None] * 1000 + table["bad"].to_pylist()[1000:]))
    measured = measure(tmp_path, "backtest", late, None, {"by": "grade"}, **COLUMNS)
    assert values(measured, "observed_rate")[()] == np.mean(table["bad"].to_numpy()[1000:])
    assert "1000 rows have no label and are left out" in measured.notes


def test_a_portfolio_without_any_default_names_its_event(tmp_path):
    none = loans(lambda pd: 0 * pd)
    refused = measure(tmp_path, "backtest", none, None, **COLUMNS)
    assert refused.status is Status.ERROR and "name the event" in refused.notes[0]
    told = measure(tmp_path, "backtest", none, None, {"event": "1"}, **COLUMNS)
    assert values(told, "observed_rate")[()] == 0 and values(told, "binomial_p")[()] == 1
    every = measure(tmp_path, "backtest", loans(lambda pd: 0 * pd + 1), None, {"event": "1"}, **COLUMNS)
    assert values(every, "observed_rate")[()] == 1 and values(every, "traffic_light")[()] == 2, "the control"


@pytest.mark.parametrize(("change", "says"), [
    (lambda t: t.set_column(1, "pd", pa.array([None] + [0.1] * 3999)), "1 rows have a label and no finite score"),
    (lambda t: t.set_column(1, "pd", pa.array([1.5] + [0.1] * 3999)), "expected probabilities, 0 to 1"),
    (lambda t: t.set_column(2, "bad", pa.array([n % 3 for n in range(4000)])), "the truth has 3 labels"),
    (lambda t: t.set_column(2, "bad", pa.nulls(4000, pa.int64())), "no row has a label"),
    (lambda t: t.set_column(0, "grade", pa.array([str(n) for n in range(4000)])), "4000 different grades"),
    (lambda t: t.drop_columns("grade"), "no column 'grade' of grades"),
])
def test_what_cannot_be_tested_is_an_error(tmp_path, change, says):
    measured = measure(tmp_path, "backtest", change(loans()), None, {"by": "grade"}, **COLUMNS)
    assert measured.status is Status.ERROR and says in measured.notes[0]


@pytest.mark.parametrize(("options", "says"), [
    ({"bins": 1}, "expected 2 to 100"), ({"probability": 0}, "above 0"), ({"probability": 1.0}, "below 1"),
    ({"min_coverage": 1.5}, "expected 0 to 1"), ({"event": "yes"}, "event 'yes' is no label of the truth; expected 0 or 1"),
    ({"exceptions": "zebra"}, "no column 'zebra' of exceptions"), ({"exceptions": "grade"}, "expected true and false"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = measure(tmp_path, "backtest", loans(), None, options, **COLUMNS)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_no_truth_or_no_score_is_an_error(tmp_path):
    truthless = measure(tmp_path, "backtest", loans().drop_columns("bad"), None, score="pd")
    assert truthless.status is Status.ERROR and "needs the truth" in truthless.notes[0]
    scoreless = measure(tmp_path, "backtest", loans().drop_columns("pd"), None, target="bad")
    assert scoreless.status is Status.ERROR and "needs a score" in scoreless.notes[0]
    labels_only = measure(tmp_path, "backtest", applicants(), lambda rows: logistic(rows).select(["prediction"]), target="good")
    assert labels_only.status is Status.ERROR and "the model gives none" in labels_only.notes[0]


def test_exceptions_must_be_known_on_every_day(tmp_path):
    gap = pa.table({"beyond": pa.array([True, None] * 125)})
    assert "(unknown)" in measure(tmp_path, "backtest", gap, None, {"exceptions": "beyond"}).notes[0]
    yes = pa.table({"beyond": pa.array([True] * 3 + [False] * 247)})
    assert values(measure(tmp_path, "backtest", yes, None, {"exceptions": "beyond"}), "traffic_light")[()] == 0


def test_exceptions_of_too_few_rows_are_counted_and_not_tested(tmp_path):
    few, enough = (measure(tmp_path, "backtest", days(0, rows), None, {"exceptions": "beyond"}) for rows in (29, 30))
    tests = ("binomial_p", "jeffreys_p", "traffic_light")
    assert [(row.value, row.reason) for row in few.metrics if row.name in tests] == [(None, "29 rows; expected at least min_group_size, 30")] * 3
    assert values(few, "exceptions") == {(): 0}
    assert [row.name for row in enough.metrics if row.name in tests and row.value is not None] == list(tests), "the control"
