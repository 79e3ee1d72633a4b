"""Every row of the register by plain SQL, without SQLAlchemy and without our own code.

What the product says of itself is no witness; these rows are. Opening the database here is also what rolls back
a journal that a killed process left behind.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

NAMES = ("document", "event", "governance", "version", "run", "result", "gate", "decision", "slot", "deployment", "pack")
_ORDER = {"document": "digest", "event": "idx"}
_JSON = frozenset({"frontier", "authors", "rules", "confirmed_by", "changed_by", "facts"})
_TIMES = frozenset({"at", "expires_at", "withdrawn_at"})


@lru_cache(20_000)
def parsed(body: bytes) -> Any:
    """An event's body; nobody changes what is answered."""
    return json.loads(body)


@dataclass(frozen=True)
class Rows:
    """The rows of each table, in the order they were written, and the database's time when they were read."""

    now: datetime
    tables: Mapping[str, Sequence[Mapping[str, Any]]]

    def of(self, table: str) -> Sequence[Mapping[str, Any]]:
        """The rows of `modelops_<table>`."""
        return self.tables[table]

    def one(self, table: str, column: str, value: Any) -> Mapping[str, Any] | None:
        """The first row with a value in a column."""
        return next((row for row in self.tables[table] if row[column] == value), None)

    def told(self, *kinds: str) -> list[dict[str, Any]]:
        """Facts of the events of some kinds that were done, in order, with their kind, index and model."""
        rows = (row for row in self.of("event") if row["outcome"] == "done" and row["kind"] in kinds)
        return [{**body["facts"], "kind": body["kind"], "index": body["index"], "model": body["model"]}
                for body in (parsed(bytes(row["body"])) for row in rows)]


def read(url: str, clock: Callable[[], str] | None = None) -> Rows:
    """Read everything in one transaction.

    Args:
        clock: SQLite's time, as the tests have set it; None for the real one.
    """
    if url.startswith("sqlite:///"):
        return _sqlite(url.removeprefix("sqlite:///"), clock)
    return _postgres(url.replace("postgresql+psycopg://", "postgresql://"))


def _sqlite(path: str, clock: Callable[[], str] | None) -> Rows:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        if clock is not None:
            connection.create_function("current_timestamp", 0, clock)
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        now = connection.execute("SELECT CURRENT_TIMESTAMP").fetchone()[0]
        found = {name: [_plain(dict(row)) for row in connection.execute(_query(name))] for name in NAMES}
        return Rows(_time(now), found)
    finally:
        connection.close()


def _postgres(url: str) -> Rows:
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(url, row_factory=dict_row) as connection:
        with connection.pipeline():  # asked at once, answered one after the other
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            clock = connection.execute("SELECT clock_timestamp() AS now")
            asked = {name: connection.execute(_query(name)) for name in NAMES}
        first = clock.fetchone()
        assert first is not None
        return Rows(first["now"], {name: [_plain(dict(row)) for row in answer.fetchall()] for name, answer in asked.items()})


def _query(name: str) -> Any:
    return f"SELECT * FROM modelops_{name} ORDER BY {_ORDER.get(name, 'id')}"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    for column, value in row.items():
        if isinstance(value, str) and column in _JSON:
            row[column] = json.loads(value)
        elif isinstance(value, str) and column in _TIMES:
            row[column] = _time(value)
    return row


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
