"""Drift of awkward values: still Evidently's own number, still within the stated bound."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import profiles

from modelops_airflow.checks import run_check

GENERATOR = np.random.default_rng(11)
N, M = 900, 700
PAIRS = {
    "on bin edges": (np.arange(N) % 64 * 0.25, np.arange(M) % 48 * 0.25),
    "whole numbers": (GENERATOR.integers(0, 1000, N), GENERATOR.integers(100, 1100, M)),
    "whole with holes": (pa.array([None if n % 7 == 0 else n for n in range(N)]), pa.array([n if n % 5 else None for n in range(M)])),
    "twenty values": (np.arange(N) % 20, np.arange(M) % 21),
    "twenty-one values": (np.arange(N) % 21, np.arange(M) % 20),
    "constant baseline": (np.full(N, 5.0), np.arange(M) / 100),
    "constant current": (GENERATOR.normal(size=N), np.full(M, 0.5)),
    "negative zero": (np.where(np.arange(N) % 2, -0.0, 0.0), np.zeros(M)),
    "infinite": (np.append(GENERATOR.normal(size=N), [np.inf, -np.inf]), np.append(GENERATOR.normal(size=M), np.inf)),
    "far apart": (GENERATOR.normal(size=N), GENERATOR.normal(1e9, 1, M)),
    "tiny": (GENERATOR.normal(size=N) * 1e-12, GENERATOR.normal(1e-12, 1e-12, M)),
    "rare value": (np.append(np.zeros(30_000), 1.0), np.zeros(M)),
}


@pytest.fixture(scope="module")
def oracle():
    evidently = pytest.importorskip("evidently")
    from evidently.metrics import ValueDrift

    def values(old, new, methods):
        definition = evidently.DataDefinition(numerical_columns=["x"])
        sides = [evidently.Dataset.from_pandas(side.to_pandas(), data_definition=definition) for side in (new, old)]
        snapshot = evidently.Report([ValueDrift(column="x", method=method) for method in methods]).run(*sides)
        return [float(metric["value"]) for metric in snapshot.dict()["metrics"]]

    return values


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", PAIRS)
def test_edge_values_equal_the_library(oracle, case):
    old, new = (pa.table({"x": side}) for side in PAIRS[case])
    both = profiles(new, old)
    methods = ["psi", "jensenshannon", "ks", "wasserstein"]
    theirs = oracle(old, new, methods)
    for method, value in zip(methods, theirs, strict=True):
        row = run_check("drift", both, {"method": method, "binning": "evidently"}).metrics[0]
        assert row.value == pytest.approx(value, rel=1e-9, abs=1e-9), method


def test_values_too_close_together_to_cut_have_a_reason():
    column = [1e16 + 2 * n for n in range(30)]
    both = profiles(pa.table({"x": column[5:]}), pa.table({"x": column}))
    row = run_check("drift", both, {"method": "psi", "binning": "evidently"}).metrics[0]
    assert row.value is not None or "too close" in row.reason


NUMBERS = st.lists(
    st.one_of(st.integers(-4, 4).map(float), st.floats(-1e6, 1e6), st.sampled_from([0.1, -0.0, 1e-300])), min_size=1, max_size=60)


@pytest.mark.filterwarnings("ignore:ks_2samp")
@settings(max_examples=150, deadline=None)
@given(old=NUMBERS, new=NUMBERS)
def test_any_values_stay_within_their_bound(old, new):
    both = profiles(pa.table({"x": pa.array(new, pa.float64())}), pa.table({"x": pa.array(old, pa.float64())}))
    pair = both.pairs["x"]
    for method, exact in (("ks", pair.ks), ("wasserstein", pair.wasserstein)):
        row = run_check("drift", both, {"method": method}).metrics[0]
        assert abs(row.value - exact) <= row.error_bound * (1 + 1e-9) + 1e-9, method


@settings(max_examples=100, deadline=None)
@given(old=st.lists(st.sampled_from("abcde"), min_size=1), new=st.lists(st.sampled_from("abcdef"), min_size=1))
def test_categories_are_the_same_by_either_binning(old, new):
    both = profiles(pa.table({"x": new}), pa.table({"x": old}))
    for method in ("psi", "jensenshannon", "chisquare"):
        stored, exact = (run_check("drift", both, {"method": method, "binning": binning}).metrics[0]
                         for binning in ("baseline", "evidently"))
        assert stored.value == pytest.approx(exact.value, abs=1e-12) if exact.value is not None else stored.value is None
