"""Alembic's entry: our tables alone, with our own version table."""

from __future__ import annotations

from typing import Any

from alembic import context

from modelops_airflow.database import Base
from modelops_airflow.inventory import tables  # noqa: F401 - fills the metadata
from modelops_airflow.inventory.register import VERSION_TABLE
from modelops_airflow.ledger import table  # noqa: F401 - fills the metadata


def _ours(_item: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    return kind != "table" or bool(name and name.startswith("modelops_") and name != VERSION_TABLE)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_object=_ours,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
