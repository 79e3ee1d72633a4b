"""Every method of drift, by Evidently's name, against Evidently: the number, and what its default threshold makes of it."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from worlds import profiles

from modelops_airflow.checks import run_check
from modelops_airflow.checks.drift_method import BOTH, LABELS, METHODS, NUMBERS

pytestmark = pytest.mark.filterwarnings("ignore")
DRAWN = {"TVD": 0.06, "empirical_mmd": 0.2}
"""How far two shares of random redistributions may be apart: four standard errors at a half."""
WITHIN = DRAWN | {"cramer_von_mises": 1e-6}  # Evidently ends the series at terms below 1e-7


def _side(seed: int, n: int, shift: float) -> pa.Table:
    generator = np.random.default_rng(seed)
    x = generator.normal(shift, 1, n)
    return pa.table({
        "normal": x, "heavy tail": generator.standard_t(2, n) + shift, "skewed": np.exp(x), "whole": generator.integers(0, 60, n),
        "few": generator.integers(0, 4, n), "ties": np.round(x, 1),
        "holes": pa.array([None if v > 1 else v for v in x], pa.float64()), "small": x * 1e-9,
        "two": pa.array(np.where(x > 0.2, "yes", "no")), "four": pa.array(np.array(["a", "b", "c", "d"])[np.clip(x + 2, 0, 3).astype(int)]),
        "numbered": pa.array(np.array(["10", "9"])[generator.integers(0, 2, n)]), "truth": pa.array(x > 0),
        "gaps": pa.array([None if v < -1 else "a" if v > 0 else "b" for v in x]),
    })


WORLDS = {"same": (_side(1, 400, 0.0), _side(2, 400, 0.0)), "moved": (_side(3, 700, 0.0), _side(4, 400, 0.25)),
          "small": (_side(5, 18, 0.0), _side(6, 15, 0.5))}
NUMERIC_COLUMNS = ["normal", "heavy tail", "skewed", "whole", "few", "ties", "holes", "small"]
LABEL_COLUMNS = ["two", "four", "numbered", "truth", "gaps"]


@pytest.fixture(scope="module")
def evidently():
    from evidently.legacy.calculations.stattests import get_stattest
    from evidently.legacy.core import ColumnType

    def value(old: pa.Table, new: pa.Table, column: str, method: str) -> tuple[float, bool]:
        sides = [side[column].to_pandas().replace([np.inf, -np.inf], np.nan).dropna() for side in (old, new)]
        kind = ColumnType.Numerical if column in NUMERIC_COLUMNS else ColumnType.Categorical
        found = get_stattest(*sides, kind, method)(*sides, kind, None)
        return float(found.drift_score), bool(found.drifted)

    return value


def _asked() -> list[tuple[str, str, str]]:
    return [(world, method, column) for world in WORLDS for method, told in METHODS.items()
            for kind, columns in ((NUMBERS, NUMERIC_COLUMNS), (LABELS, LABEL_COLUMNS)) if told.works_on in (kind, BOTH)
            for column in columns]


@pytest.fixture(scope="module")
def measured():
    found = {}
    for world, (old, new) in WORLDS.items():
        both = profiles(new, old, methods=METHODS)
        for method in METHODS:
            for row in run_check("drift", both, {"method": method, "binning": "evidently"}).metrics:
                found[world, method, row.where.get("column")] = row
    return found


@pytest.mark.parametrize(("world", "method", "column"), _asked())
def test_every_method_has_evidentlys_number(evidently, measured, world, method, column):
    row = measured[world, method, column]
    try:
        value, drifted = evidently(*WORLDS[world], column, method)
    except ValueError as error:
        if method in ("g_test", "fisher_exact"):
            assert "equal length" in str(error) or "sum of the observed" in str(error) or "unique categories" in str(error)
            return  # it takes sides of one size only
        assert row.value is None, error
        return
    if not np.isfinite(value) or (method in ("chisquare", "g_test") and value == 0.0):
        assert row.value is None or row.value == value
        return
    assert row.value == pytest.approx(value, rel=1e-7, abs=WITHIN.get(method, 1e-9))
    assert row.name == METHODS[method].metric
    if method not in DRAWN:
        assert METHODS[method].drifted(row.value) == drifted


@pytest.mark.parametrize(("column", "kind"), [("normal", NUMBERS), ("four", LABELS)])
def test_the_numbers_of_two_methods_differ(measured, column, kind):
    """The control: the comparison above would not take one method for another."""
    names = [name for name, told in METHODS.items() if told.works_on in (kind, BOTH)]
    values = [measured["moved", name, column].value for name in names]
    known = sorted(value for value in values if value is not None)
    assert len(known) >= 6
    assert all(b - a > 1e-7 for a, b in itertools.pairwise(known)), dict(zip(names, values, strict=True))


def test_methods_and_thresholds_are_evidentlys():
    from evidently.legacy.calculations.stattests.registry import _registered_stat_tests as registered

    there = {name: by_kind for name, by_kind in registered.items() if "text" not in name}
    assert set(there) == set(METHODS)
    for name, by_kind in there.items():
        kinds = {kind.value for kind in by_kind}
        assert kinds == {NUMBERS: {"num"}, LABELS: {"cat"}, BOTH: {"num", "cat"}}[METHODS[name].works_on], name
        assert {one.default_threshold for one in by_kind.values()} == {METHODS[name].threshold}, name
