"""A sample is the same rows however the data is cut into files, and is drawn without holding all of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.checks.sample import draw
from modelops_airflow.data.columns import Lazy
from modelops_airflow.data.dataset import Dataset


def _table():
    return pa.table({"x": range(1000), "word": [f"word {place % 37}" for place in range(1000)]})


def _dataset(folder, cuts):
    for a, b in pairwise(cuts):
        pq.write_table(_table().slice(a, b - a), folder / f"{a:04}.parquet", row_group_size=70)
    return Dataset("data", files=tuple(sorted(folder.glob("*.parquet"))))


@pytest.mark.parametrize("cuts", [(0, 1000), (0, 1, 400, 999, 1000)])
@pytest.mark.parametrize("rows", [10, 300, 999])
def test_rows_are_those_of_the_seed_in_the_order_of_the_data(tmp_path, cuts, rows):
    dataset = _dataset(tmp_path, cuts)
    assert isinstance(dataset.columns(), Lazy)
    drawn, whole = draw(dataset, rows, 7)
    places = np.sort(np.random.default_rng(7).choice(1000, rows, replace=False))
    assert (drawn.to_pylist(), whole) == (_table().take(places).to_pylist(), 1000)
    assert draw(dataset, rows, 8)[0].to_pylist() != drawn.to_pylist(), "the control: another seed draws others"


def test_all_rows_are_drawn_where_there_are_no_more(tmp_path):
    drawn, whole = draw(_dataset(tmp_path, (0, 400, 1000)), 1000, 7)
    assert (drawn.to_pylist(), whole) == (_table().to_pylist(), 1000)
