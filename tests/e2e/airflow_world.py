"""The Airflow under test, its project folder, its register and its people."""

from __future__ import annotations

from airflow_client import Person

from modelops_airflow.cli.local_airflow import LocalAirflow
from modelops_airflow.inventory.register import Register


class World:
    """The Airflow under test, its project folder and its register."""

    def __init__(self, airflow: LocalAirflow) -> None:
        self.airflow = airflow
        self.root = airflow.root
        self._people: dict[str, Person] = {}

    @property
    def register(self) -> Register:
        """The register, to read what is on record."""
        return Register(self.airflow.environment["AIRFLOW__MODELOPS__DATABASE_URL"])

    def person(self, name: str) -> Person:
        """A logged-in user."""
        if name not in self._people:
            self._people[name] = Person(self.airflow.url, name, f"{name}-password")
        return self._people[name]

    @property
    def anonymous(self) -> Person:
        """Nobody."""
        return Person(self.airflow.url)
