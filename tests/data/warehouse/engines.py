"""Real engines that a table is put into; each gives its URL."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from data.warehouse.warehouse_rows import as_sqlite_holds_it

ENGINES = ("sqlite", "duckdb", "postgres")

_POSTGRES = {"double": "double precision", "int64": "bigint", "string": "text", "bool": "boolean", "date32[day]": "date",
             "timestamp[us]": "timestamp"}


class Engine:
    """An engine: tables go in as Arrow has them, or as near as the engine can hold them."""

    def __init__(self, name: str, folder: Path, request: pytest.FixtureRequest) -> None:
        self.name, self._folder, self._request = name, folder, request
        if name == "postgres":
            self.url = request.getfixturevalue("warehouse_of_postgres")
        elif name == "spark":
            self._spark = request.getfixturevalue("spark")
            self.url = "spark://local[2]"
        else:
            self.url = f"{name}:///{folder / name}.db"

    def holds(self, table: pa.Table) -> pa.Table:
        """The table as the engine can hold it: what the local profile is made from."""
        return as_sqlite_holds_it(table) if self.name == "sqlite" else table

    def put(self, name: str, table: pa.Table) -> None:
        """Make a table of that name anew."""
        getattr(self, f"_put_{self.name}")(name, self.holds(table))

    def _put_sqlite(self, name: str, table: pa.Table) -> None:
        connection = sqlite3.connect(self._folder / "sqlite.db")
        connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.execute(f"CREATE TABLE {name} ({', '.join(quoted(one) for one in table.column_names)})")
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * table.num_columns)})", rows_of(table))
        connection.commit()
        connection.close()

    def _put_duckdb(self, name: str, table: pa.Table) -> None:
        import duckdb

        connection = duckdb.connect(str(self._folder / "duckdb.db"))
        connection.register("arrow_table", table)
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arrow_table")
        connection.close()

    def _put_postgres(self, name: str, table: pa.Table) -> None:
        import psycopg

        types = [_POSTGRES.get(str(one.type), "numeric(12, 2)") for one in table.schema]
        columns = ", ".join(f"{quoted(one)} {kind}" for one, kind in zip(table.column_names, types, strict=True))
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TABLE {name} ({columns})")
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in rows_of(table):
                    copy.write_row(row)

    def _put_spark(self, name: str, table: pa.Table) -> None:
        types = {"double": "double", "int64": "bigint", "string": "string", "bool": "boolean", "date32[day]": "date",
                 "timestamp[us]": "timestamp_ntz"}
        schema = ", ".join(f"`{one.name}` {types.get(str(one.type), 'decimal(12, 2)')}" for one in table.schema)
        self._spark.createDataFrame(rows_of(table), schema).createOrReplaceTempView(name)


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def rows_of(table: pa.Table) -> list[tuple]:
    """Rows as Python has them."""
    return list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


@pytest.fixture(scope="session")
def warehouse_of_postgres(postgres) -> str:
    """A database on the session's server."""
    return postgres.new(template="template0")


@pytest.fixture(scope="module")
def spark() -> Iterator[object]:
    """A Spark of two threads; where Java is not installed its tests are skipped, but never in CI."""
    if shutil.which("java") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Spark needs Java; install default-jre-headless")
    from pyspark.sql import SparkSession

    session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
               .config("spark.sql.session.timeZone", "UTC").config("spark.driver.bindAddress", "127.0.0.1")
               .config("spark.driver.host", "127.0.0.1").config("spark.sql.codegen.wholeStage", "false").getOrCreate())
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine in turn."""
    return Engine(request.param, tmp_path, request)


@pytest.fixture
def duckdb_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """DuckDB alone, where one engine shows a thing."""
    return Engine("duckdb", tmp_path, request)
