"""Settings inside Airflow: the options of `[modelops]` in airflow.cfg or `AIRFLOW__MODELOPS__*`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from ..settings import Settings, settings_from


def settings_from_airflow() -> Settings:
    """Settings as Airflow's configuration has them; the root is by default the DAG folder's parent."""
    from airflow.configuration import conf

    names = [field.name for field in fields(Settings)]
    found = {name: conf.get("modelops", name, fallback=None) for name in names}
    dags = Path(conf.get("core", "dags_folder"))
    return settings_from({name: value for name, value in found.items() if value}, cwd=dags.parent)
