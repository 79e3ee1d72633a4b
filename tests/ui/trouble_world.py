"""The bank with its model on the pages, and three ways to ask about it: the command line, the routes, the pack. Days pass for all of them."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api import security
from fastapi.testclient import TestClient

import bank as bank_world
from bank import Candidate
from guards import guards_down
from modelops_airflow import database
from modelops_airflow.cli import main
from modelops_airflow.database import database_time
from modelops_airflow.evidence.verify import unzipped
from modelops_airflow.governance import waiver_watch
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.steps import pack_facts
from modelops_airflow.steps.evidence_pack import pack_of
from modelops_airflow.ui.app import make_app
from modelops_airflow.ui.reads import clock, fleet, waivers
from waiver_world import PACK

ROUTES = "/api/v1"

MODEL = """modelops: 1
model:
  name: Pricing
  purpose: Puts applications into price classes.
  tier: 2
  owner: olaf
  developers: [dana]
  team: lending
  kind: rules
  version: "1.0.0"
  artifact: models/pricing-1.0.0.yaml
  facts: {decisions_on_persons: true}
data: {baseline: then.csv, current: now.csv, columns: {favourable: standard, protected: [sex]}}
"""


class World:
    """The bank with its model on the pages, and three ways to ask about it."""

    def __init__(self, bank: bank_world.Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.bank, self._patch, self._capsys = bank, monkeypatch, capsys
        self.app = make_app(bank.register, bank.store)
        with bank.register.write() as session:
            session.add(ModelRow(id="pricing", name="Pricing", tier=2, owner="olaf", kind="rules", file="dags/models/pricing.yaml", source="x", review_every="P6M",
                                 dags=[{"lifecycle": "release", "dag_id": "pricing.release", "schedule": None}]))

    def route(self, path: str, who: str = "rita") -> Any:
        self.app.dependency_overrides[security.get_user] = lambda: SimpleAuthManagerUser(username=who, role="viewer")
        answer = TestClient(self.app, headers={"Sec-Fetch-Site": "same-origin"}).get(ROUTES + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def cli(self, *arguments: object) -> str:
        """What it prints, in one line."""
        self._patch.setattr(sys, "argv", ["modelops", *map(str, arguments)])
        self._capsys.readouterr()
        with contextlib.suppress(SystemExit):
            main()
        told = self._capsys.readouterr()
        return " ".join((told.out + told.err).split())

    def gaps(self, release: Candidate) -> str:
        manifest = json.loads(unzipped(self.bank.store.get(pack_of(self.bank.run(release.key))))["manifest.json"])
        return "\n".join(f"{one['control']}: {one['why']}" for one in manifest["gaps"])

    def later(self, days: int) -> None:
        """Days pass for whoever looks."""
        self._patch.setattr(fleet, "now", lambda: clock.now() + timedelta(days=days))
        for module in (database, pack_facts, waiver_watch, waivers):
            self._patch.setattr(module, "database_time", lambda session: database_time(session) + timedelta(days=days))

    def files(self) -> Path:
        """The bank's model and its governance, with the pack, as files; answers the folder of the project."""
        models = self.bank.root / "dags/models"
        models.mkdir(parents=True)
        (models / "pricing.yaml").write_text(MODEL)
        (models.parent / "governance.yaml").write_text(yaml.safe_dump(bank_world.governance(policies=[PACK])))
        return self.bank.root

    def without_guards(self, statement: Callable[[Any], None]) -> None:
        with self.bank.register.write() as session, guards_down(session.connection()):
            statement(session)
            session.flush()
