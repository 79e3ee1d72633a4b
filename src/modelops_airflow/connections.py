"""Connections: secrets and addresses by name. YAML has the name; Airflow, or the environment, has the rest."""

from __future__ import annotations

from collections.abc import Callable

from .errors import DataError

Connections = Callable[[str], str]
"""Name of a connection -> its URL, which may hold a secret and is never written anywhere."""


def no_connections(name: str) -> str:
    """Resolver for places that have no connections.

    Raises:
        DataError: always.
    """
    raise DataError(f"connection {name!r} is not available here; set AIRFLOW_CONN_{name.upper()}")
