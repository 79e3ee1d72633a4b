"""Rows that a check reads are those that were profiled: files by their bytes, the answer of a query by its number of rows."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from asked import applicants, logistic

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.checks.profiled_rows import as_profiled, unchanged
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.query import Query
from modelops_airflow.errors import CheckError
from modelops_airflow.measurement import Status

COLUMNS = {"target": "good"}
NOTE = "current: rows of a query, asked again"
READERS = {
    "explainability": {}, "sensitivity": {"points": 2}, "multivariate": {}, "volumetrics": {"key": "id"}, "backtest": {},
    "evidently": {"metrics": [{"MeanValue": {"column": "income"}}]},
}


@pytest.fixture
def both(tmp_path):
    """A query over a table of 400 rows, and a baseline in a file."""
    table = applicants().append_column("id", [list(range(400))])
    with sqlite3.connect(tmp_path / "w.db") as rows:
        rows.execute(f"CREATE TABLE t ({', '.join(table.column_names)})")
        rows.executemany(f"INSERT INTO t VALUES ({', '.join('?' * table.num_columns)})", [tuple(one.values()) for one in table.to_pylist()])
    rows.close()
    pq.write_table(table, tmp_path / "baseline.parquet")
    return Dataset("connection w", query=Query("SELECT * FROM t", f"sqlite:///{tmp_path / 'w.db'}")), Dataset("then", files=(tmp_path / "baseline.parquet",))


@pytest.mark.parametrize(("check", "options"), READERS.items())
def test_a_query_that_answers_another_number_of_rows_is_an_error(tmp_path, both, check, options):
    now, before = both
    profiles = profiles_of(now, before, COLUMNS, score=logistic)
    context = CheckContext(dataset=now, baseline=before, columns=COLUMNS, score=logistic, until=datetime(2026, 1, 1, tzinfo=UTC))
    told = run_check(check, profiles, options, context=context)
    assert told.status is Status.MEASURED and told.notes.count(NOTE) == 1, told.notes

    with sqlite3.connect(tmp_path / "w.db") as rows:
        rows.execute("DELETE FROM t WHERE id >= 186")
    rows.close()
    changed = run_check(check, profiles, options, context=context)
    assert changed.status is Status.ERROR
    assert "connection w answers 186 rows of the current data, and 400 were profiled" in changed.notes[0]


def test_rows_of_files_have_no_such_note(both):
    _, file = both
    context = CheckContext(dataset=file, baseline=file, columns=COLUMNS, score=logistic)
    told = run_check("multivariate", profiles_of(file, file, COLUMNS, score=logistic), {}, context=context)
    assert told.status is Status.MEASURED and not any("asked again" in note for note in told.notes)


def test_a_file_that_is_swapped_between_hash_and_read_is_an_error(both):
    _, file = both
    profiles = profiles_of(file, None, COLUMNS)

    def swapped(one):
        pq.write_table(applicants(30), one.files[0])
        return one.read(), 30

    assert as_profiled(profiles, file, "current", lambda one: (one.read(), 400))[1] == 400, "the control"
    with pytest.raises(CheckError, match="then was written to while it was read"):
        as_profiled(profiles, file, "current", swapped)
    with unchanged(file) as digest:
        assert digest == file.digest()
