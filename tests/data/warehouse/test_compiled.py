"""What engines that are not here would be asked, kept as text; `pytest --refresh` writes it anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot

from data.warehouse.warehouse_rows import COLUMNS
from modelops_airflow.data.prepare import roles_of
from modelops_airflow.data.warehouse.rows import Rows
from modelops_airflow.data.warehouse.scan import scan_rows
from modelops_airflow.data.warehouse.session import opened
from modelops_airflow.data.warehouse.statement import around

TABLE = pa.table({
    "amount": [1.5, 2.5, None, 4.0], "cat": ["a", "b", "b", None], "flag": [True, False, True, True], "y": [0, 1, 1, 0],
    "prediction": [0, 1, 0, 0], "score": [0.1, 0.9, 0.4, 0.2],
})
QUERY = "SELECT * FROM scored WHERE day >= {start} AND day < {end}"


@dataclass
class Recorded(Rows):
    """Rows of DuckDB's that note what another engine would be asked."""

    dialect: str = ""
    asked: list[str] = field(default_factory=list)

    def many(self, expression, most=100):
        """Answers from here."""
        self.asked.append(around(QUERY, expression, self.dialect, "model=credit run=1").text(lambda name: f":{name}"))
        return super().many(expression, most)


@pytest.mark.parametrize("dialect", ["trino", "bigquery", "snowflake"])
def test_the_statements_are_those_that_were_read(dialect, duckdb_engine, snapshot):
    duckdb_engine.put("t", TABLE)
    with opened(duckdb_engine.url, "w", timedelta(minutes=1)) as session:
        rows = Recorded(session, "SELECT * FROM t", {}, "w", dialect=dialect)
        profile = scan_rows(rows, roles_of(TABLE.column_names, COLUMNS), protected=("cat", "flag"), favourable="1")
    assert profile.outcomes and profile.groups and profile.median, "the control: everything was asked for"
    for one in rows.asked:
        assert isinstance(sqlglot.parse_one(one, dialect=dialect), sqlglot.exp.Select)
    snapshot(Path(__file__).parent / "compiled" / f"{dialect}.sql", ";\n\n".join(rows.asked) + ";\n")
