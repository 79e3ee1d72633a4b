"""Predictions written down: Parquet partitions by day, which a monitor reads as its current data."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..digest import canonical
from ..durable import finish, partial, sync

if TYPE_CHECKING:
    import pyarrow as pa

EVERY, SECONDS = 1000, 5.0
"""Rows, or seconds, after which what is in memory is written."""


class PredictionLog:
    """Rows that were answered, in `model=<id>/day=<date>/<time>-<process>-<number>.parquet`.

    A file is there completely or not at all. A kill loses what was answered in the last seconds; a stop loses nothing.

    Args:
        inputs: also keep the features; otherwise only a digest of each row.
    """

    def __init__(self, folder: Path, *, inputs: bool = False) -> None:
        self._folder, self._inputs = folder, inputs
        self._waiting: dict[str, list[pa.Table]] = {}
        self._since, self._number = datetime.now(UTC), 0
        self._lock = threading.Lock()

    def add(self, model: str, rows: pa.Table, answers: pa.Table, facts: Mapping[str, str]) -> None:
        """Note a batch; `facts` are the same for each of its rows.

        Raises:
            OSError: it was time to write, and the folder cannot be written.
        """
        with self._lock:
            self._waiting.setdefault(model, []).append(self._table(rows, answers, facts))
            held = sum(table.num_rows for tables in self._waiting.values() for table in tables)
            if held >= EVERY or (datetime.now(UTC) - self._since).total_seconds() >= SECONDS:
                self._write()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            self._write()

    def _table(self, rows: pa.Table, answers: pa.Table, facts: Mapping[str, str]) -> pa.Table:
        import pyarrow as pa

        count, columns = rows.num_rows, dict[str, Any]()
        columns["at"] = pa.array([datetime.now(UTC)] * count, pa.timestamp("us", "UTC"))
        columns |= {name: pa.array([text] * count, pa.string()) for name, text in facts.items()}
        columns["input_digest"] = pa.array([hashlib.sha256(canonical(row)).hexdigest() for row in rows.to_pylist()])
        columns["prediction"] = answers["prediction"].cast(pa.string())
        columns["score"] = answers["score"].cast(pa.float64()) if "score" in answers.column_names else pa.nulls(count, pa.float64())
        if self._inputs:
            columns |= {name: rows[name] for name in rows.column_names if name not in columns}
        return pa.table(columns)

    def _write(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        while self._waiting:
            model = next(iter(self._waiting))
            table = pa.concat_tables(self._waiting[model], promote_options="permissive")
            now = datetime.now(UTC)
            folder = self._folder / f"model={model}" / f"day={now:%Y-%m-%d}"
            with partial(folder) as file:
                pq.write_table(table, file)
                finish(file, 0o640)
                os.link(file.name, folder / f"{now:%H%M%S%f}-{os.getpid()}-{self._number}.parquet")
            sync(folder)
            self._number += 1
            del self._waiting[model]
        self._since = datetime.now(UTC)
