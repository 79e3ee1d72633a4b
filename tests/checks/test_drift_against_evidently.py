"""Drift with `binning: evidently` is Evidently's own number."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from worlds import example, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.count_test import chisquare_p
from modelops_airflow.checks.distance import psi
from modelops_airflow.measurement import Status

METHODS = ("psi", "jensenshannon", "ks", "wasserstein", "chisquare")


@pytest.fixture(scope="module")
def oracle():
    evidently = pytest.importorskip("evidently")
    from evidently.metrics import ValueDrift

    def value(baseline, current, column, method, kind):
        lists = {"numerical_columns": [column]} if kind == "numeric" else {"categorical_columns": [column]}
        definition = evidently.DataDefinition(**lists)
        old, new = (
            evidently.Dataset.from_pandas(side.select([column]).to_pandas(), data_definition=definition)
            for side in (baseline, current)
        )
        options = {} if method == "auto" else {"method": method}
        snapshot = evidently.Report([ValueDrift(column=column, **options)]).run(new, old)
        return float(snapshot.dict()["metrics"][0]["value"])

    return value


def _generated():
    generator = np.random.default_rng(3)

    def side(n, shift):
        x = generator.normal(shift, 1, n)
        return pa.table({
            "x": x, "whole": generator.integers(0, 40 + int(10 * shift), n), "few": generator.integers(0, 4, n),
            "skewed": np.exp(x * 2), "holes": pa.array([None if v > 1 else v for v in x], pa.float64()),
            "label": pa.array(np.array(["a", "b", "c", "d"])[np.clip((x + 1.5).astype(int), 0, 3)]),
        })

    return side(1500, 0.0), side(1100, 0.3)


@pytest.mark.parametrize("data", ["generated", "credit", "income"])
@pytest.mark.parametrize("method", METHODS)
def test_evidently_binning_equals_the_library(oracle, data, method):
    baseline, current = _generated() if data == "generated" else (example(data, "baseline"), example(data, "current"))
    both = profiles(current, baseline)
    measured = run_check("drift", both, {"method": method, "binning": "evidently"})
    assert measured.status is Status.MEASURED
    columns = list(both.current.columns)[:6]
    compared = 0
    for row in measured.metrics:
        name = row.where.get("column")
        if name not in columns or row.value is None:
            continue
        kind = both.baseline.columns[name].kind
        used = {"ks_p": "ks", "chisquare_p": "chisquare"}.get(row.name, row.name)
        kind = "categorical" if used == "chisquare" else kind
        assert row.value == pytest.approx(oracle(baseline, current, name, used, kind), rel=1e-9, abs=1e-9), (name, used)
        compared += 1
    assert compared


def test_automatic_method_is_evidentlys_choice_for_many_rows(oracle):
    baseline, current = _generated()
    both = profiles(current, baseline)
    measured = run_check("drift", both, {"binning": "evidently"})
    chosen = {row.where["column"]: row for row in measured.metrics if row.where}
    assert {row.name for row in chosen.values()} == {"wasserstein", "jensenshannon"}
    for name, row in chosen.items():
        kind = both.baseline.columns[name].kind
        assert row.value == pytest.approx(oracle(baseline, current, name, "auto", kind), abs=1e-9), name


def test_published_population_stability_index():
    assert psi([0.25] * 4, [0.1, 0.2, 0.3, 0.4]) == pytest.approx(0.22822, abs=1e-5)


def test_published_chi_square_p_value():
    assert chisquare_p([16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8]) == pytest.approx(0.67309, abs=1e-4)
