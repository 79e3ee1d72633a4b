"""Settings inside Airflow: the options of `[modelops]` in airflow.cfg or `AIRFLOW__MODELOPS__*`."""

from __future__ import annotations

from dataclasses import fields

from ..settings import Settings, settings_from


def settings_from_airflow() -> Settings:
    """Settings as Airflow's configuration has them; an option that is not set takes its default."""
    from airflow.configuration import conf

    names = [field.name for field in fields(Settings)]
    found = {name: conf.get("modelops", name, fallback=None) for name in names}
    return settings_from({name: value for name, value in found.items() if value})
