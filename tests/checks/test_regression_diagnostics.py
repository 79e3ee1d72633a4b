"""Diagnostics of regressions: published numbers of Longley's data, and closed forms in NumPy and SciPy."""

from __future__ import annotations

import datetime
import time

import numpy as np
import pyarrow as pa
import pytest
from asked import applicants, logistic, measure, values
from scipy import stats

from modelops_airflow.checks.residual_test import (
    breusch_pagan_p,
    durbin_watson,
    jarque_bera_p,
    ljung_box_p,
    variance_inflation,
)
from modelops_airflow.data.values import numbers
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

CHECK = "regression-diagnostics"
DRAWS = np.random.default_rng(11)
NOISE, WIDE = DRAWS.normal(size=300), DRAWS.normal(size=(300, 3))
WIDE_500 = np.random.default_rng(12).normal(size=(500, 2))
COLUMNS = {"target": "worth", "prediction": "told", "time": "day"}


def houses(residuals=NOISE, rows=300, **more):
    """Amounts with a prediction that misses them by the residuals, a day each."""
    area, age = WIDE[:rows, 0] * 30 + 100, WIDE[:rows, 1] * 10 + 40
    told = 3 * area - age
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=n) for n in range(rows)]
    return pa.table({"area": area, "age": age, "town": ["a", "b"] * (rows // 2), "worth": told + residuals[:rows], "told": told, "day": days} | more)


def correlated(strength=0.8):
    found = [NOISE[0]]
    for noise in NOISE[1:]:
        found.append(strength * found[-1] + noise)
    return np.array(found)


def requires(metric, fail):
    return [Requirement(metric, None, fail, {}, "model file", default=False)]


def test_the_numbers_that_are_published_of_longleys_data():
    """Durbin-Watson and inflation factors as R's lmtest and car print them for lm(Employed ~ ., longley)."""
    from statsmodels.datasets import longley

    data = longley.load_pandas()
    exogenous, truth = data.exog.to_numpy(float), data.endog.to_numpy(float)
    scaled = np.column_stack([np.ones(16), (exogenous - exogenous.mean(0)) / exogenous.std(0)])
    residuals = truth - scaled @ np.linalg.lstsq(scaled, truth, rcond=None)[0]

    assert durbin_watson(residuals) == pytest.approx(2.5595, abs=5e-5)
    assert variance_inflation(exogenous) == pytest.approx([135.53244, 1788.51348, 33.61889, 3.58893, 399.15102, 758.98060], rel=1e-6)


def test_each_test_is_its_closed_form():
    e, n = NOISE, len(NOISE)
    assert durbin_watson(e) == pytest.approx(np.sum(np.diff(e) ** 2) / np.sum(e**2))
    centred = e - e.mean()
    rho = [np.sum(centred[lag:] * centred[:-lag]) / np.sum(centred**2) for lag in range(1, 8)]
    q = n * (n + 2) * sum(r**2 / (n - lag) for lag, r in enumerate(rho, start=1))
    assert ljung_box_p(e, 7) == pytest.approx(stats.chi2.sf(q, 7))
    assert jarque_bera_p(e) == pytest.approx(stats.jarque_bera(e).pvalue)
    design = np.column_stack([np.ones(n), WIDE])
    fitted = design @ np.linalg.lstsq(design, e**2, rcond=None)[0]
    r2 = 1 - np.sum((e**2 - fitted) ** 2) / np.sum((e**2 - (e**2).mean()) ** 2)
    assert breusch_pagan_p(e, WIDE * 1000 + 5) == pytest.approx(stats.chi2.sf(n * r2, 3)), "whatever the units"
    mixed = WIDE @ np.array([[1, 0.9, 0], [0, 0.3, 0], [0, 0, 1]])
    assert variance_inflation(mixed) == pytest.approx(np.diag(np.linalg.inv(np.corrcoef(mixed.T))))


def test_inflation_is_statsmodels_and_features_beside_a_combination_keep_theirs():
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    draws = np.random.default_rng(2)
    features = draws.normal(size=(500, 6)) @ draws.normal(size=(6, 6)) * 10.0 ** np.arange(6) + 1000
    design = np.column_stack([np.ones(500), (features - features.mean(axis=0)) / features.std(axis=0)])
    oracle = [variance_inflation_factor(design, place) for place in range(1, 7)]
    assert variance_inflation(features) == pytest.approx(oracle, rel=1e-9)

    told = variance_inflation(np.column_stack([features, 2 * WIDE_500[:, 0] + WIDE_500[:, 1], WIDE_500]))
    assert [isinstance(one, str) for one in told] == [False] * 6 + [True] * 3
    assert told[:6] == pytest.approx([variance_inflation_factor(np.column_stack([design, WIDE_500]), place) for place in range(1, 7)], rel=1e-9)


def test_a_hundred_thousand_residuals_take_no_square_of_steps():
    from statsmodels.stats.diagnostic import acorr_ljungbox

    residuals = np.random.default_rng(0).normal(size=100_000)
    ljung_box_p(residuals[:100], 10)
    start = time.process_time()
    ljung_box_p(residuals, 10)
    assert time.process_time() - start < 1
    for far in (1, 10, 500):
        assert ljung_box_p(residuals[:3000], far) == pytest.approx(acorr_ljungbox(residuals[:3000], lags=[far])["lb_pvalue"].iloc[0], rel=1e-9)


def test_inflation_of_forty_features_takes_no_regression_for_each():
    features = np.random.default_rng(0).normal(size=(100_000, 40))
    start = time.process_time()
    assert max(variance_inflation(features)) < 1.01
    assert time.process_time() - start < 5


def test_noise_passes_and_each_fault_is_found_by_its_test(tmp_path):
    calm = measure(tmp_path, CHECK, houses(), None, **COLUMNS)
    area = (houses()["area"].to_numpy() - 100) / 30
    faults = {
        "ljung_box_p": houses(correlated()), "breusch_pagan_p": houses(NOISE * np.exp(area)), "jarque_bera_p": houses(NOISE**3),
    }
    for metric, table in faults.items():
        asked = requires(metric, "< 0.001")
        assert judge(asked, calm).verdict is Verdict.PASS, metric
        assert judge(asked, measure(tmp_path, CHECK, table, None, **COLUMNS)).verdict is Verdict.FAIL, metric
    assert values(calm, "durbin_watson")[()] == pytest.approx(2, abs=0.3)
    assert values(measure(tmp_path, CHECK, faults["ljung_box_p"], None, **COLUMNS), "durbin_watson")[()] < 0.7


def test_features_that_repeat_each_other_are_told_and_an_exact_copy_never_passes(tmp_path):
    area = houses()["area"].to_numpy()
    near = measure(tmp_path, CHECK, houses(rooms=area / 20 + 0.1 * WIDE[:, 2]), None, **COLUMNS)
    assert values(near, "vif")["rooms",] > 50
    assert values(near, "vif")["age",] < 2
    copy = measure(tmp_path, CHECK, houses(feet=area * 10.7639), None, **COLUMNS)
    row = next(row for row in copy.metrics if row.where == {"column": "feet"})
    assert (row.value, row.reason) == (None, "it is a linear combination of the other features")
    assert judge(requires("vif", "> 10"), copy).verdict is Verdict.ERROR
    assert judge(requires("breusch_pagan_p", "< 0.01"), copy).verdict is Verdict.ERROR
    assert judge(requires("vif", "> 10"), measure(tmp_path, CHECK, houses(), None, **COLUMNS)).verdict is Verdict.PASS, "the control"


def test_residuals_are_put_in_order_by_the_time_column(tmp_path):
    table = houses(correlated())
    mixed = table.take(pa.array(np.random.default_rng(0).permutation(300)))
    first, again = (measure(tmp_path, CHECK, one, None, **COLUMNS) for one in (table, mixed))
    assert values(first, "durbin_watson")[()] == pytest.approx(values(again, "durbin_watson")[()])
    as_given = measure(tmp_path, CHECK, mixed, None, {"order": "rows"}, **COLUMNS)
    assert values(as_given, "durbin_watson")[()] > 1.5, "the control: in another order there is nothing to find"


def test_without_a_time_the_order_means_nothing_and_is_unknown(tmp_path):
    columns = {"target": "worth", "prediction": "told", "ignore": ["day"]}
    measured = measure(tmp_path, CHECK, houses(), None, **columns)
    assert values(measured, "durbin_watson")[()] is values(measured, "ljung_box_p")[()] is None
    assert judge(requires("ljung_box_p", "< 0.01"), measured).verdict is Verdict.ERROR
    assert values(measured, "jarque_bera_p")[()] is not None
    assert values(measure(tmp_path, CHECK, houses(), None, {"order": "rows"}, **columns), "ljung_box_p")[()] > 0.01


def test_rows_of_one_time_keep_the_datas_order_and_are_told(tmp_path):
    table = houses(day=pa.array([datetime.date(2020, 1, 1 + n // 30) for n in range(300)]))
    assert "300 rows have the time of another row; among them the order is the data's" in measure(tmp_path, CHECK, table, None, **COLUMNS).notes


def test_only_the_last_rows_are_looked_at(tmp_path):
    late = np.concatenate([correlated()[:150], NOISE[150:]])
    measured = measure(tmp_path, CHECK, houses(late), None, {"rows": 150}, **COLUMNS)
    assert values(measured, "durbin_watson")[()] == pytest.approx(durbin_watson(NOISE[150:]))
    assert "the last 150 of 300 labelled rows" in measured.notes


def test_the_model_is_asked_where_the_data_has_no_prediction(tmp_path):
    def model(rows):
        return pa.table({"prediction": 3 * numbers(rows["area"]) - numbers(rows["age"])})

    asked = measure(tmp_path, CHECK, houses().drop_columns("told"), model, target="worth", time="day")
    given = measure(tmp_path, CHECK, houses(), None, **COLUMNS)
    assert values(asked, "durbin_watson")[()] == pytest.approx(values(given, "durbin_watson")[()])


def test_missing_features_leave_rows_out_and_constant_ones_are_listed(tmp_path):
    area = houses()["area"].to_numpy().copy()
    area[:40] = np.nan
    measured = measure(tmp_path, CHECK, houses(area=area, same=[1.0] * 300, gone=pa.nulls(300, pa.float64())), None, **COLUMNS)
    told = {row.where.get("column"): row for row in measured.metrics if row.name == "vif"}
    assert (told["age"].n, told["age"].judged) == (260, True)
    assert [told[name].judged for name in ("same", "gone")] == [False, False]
    assert {row.name: row.n for row in measured.metrics}["jarque_bera_p"] == 300


def test_a_perfect_fit_has_no_residuals_to_test(tmp_path):
    measured = measure(tmp_path, CHECK, houses(np.zeros(300)), None, **COLUMNS)
    assert {row.reason for row in measured.metrics if row.name != "vif"} == {"the residuals do not vary"}


@pytest.mark.parametrize(("change", "says"), [
    (lambda t: t.set_column(3, "worth", pa.array(["high", "low"] * 150)), "not an amount"),
    (lambda t: t.set_column(3, "worth", pa.array([0, 1] * 150)), "not an amount"),
    (lambda t: t.set_column(4, "told", pa.array([None] + [1.0] * 299)), "1 rows have a label and no finite prediction"),
    (lambda t: t.set_column(3, "worth", pa.array([float(n) for n in range(29)] + [None] * 271)), "29 rows have a label"),
    (lambda t: t.set_column(5, "day", pa.array([None, *t["day"].to_pylist()[1:]])), "1 labelled rows have no time"),
])
def test_what_cannot_be_tested_is_an_error(tmp_path, change, says):
    measured = measure(tmp_path, CHECK, change(houses()), None, **COLUMNS)
    assert measured.status is Status.ERROR and says in measured.notes[0]


@pytest.mark.parametrize(("options", "says"), [
    ({"lags": 0}, "expected 1 or more"), ({"lags": 60}, "fewer than a fifth of 300"), ({"rows": 10}, "expected 30 to"), ({"order": "age"}, "expected one of time"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = measure(tmp_path, CHECK, houses(), None, options, **COLUMNS)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_a_classifier_has_no_residuals(tmp_path):
    assert measure(tmp_path, CHECK, applicants(), logistic, target="good").status is Status.ERROR
