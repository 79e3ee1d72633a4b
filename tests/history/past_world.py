"""A bank whose clock a test moves: packs in three versions, releases, reviews, and people who decide and take it back.

    past = Past(bank, monkeypatch)
    past.define(1)                       # the model file under the pack's first version
    release = past.release("1.0.0")      # pinned, measured, decided, gates open
    past.clock.go(days=40)
    past.define(2)

The register is the real one: only what its clock says is given, on SQLite, whose events take their time from Python.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

import modelops_airflow.governance.stop  # noqa: F401 - so that its clock is moved too
from bank import GATES, Bank, Candidate
from modelops_airflow.digest import digest_of
from modelops_airflow.governance.asks import Asks, readable_digest
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.history.as_of import AsOf, as_of
from modelops_airflow.history.reader import Reader
from modelops_airflow.history.record import records
from modelops_airflow.spec.read import read_policy

START = datetime(2026, 1, 10, 9, tzinfo=UTC)
CONTROLS = ["own OWN-3", "own OWN-4"]
COVERED = {**GATES, "attest-audit": {"roles": {"audit": 1}, "meaning": "attest", "valid": "P300D", "controls": CONTROLS}}
REVIEWED = {"attest-review": {"roles": {"audit": 1}, "meaning": "attest", "valid": "P300D", "controls": CONTROLS}}

PACK = """
pack: own
version: {version}
title: A pack of a test.
controls:
  - {{id: OWN-1, ref: a, text: Groups are looked at., class: risk, steps: [bias], at: [release, review], every: {{period: P6M, basis: law}},
      numbers: {{impact_ratio: {{fail: "< {number}", basis: industry}}}}}}
  - {{id: OWN-2, ref: b, text: Risk approves., class: risk, approvals: {{roles: {{risk: 2}}, basis: law}}}}
  - {{id: OWN-3, ref: c, text: It is so., class: risk, at: [release, review], attest: {{role: audit, statement: It is so.}}, every: {{period: P1Y, basis: law}}}}
"""
FOURTH = "  - {id: OWN-4, ref: d, text: It is also so., class: risk, at: [release, review], attest: {role: audit, statement: So.}}\n"
NUMBERS = {1: 0.80, 2: 0.95, 3: 0.90}
DATED = """
pack: dated
version: 1
title: A pack of some months.
status: in-force
effective: {from: 2026-04-01, to: 2026-09-30, basis: law}
controls:
  - {id: DAT-1, ref: a, text: Groups are looked at., class: risk, steps: [bias]}
"""


def bodies(folder: Path, version: int) -> dict[str, dict[str, Any]]:
    """The packs of a version, in canonical form, as their files are read."""
    own = PACK.format(version=version, number=NUMBERS[version]) + (FOURTH if version == 3 else "")
    found = {}
    for name, words in (("own", own), ("dated", DATED)):
        (folder / f"{name}.yaml").write_text(words)
        found[name] = read_policy(folder / f"{name}.yaml").canonical
    return found


class Clock:
    """What the database says the time is."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self, session: Session) -> datetime:
        return self.at

    def go(self, **units: float) -> datetime:
        """Move on; answers the time then."""
        self.at += timedelta(**units)
        return self.at


class Past:
    """The bank through months. The database's guards are down: they go by a clock that nobody moves."""

    def __init__(self, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
        with bank.register.engine.execution_options(modelops_write=True).begin() as connection:
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        self.bank, self.clock, self.number = bank, Clock(), 0
        for name, module in list(sys.modules.items()):
            if name.startswith("modelops_airflow.") and hasattr(module, "database_time") and name != "modelops_airflow.database":
                monkeypatch.setattr(module, "database_time", self.clock)

    def define(self, pack: int | None, version: str = "1.0.0", **facts: Any) -> None:
        """What sync stores of the model's file under a version of the packs; None for a broken file. `facts` of the model are others."""
        model = dict(self.bank.plan(version).model) | facts
        model.pop("facts")
        file, dags = "dags/models/pricing.yaml", [{"lifecycle": "release", "dag_id": "pricing.release", "schedule": None}]
        if pack is None:
            self._define(Definition("pricing", file, "x", None, None, [{"code": "SPEC001"}]))
            return
        canonical = {"modelops": 1, "model": model, "policies": ["own", "dated"]}
        with self.bank.register.read() as session:
            governance = readable_digest(session)
        packs = bodies(self.bank.root, pack)
        asks = Asks(governance, {name: digest_of(body) for name, body in packs.items()}, packs, {"release": "release", "review": "review", "monitor": None})
        self._define(Definition("pricing", file, "x", model, canonical, (), dags, asks=asks))

    def _define(self, one: Definition) -> None:
        define(self.bank.register, [one], "sync")

    def release(self, version: str = "1.0.0", ratio: float = 0.92, gates: Mapping[str, Any] = COVERED) -> Candidate:
        """A release up to its gates; with a ratio below 0.80 it fails, and has none."""
        self.number += 1
        key = self.bank.pin(version, run=f"release-{self.number}", gates=gates)
        return self._decided(key, version, ratio)

    def review(self, version: str = "1.0.0", ratio: float = 0.92, **more: str) -> Candidate:
        """A review up to its gate; `more` stands in its plan."""
        self.number += 1
        plan = self.bank.plan(version, gates=REVIEWED).to_json()
        plan = {**plan, **more, "lifecycle": "review", "on": "schedule", "steps": [one for one in plan["steps"] if one["phase"] != "act"]}
        key, path = RunKey("pricing.review", f"review-{self.number}"), self.bank.root / plan["model"]["artifact"]
        pin(self.bank.register, key, plan, self.bank.store.put_file(path), path.name, "schedule")
        return self._decided(key, version, ratio)

    def _decided(self, key: RunKey, version: str, ratio: float) -> Candidate:
        self.bank.measure(key, ratio)
        if self.bank.decide(key) == "pass":
            return self.bank.gates(key)
        with self.bank.register.read() as session:
            row = self.bank._run(session, key)
            return Candidate(key, version, row.artifact, str(row.subject), {})  # type: ignore[arg-type]

    def attested(self, candidate: Candidate) -> Candidate:
        """Everybody approves, and the audit attests."""
        for gate, who in (("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf"), ("attest-audit", "ines"), ("attest-review", "ines")):
            if gate in candidate.gates:
                self.bank.vote(candidate, gate, who)
        return candidate

    def state(self, at: datetime | None = None) -> AsOf:
        """What the code under test answers."""
        with self.bank.register.read() as session:
            return as_of(records(session, ["pricing"])["pricing"], Reader(session, self.bank.store), at or self.clock.at)

    def told(self, at: datetime | None = None, pack: str = "own") -> dict[str, str]:
        """Control -> status of a pack."""
        found = self.state(at).pack(pack)
        return {one.status.control: one.status.status for one in found.controls} if found is not None else {}
