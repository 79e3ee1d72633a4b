"""Predictions written down: Parquet partitions by role and day; a monitor reads those of the version in use as its current data."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..durable import finish, partial, sync

if TYPE_CHECKING:
    import pyarrow as pa

EVERY, SECONDS = 1000, 5.0
"""Rows, or seconds, after which what is in memory is written."""


@dataclass(eq=False)
class Noted:
    """The rows of one request that wait.

    Attributes:
        given: whether the caller's side has the answer; before that it is not written, since another may answer instead.
    """

    place: str
    table: pa.Table
    given: bool = False


class PredictionLog:
    """Rows that were answered, in `model=<id>/role=<role>/<time>-<process>-<number>.parquet`: one folder is one data set.

    A file is there completely or not at all. A kill loses what was answered in the last seconds; a stop loses nothing.

    Args:
        inputs: also keep the features; otherwise only a digest of each row.
    """

    def __init__(self, folder: Path, *, inputs: bool = False) -> None:
        self._folder, self._inputs = folder, inputs
        self._waiting: list[Noted] = []
        self._since, self._number = datetime.now(UTC), 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """Requests of which nothing is written yet."""
        return len(self._waiting)

    def add(self, model: str, rows: pa.Table, answers: pa.Table, facts: Mapping[str, str]) -> Noted:
        """Note a batch before it is answered; `facts` are the same for each of its rows, the role among them. It is written when it is `given`.

        Raises:
            OSError: it was time to write, and the folder cannot be written; then the batch is not noted.
        """
        table = self._table(rows, answers, {name: text for name, text in facts.items() if name != "role"})
        noted = Noted(f"model={model}/role={facts['role']}", table)
        with self._lock:
            held = sum(one.table.num_rows for one in self._waiting)
            if held >= EVERY or (datetime.now(UTC) - self._since).total_seconds() >= SECONDS:
                self._write()
            self._waiting.append(noted)
        return noted

    def flush(self) -> None:
        """Write what waits.

        Raises:
            OSError: the folder cannot be written; what waits stays.
        """
        with self._lock:
            self._write()

    def _table(self, rows: pa.Table, answers: pa.Table, facts: Mapping[str, str]) -> pa.Table:
        import pyarrow as pa

        count, columns = rows.num_rows, dict[str, Any]()
        columns["at"] = pa.array([datetime.now(UTC)] * count, pa.timestamp("us", "UTC"))
        columns |= {name: pa.array([text] * count, pa.string()) for name, text in facts.items()}
        columns["input_digest"] = pa.array([hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest() for row in rows.to_pylist()])
        columns["prediction"] = answers["prediction"].cast(pa.string())
        columns["score"] = answers["score"].cast(pa.float64()) if "score" in answers.column_names else pa.nulls(count, pa.float64())
        if self._inputs:
            columns |= {name: rows[name] for name in rows.column_names if name not in columns}
        return pa.table(columns)

    def _write(self) -> None:
        """One file for the rows of one place and of the same columns: what callers send may differ from one to the next."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        while given := [one for one in self._waiting if one.given]:
            first = given[0]
            alike = [one for one in given if one.place == first.place and one.table.schema == first.table.schema]
            now = datetime.now(UTC)
            folder = self._folder / first.place
            with partial(folder) as file:
                pq.write_table(pa.concat_tables([one.table for one in alike]), file)
                finish(file, 0o640)
                os.link(file.name, folder / f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}-{self._number}.parquet")
            self._number += 1
            written = set(map(id, alike))
            self._waiting = [one for one in self._waiting if id(one) not in written]
            sync(folder)
        self._since = datetime.now(UTC)
