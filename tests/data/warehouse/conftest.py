"""The engines of these tests."""

from bank import postgres
from data.warehouse.engines import engine, spark, warehouse_of_postgres

__all__ = ["engine", "postgres", "spark", "warehouse_of_postgres"]
