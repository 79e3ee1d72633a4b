"""What a run looks at: a release at all data, a monitor at its window of the data interval."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.plan.types import Plan
from modelops_airflow.spec.project import Project
from modelops_airflow.steps.datasets import current_dataset
from modelops_airflow.steps.folder_journal import FolderJournal
from modelops_airflow.steps.run import Interval, Run

DAYS = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in range(1, 11)]
INTERVAL = Interval(datetime(2026, 11, 8, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC))


def run_of(root: Path, data: dict, on: str, interval: Interval | None = INTERVAL) -> Run:
    plan = Plan({"id": "m", "kind": "rules"}, data, "monitor", "monitor@1", on, None, (), {})
    digest = plan.digest
    urls = {"warehouse": f"sqlite:///{root / 'warehouse.db'}", "lake": root.as_uri()}
    return Run(plan, digest, "m.yaml", Project(root), (), BlobStore(str(root / "store")), FolderJournal(root, plan, digest),
               interval, urls.__getitem__)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Ten days, one row a day, as a file and as a table."""
    pq.write_table(pa.table({"at": DAYS, "n": list(range(1, 11))}), tmp_path / "current.parquet")
    with sqlite3.connect(tmp_path / "warehouse.db") as database:
        database.execute("CREATE TABLE scored (at TEXT, n INT)")
        database.executemany("INSERT INTO scored VALUES (?, ?)", [(day.isoformat(sep=" "), day.day) for day in DAYS])
    return tmp_path


FILES = {"current": "current.parquet", "columns": {"time": "at"}, "window": {"last": "P3D"}}
STORE = {**FILES, "current": {"files": "*.parquet", "connection": "lake"}}
QUERY = {"current": {"sql": "SELECT n FROM scored WHERE at >= {start} AND at < {end}", "connection": "warehouse"},
         "columns": {}, "window": {"last": "P3D"}}


@pytest.mark.parametrize("data", [FILES, STORE, QUERY], ids=["files", "store", "query"])
def test_a_monitor_looks_at_its_window_up_to_the_end_of_the_interval(root: Path, data: dict) -> None:
    assert current_dataset(run_of(root, data, "schedule")).read()["n"].to_pylist() == [6, 7, 8]


@pytest.mark.parametrize("data", [FILES, STORE, QUERY], ids=["files", "store", "query"])
@pytest.mark.parametrize("interval", [INTERVAL, None], ids=["interval", "none"])
def test_a_release_looks_at_everything(root: Path, data: dict, interval: Interval | None) -> None:
    found = current_dataset(run_of(root, data, "version-registered", interval)).read()["n"].to_pylist()
    assert found == list(range(1, 11))


@pytest.mark.parametrize("name", ["sql.parquet", "files.parquet"])
def test_a_path_is_no_query_by_its_name(root: Path, name: str) -> None:
    (root / "current.parquet").rename(root / name)
    assert current_dataset(run_of(root, {**FILES, "current": name}, "schedule")).read().num_rows == 3


def test_a_query_without_a_window_looks_at_the_interval(root: Path) -> None:
    data = {key: value for key, value in QUERY.items() if key != "window"}
    assert current_dataset(run_of(root, data, "schedule")).read()["n"].to_pylist() == [8]


def test_the_placeholders_are_bound_and_never_pasted(root: Path) -> None:
    run = run_of(root, QUERY, "schedule")
    dataset = current_dataset(run)
    assert "{start}" in dataset.query.sql
    assert dataset.digest() != replace(dataset, query=replace(dataset.query, bounds={})).digest()
