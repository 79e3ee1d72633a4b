"""Floats in SQL are exact to the last bit."""

from __future__ import annotations

import sqlite3

import duckdb
import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.data.warehouse.number import exact
from modelops_airflow.data.warehouse.statement import compiled_to

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def _written(values, dialect):
    table = ibis.table({"a": "float64"}, name="modelops_rows")
    return compiled_to(table.select(**{f"v{place}": exact(value) for place, value in enumerate(values)}), dialect).partition(" FROM ")[0]


@settings(max_examples=25)
@given(st.lists(FLOATS, min_size=1, max_size=12))
def test_every_float_comes_back_as_it_went(values):
    assert list(sqlite3.connect(":memory:").execute(_written(values, "sqlite")).fetchone()) == values
    assert list(duckdb.connect().execute(_written(values, "duckdb")).fetchone()) == values


def test_a_decimal_in_sql_would_not():
    """The control: what is avoided is there to be avoided."""
    value = 8.41310574236125e-307
    found = [sqlite3.connect(":memory:").execute(f"SELECT {one!r}").fetchone()[0] == one for one in (value, 0.1)]
    assert found[1] and duckdb.connect().execute("SELECT typeof(0.1)").fetchone() == ("DECIMAL(2,1)",)
