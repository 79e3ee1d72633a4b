"""Settings inside Airflow: the options of `[modelops]` in airflow.cfg or `AIRFLOW__MODELOPS__*`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from ..settings import Settings, settings_from


def approval_public(settings: Settings) -> bytes | None:
    """What approvals must be signed with to count here; None if nothing is pinned.

    Raises:
        SigningError: the file cannot be read; then nothing is deployed.
    """
    from ..signing.ed25519 import load_public

    return load_public(settings.approval_public_key) if settings.approval_public_key is not None else None


def settings_from_airflow() -> Settings:
    """Settings as Airflow's configuration has them; the root is by default the DAG folder's parent."""
    from airflow.configuration import conf

    names = [field.name for field in fields(Settings)]
    found = {name: conf.get("modelops", name, fallback=None) for name in names}
    dags = Path(conf.get("core", "dags_folder"))
    return settings_from({name: value for name, value in found.items() if value}, cwd=dags.parent)
