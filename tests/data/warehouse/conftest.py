"""The engines of these tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bank import postgres
from data.warehouse.engines import duckdb_engine, engine, spark, warehouse_of_postgres

__all__ = ["duckdb_engine", "engine", "postgres", "spark", "warehouse_of_postgres"]
