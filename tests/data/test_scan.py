"""The scan: exact counts, the same bytes with any number of threads, mergeable parts."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.merge import merge
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.profile import Profile, Profiles
from modelops_airflow.data.scan import edges_of, scan
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import DataError

ROLES = {"x": "feature", "colour": "protected", "y": "target", "prediction": "prediction", "score": "score"}
FACTS = {"protected": ("colour",), "favourable": "1"}


def _table(n=3000, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n)
    score = 1 / (1 + np.exp(-x + generator.normal(size=n)))
    return pa.table({
        "x": pa.array([None if v > 2 else v for v in x], pa.float64()),
        "colour": generator.choice(["red", "blue", "green"], n),
        "y": (x > 0).astype(int), "prediction": (score > 0.5).astype(int), "score": score,
    })


def test_a_column_is_described_exactly():
    table = pa.table({"x": pa.array([1.0, 2.0, 2.0, None, float("nan"), float("inf"), 7.0])})
    column = scan(table, {"x": "feature"}).columns["x"]
    assert (column.n, column.nulls, column.infinite, column.valid, column.distinct) == (7, 2, 1, 4, 3)
    assert (column.low, column.high, column.mean) == (1.0, 7.0, 3.0)
    assert column.std == pytest.approx(np.std([1, 2, 2, 7]), abs=1e-15)
    assert column.values == {"1": 1, "2": 2, "7": 1}
    assert sum(column.counts) == 4
    assert math.fsum(column.sums) == 12.0


def test_bins_are_exact_for_values_on_an_edge():
    table = pa.table({"x": [0.0, 1.0, 1.0, 2.0, 3.0, -5.0, 9.0]})
    column = scan(table, {"x": "feature"}, edges={"x": (0.0, 1.0, 2.0, 3.0)}).columns["x"]
    assert column.counts == (1, 1, 2, 2, 1)


def test_json_round_trip_keeps_every_fact():
    profile = scan(_table(), ROLES, **FACTS)
    assert Profile.from_json(profile.to_json()) == profile
    both = Profiles(profile, profile, ROLES, inputs={})
    assert Profiles.from_json(both.to_json()).to_json() == both.to_json()


@pytest.fixture
def files(tmp_path):
    """Two Parquet files of several row groups."""
    for side in (0, 1):
        pq.write_table(_table(20_000, seed=side), tmp_path / f"{side}.parquet", row_group_size=1500)
    return tmp_path


def test_one_and_four_threads_give_the_same_digest_twenty_times(files):
    columns = {"target": "y", "favourable": 1, "protected": ["colour"]}
    sides = [Dataset(str(n), files=(files / f"{n}.parquet",)) for n in (0, 1)]
    digests = {
        digest_of(profiles_of(sides[1], sides[0], columns, exact_pairs=True, threads=threads).to_json())
        for threads in (1, 4) for _ in range(20)
    }
    assert len(digests) == 1
    assert digest_of(profiles_of(sides[0], sides[1], columns).to_json()) not in digests


def test_parts_merge_to_the_whole_in_any_order():
    table = _table()
    whole = scan(table, ROLES, **FACTS)
    edges = edges_of(whole)
    whole = scan(table, ROLES, **FACTS, edges=edges)
    parts = [scan(table.slice(start, 1000), ROLES, **FACTS, edges=edges, median=whole.median.value) for start in (0, 1000, 2000)]
    merged = merge(parts)
    assert merge(parts[::-1]) == merged
    nested = merge([merge(parts[:2]), parts[2]])
    for name, column in whole.columns.items():
        for one in (merged, nested):
            got = one.columns[name]
            assert (got.n, got.nulls, got.counts, got.values, got.low, got.high) == (
                column.n, column.nulls, column.counts, column.values, column.low, column.high)
            if column.mean is not None:
                assert got.mean == pytest.approx(column.mean, rel=1e-12, abs=1e-14)
                assert got.std == pytest.approx(column.std, rel=1e-12)
                assert got.sums == pytest.approx(column.sums, rel=1e-9, abs=1e-12)
    assert merged.groups == nested.groups == whole.groups
    assert merged.outcomes.confusion == whole.outcomes.confusion
    assert merged.outcomes.facts["squared"] == pytest.approx(whole.outcomes.facts["squared"], rel=1e-12)
    assert "auc" not in merged.outcomes.facts


def test_parts_on_other_edges_or_columns_do_not_merge():
    one, other = (scan(_table(seed=seed), ROLES, **FACTS) for seed in (0, 1))
    with pytest.raises(DataError, match="bin edges"):
        merge([one, other])
    with pytest.raises(DataError, match="different columns"):
        merge([one, scan(_table().select(["x"]), ROLES)])
    with pytest.raises(DataError, match="no profiles"):
        merge([])


def test_a_model_that_answers_other_rows_than_asked_is_refused(files):
    data = Dataset("0", files=(files / "0.parquet",))
    columns = {"target": "y", "ignore": ["prediction", "score"]}
    with pytest.raises(DataError, match="answered 1 rows"):
        profiles_of(data, None, columns, score=lambda _rows: pa.table({"guess": [1]}))


def test_the_model_never_sees_the_truth(files):
    data, seen = Dataset("0", files=(files / "0.parquet",)), []

    def score(rows):
        seen.extend(rows.column_names)
        return pa.table({"guess": [1] * rows.num_rows})

    profiles_of(data, None, {"target": "y", "ignore": ["prediction", "score"]}, score=score)
    assert seen == ["x", "colour"]


def test_a_named_column_that_is_missing_is_named(files):
    with pytest.raises(DataError, match="no column 'truth'"):
        profiles_of(Dataset("0", files=(files / "0.parquet",)), None, {"target": "truth"})
