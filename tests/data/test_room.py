"""What does not fit into memory is refused, with what it takes and what there is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from modelops_airflow.data import room
from modelops_airflow.data.asked import Asked
from modelops_airflow.data.columns import Lazy
from modelops_airflow.data.pairs import pairs
from modelops_airflow.data.ranking import Queries
from modelops_airflow.data.scan import scan
from modelops_airflow.errors import DataError

MB = 1_000_000


def _no_rows(names):
    raise AssertionError(names)


@pytest.fixture
def narrow(monkeypatch):
    """A limit of 100 MB, 80 of them taken."""
    monkeypatch.setattr(room, "limits", lambda: iter([(1000 * MB, 80 * MB), (100 * MB, 80 * MB)]))


@pytest.mark.usefixtures("narrow")
def test_the_narrowest_limit_counts_and_is_named():
    room.needs(20 * MB, "this", "do that")
    with pytest.raises(DataError, match="this needs about 21 MB of memory; the limit is 100 MB, of which 80 MB are taken; do that"):
        room.needs(21 * MB, "this", "do that")


@pytest.mark.usefixtures("narrow")
def test_a_column_that_cannot_be_sorted_is_refused_before_a_row_is_read():
    columns = Lazy("data", pa.schema({"x": pa.float64()}), 10 * MB, _no_rows)
    with pytest.raises(DataError, match=r"'x' cannot be described: sorting for the bin edges.*10,000,000 rows\) needs about 80 MB"):
        scan(columns, {"x": "feature"})
    with pytest.raises(DataError, match="comparing column 'x' row by row"):
        pairs(columns, columns, {"x": "numeric"})


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(("asked", "why"), [
    (Asked(slices=("g",)), "slicing by column 'g'"), (Asked(scores=True), "counting the scores in column 's'"),
    (Asked(queries=(Queries("g", 5, 1.0),)), "ranking by query in column 'g'"),
])
def test_what_a_step_asks_beyond_the_profile_is_refused_before_a_row_is_read(asked, why):
    table = pa.table({"y": [0, 1], "p": [0, 1], "s": [0.2, 0.8], "g": ["a", "b"]})
    roles = {"y": "target", "p": "prediction", "s": "score"}
    profile = scan(table, roles)
    with pytest.raises(DataError, match=rf"{why} \(10,000,000 rows\) needs about"):
        asked.of(profile, Lazy("data", table.schema, 10 * MB, _no_rows), roles, profile)
    assert asked.of(profile, table, roles, profile) != profile, "the control: few rows are counted"


@pytest.mark.usefixtures("narrow")
def test_on_stored_edges_as_many_rows_are_scanned():
    piece = pa.table({"x": np.zeros(MB)})
    columns = Lazy("data", piece.schema, 10 * MB, lambda _names: [piece] * 10)
    assert scan(columns, {"x": "feature"}, edges={"x": (0.0, 1.0)}).columns["x"].values == {"0": 10 * MB}


def test_this_machine_has_a_limit_and_something_is_taken():
    assert all(limit > taken >= 0 for limit, taken in room.limits())
    assert list(room.limits())
