"""Columns that moved together are found where none of them moved alone; what did not move is left in peace."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import by_where

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.measurement import Status


def _table(seed, rows=3000, correlation=0.7):
    generator = np.random.default_rng(seed)
    income = generator.normal(size=rows)
    debt = correlation * income + (1 - correlation**2) ** 0.5 * generator.normal(size=rows)
    return pa.table({"income": income, "debt": debt, "age": generator.normal(size=rows), "region": generator.choice(list("nsew"), size=rows)})


def _run(folder, new, old, check="multivariate", options=None):
    sides = []
    for name, table in (("current", new), ("baseline", old)):
        pq.write_table(table, folder / f"{name}.parquet")
        sides.append(Dataset(name, files=(folder / f"{name}.parquet",)))
    return run_check(check, profiles_of(*sides, {}), options or {}, context=CheckContext(dataset=sides[0], baseline=sides[1]))


def _values(measured):
    return {row.name: row.value for row in measured.metrics}


@pytest.mark.parametrize("correlation", [0.0, -0.7, 0.95])
def test_a_changed_correlation_is_found_that_no_column_shows(tmp_path, correlation):
    new, old = _table(1, correlation=correlation), _table(0)
    found = _values(_run(tmp_path, new, old))
    assert found["domain_p"] < 0.001 and found["domain_auc"] > 0.55
    assert abs(found["reconstruction_z"]) > 3
    assert by_where(_run(tmp_path, new, old, "alarms").metrics, "alarms").value == 0.0, "no column alone"


def test_without_drift_a_small_p_is_as_rare_as_it_says(tmp_path):
    old = _table(0, 1000)
    found = [_values(_run(tmp_path, _table(seed, 1000), old, options={"seed": seed})) for seed in range(1, 13)]
    assert sum(one["domain_p"] < 0.1 for one in found) <= 4, "1.2 are expected of 12; 5 or more are one in 200"
    assert sum(abs(one["reconstruction_z"]) > 3 for one in found) <= 1
    assert np.mean([one["domain_auc"] for one in found]) == pytest.approx(0.5, abs=0.03)


def test_the_same_seed_gives_the_same_numbers_and_rows_bound_the_sample(tmp_path):
    new, old = _table(1), _table(0)
    once, again = (_run(tmp_path, new, old, options={"rows": 500}) for _ in range(2))
    assert once.to_json() == again.to_json()
    assert by_where(once.metrics, "domain_auc").n == 500
    assert any("500 rows of the baseline" in note for note in once.notes)


@pytest.mark.parametrize(("options", "says"), [({"rows": 10}, "expected 200"), ({"seed": -1}, "seed: expected 0 to 4,294,967,295"), ({"seed": 2**32}, "seed: expected 0 to 4,294,967,295"), ({"columns": ["age"]}, "at least two")])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = _run(tmp_path, _table(1, 300), _table(0, 300), options=options)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_too_few_rows_constants_and_gaps_are_told_and_never_raise(tmp_path):
    assert "expected at least 100" in _run(tmp_path, _table(1, 50), _table(0, 300)).notes[0]
    flat = pa.table({"a": [1.0] * 300, "b": [2.0] * 300})
    measured = _run(tmp_path, flat, flat)
    assert (_values(measured)["domain_auc"], _values(measured)["domain_p"]) == (0.5, 1.0)
    assert by_where(measured.metrics, "reconstruction_z").reason
    gaps = _table(1, 300).set_column(0, "income", pa.array([None, float("inf"), 1e100] * 100))
    assert _values(_run(tmp_path, gaps, _table(0, 300)))["domain_p"] < 0.001, "values that are far off are drift"
    told = profiles_of(*[Dataset("current", files=(tmp_path / "baseline.parquet",))] * 2, {})
    assert "cannot be read" in run_check("multivariate", told, {}).notes[0]


def test_the_largest_seed_is_one(tmp_path):
    assert _run(tmp_path, _table(1, 300), _table(0, 300), options={"seed": 2**32 - 1}).status is Status.MEASURED


def test_what_is_left_out_is_named_and_is_an_error_where_it_was_asked_for(tmp_path):
    words = pa.array([f"w{n}" for n in range(3000)])
    new = _table(1).append_column("word", words).append_column("fresh", words).set_column(2, "age", words)
    old = _table(0).append_column("word", words).append_column("empty", pa.nulls(3000, pa.float64()))
    new = new.append_column("empty", old["debt"])
    left = {"word": "the baseline has too many different labels", "fresh": "it is not in the baseline", "age": "numeric became categorical",
            "empty": "the baseline has no usable value"}
    told = _run(tmp_path, new, old)
    assert told.status is Status.MEASURED
    assert told.notes[:2] == ("columns: income, debt, region", "left out: " + ", ".join(f"{name} ({left[name]})" for name in new.column_names if name in left))
    for name, why in left.items():
        measured = _run(tmp_path, new, old, options={"columns": ["income", "debt", name]})
        assert measured.status is Status.ERROR and name in measured.notes[0] and why in measured.notes[0]
    asked = _run(tmp_path, new, old, options={"columns": ["income", "debt"]})
    assert asked.status is Status.MEASURED and not any("left out" in note for note in asked.notes), "the control"
