"""The Airflow under test, its project folder, its register and its people."""

from __future__ import annotations

from typing import Any

from airflow_client import Person, until

from modelops_airflow.cli.local_airflow import LocalAirflow
from modelops_airflow.inventory.register import Register

FOUNDERS = ("validator-1", "risk-1")
"""Two people of the control side, who put the first governance in force."""


class World:
    """The Airflow under test, its project folder and its register.

    Attributes:
        founding: what the founders were answered, in order: (who, status, body).
    """

    def __init__(self, airflow: LocalAirflow) -> None:
        self.airflow = airflow
        self.root = airflow.root
        self.founding: list[tuple[str, int, Any]] = []
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

    def found(self) -> None:
        """Put the first governance in force, as its people do: the file comes in, two of them confirm it."""
        operator = self.person("operator")
        until("modelops.sync is there", lambda: operator.airflow("GET", "/dags/modelops.sync").status_code == 200, 120)
        operator.start("modelops.sync")
        pending = until("the first governance waits", lambda: self._governance()["pending"], 150)
        for who in (FOUNDERS[0], FOUNDERS[0], "credit-dev", FOUNDERS[1]):
            answer = self.person(who).modelops("POST", "/governance/activation", {"digest": pending["digest"]})
            self.founding.append((who, answer.status_code, answer.json()))

    def _governance(self) -> dict[str, Any]:
        answer = self.person("auditor-1").modelops("GET", "/governance")
        answer.raise_for_status()
        return dict(answer.json())
