"""A bank with a canary, and what its release through it, its runtime, its monitors and its clock do."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bank import GOVERNANCE, Bank, Candidate, governance, person
from modelops_airflow.database import database_time
from modelops_airflow.digest import digest_of
from modelops_airflow.governance import trial
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.record import decide
from modelops_airflow.governance.start import RunKey, pin_in_use
from modelops_airflow.inventory.tables import DeploymentRow, FindingRow, SlotRow
from modelops_airflow.steps.bake import Baking

THROUGH = {"through": "canary", "bake": "PT30M"}
WATCHED = {"watch": "PT30M"}
PLACES = {"production": {"target": "folder", "with": {"path": "live", "held": True}, "canary": "canary"},
          "canary": {"target": "folder", "with": {"path": "canary", "held": True}}}


def with_canary(bank: Bank) -> Bank:
    """Governance has a canary beside production, and heeds the runtimes of both."""
    body = governance(environments={**GOVERNANCE["environments"], **PLACES})
    propose(bank.register, body, "sync")
    for who in ("vera", "rita"):  # whose canary is whose takes two
        activate(bank.desk, digest_of(body), person(who))
    return bank


def later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    """The database's clock, as trials ask it, is so far ahead."""

    def ahead(session: Session) -> datetime:
        return database_time(session) + timedelta(minutes=minutes)

    monkeypatch.setattr(trial, "database_time", ahead)


def approved(bank: Bank, version: str, **strategy: str) -> Candidate:
    """A version that everybody has approved with a strategy."""
    return bank.approve(bank.release(version, strategy=strategy))


def bakes(bank: Bank, release: Candidate) -> Baking:
    """The deploy step, which must wait."""
    with pytest.raises(Baking) as waiting:
        bank.deploy(release)
    return waiting.value


def hold(bank: Bank, path: str, why: str = "3 of its 3 requests failed") -> None:
    """The runtime of a folder holds back what the folder has live."""
    pointer = json.loads((bank.root / path / "live" / "pricing.json").read_bytes())
    (bank.root / path / "held").mkdir(exist_ok=True)
    (bank.root / path / "held" / "pricing.json").write_text(json.dumps({"epoch": pointer["epoch"], "artifact": pointer["artifact"], "why": why}))


def corrupt(bank: Bank, path: str) -> None:
    """Somebody changes the bytes that a folder has live."""
    pointer = json.loads((bank.root / path / "live" / "pricing.json").read_bytes())
    file = bank.root / path / pointer["file"]
    file.chmod(0o644)
    file.write_bytes(b"something else")


def monitor(bank: Bank, verdict: str, run: str = "scheduled__1", as_of: str = "") -> None:
    """A monitor looks at the version in use and comes to a verdict, by the policies of today or of a past day."""
    key = RunKey("pricing.monitor", run)
    assert pin_in_use(bank.register, key, bank.monitor() | {"as_of": as_of}, "schedule") is not None
    decide(bank.register, key, manifest="sha256:" + "2" * 64, subject="sha256:" + "3" * 64, verdict=verdict, warned=False, reasons=["psi 0.4"])


def slots(bank: Bank) -> dict[str, list[tuple[int, str, str]]]:
    """(epoch, cause, state) of the deployments of each environment, in order."""
    with bank.register.read() as session:
        found: dict[str, list[tuple[int, str, str]]] = {slot.environment: [] for slot in session.scalars(select(SlotRow))}
        for row in session.scalars(select(DeploymentRow).order_by(DeploymentRow.id)):
            found[row.environment].append((row.epoch, row.cause, row.state))
    return found


def told(bank: Bank) -> dict[str, tuple[str, str]]:
    """Open findings: kind -> (severity, message)."""
    with bank.register.read() as session:
        return {row.kind: (row.severity, row.message) for row in session.scalars(select(FindingRow).where(FindingRow.closed_at.is_(None)))}


def done(bank: Bank, *kinds: str) -> list[str]:
    """The ledger's events of some kinds, in order."""
    return [kind for kind in bank.events("done") if kind in kinds]


def facts(bank: Bank, kind: str) -> dict[str, Any]:
    """What the last event of a kind says."""
    from modelops_airflow.ledger import EventRow

    with bank.register.read() as session:
        body = session.scalars(select(EventRow.body).where(EventRow.kind == kind).order_by(EventRow.index.desc())).first()
    assert body is not None
    return dict(json.loads(body)["facts"])
