"""The scan: exact counts, the same bytes with any number of threads."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scored import FACTS, ROLES, scored

from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.profile import Profile, Profiles
from modelops_airflow.data.scan import scan
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import DataError


def test_a_column_is_described_exactly():
    table = pa.table({"x": pa.array([1.0, 2.0, 2.0, None, float("nan"), float("inf"), 7.0])})
    column = scan(table, {"x": "feature"}).columns["x"]
    assert (column.n, column.nulls, column.infinite, column.valid, column.distinct) == (7, 2, 1, 4, 3)
    assert (column.low, column.high, column.mean) == (1.0, 7.0, 3.0)
    assert column.std == pytest.approx(np.std([1, 2, 2, 7]), abs=1e-15)
    assert column.values == {"1": 1, "2": 2, "7": 1}
    assert sum(column.counts) == 4
    assert column.sums.of(4, 1.0, 7.0) == (column.mean, column.std)


def test_bins_are_exact_for_values_on_an_edge():
    table = pa.table({"x": [0.0, 1.0, 1.0, 2.0, 3.0, -5.0, 9.0]})
    column = scan(table, {"x": "feature"}, edges={"x": (0.0, 1.0, 2.0, 3.0)}).columns["x"]
    assert column.counts == (1, 1, 2, 2, 1)


def test_json_round_trip_keeps_every_fact():
    profile = scan(scored(), ROLES, **FACTS)
    assert Profile.from_json(profile.to_json()) == profile
    both = Profiles(profile, profile, ROLES, inputs={})
    assert Profiles.from_json(both.to_json()).to_json() == both.to_json()


@pytest.fixture
def files(tmp_path):
    """Two Parquet files of several row groups."""
    for side in (0, 1):
        pq.write_table(scored(20_000, seed=side), tmp_path / f"{side}.parquet", row_group_size=1500)
    return tmp_path


def test_one_and_four_threads_give_the_same_digest_twenty_times(files):
    columns = {"target": "y", "favourable": 1, "protected": ["colour"]}
    sides = [Dataset(str(n), files=(files / f"{n}.parquet",)) for n in (0, 1)]
    digests = {
        digest_of(profiles_of(sides[1], sides[0], columns, exact=["auto"], threads=threads).to_json())
        for threads in (1, 4) for _ in range(20)
    }
    assert len(digests) == 1
    assert digest_of(profiles_of(sides[0], sides[1], columns).to_json()) not in digests


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
