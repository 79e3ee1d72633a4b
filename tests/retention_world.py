"""The bank with a pack that says how long records are kept, a release of long ago, and people who ask for erasures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank, Candidate, person
from modelops_airflow.database import database_time
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.governance import retention
from modelops_airflow.governance.erase import approve, ask
from modelops_airflow.governance.stop import retire
from modelops_airflow.inventory.tables import ResultRow
from modelops_airflow.steps.erase import erase_approved

ASKED = {"applies": True, "why": "", "class": "risk", "ref": "a test", "text": "It is kept.", "how": "automated", "at": ["release"], "steps": [], "numbers": {}}
PLAN = Bank.plan
"""As the bank makes it, whoever has patched it since."""
RECORD = {"title": "Own", "version": 1, "digest": "sha256:" + "2" * 64, "named_by": "model file", "standing": "applies", "why": "", "draft": False,
          "jurisdiction": "", "force": ""}


def packs(**promises: tuple[str, str, str]) -> dict[str, Any]:
    """Packs as a plan has them: name -> keep, since, basis."""
    return {name: {**RECORD, "controls": {"ONE-1": {**ASKED, "retention": {"keep": keep, "since": since, "basis": basis}}}}
            for name, (keep, since, basis) in promises.items()}


def promising(monkeypatch: pytest.MonkeyPatch, record: Mapping[str, Any]) -> None:
    """From now on plans of the bank have these packs."""
    monkeypatch.setattr(Bank, "plan", lambda self, *args, **facts: replace(PLAN(self, *args, **facts), packs=dict(record)))


def years_later(monkeypatch: pytest.MonkeyPatch, years: float) -> None:
    """Retention looks at a later clock."""
    monkeypatch.setattr(retention, "database_time", lambda session: database_time(session) + timedelta(days=366 * years))


def over(bank: Bank, version: str = "1.0.0") -> Candidate:
    """A version that was live, and that was retired."""
    release = bank.live(version)
    retire(bank.desk, "pricing", person("olaf"), "it is old")
    bank.converge()
    return release


def statement(bank: Bank, step: str = "bias") -> str:
    """Digest of the statement of a step."""
    with bank.register.read() as session:
        return str(session.scalars(select(ResultRow.evidence).where(ResultRow.step == step).order_by(ResultRow.id.desc())).first())


def asked(bank: Bank, digest: str, ground: str = "retention-ended", by: str = "dana") -> int:
    """An erasure that somebody asked for."""
    return ask(bank.desk, "pricing", digest, person(by), ground, "they asked us to")


def approved(bank: Bank, digest: str, ground: str = "retention-ended") -> int:
    """An erasure that two people decided."""
    number = asked(bank, digest, ground)
    approve(bank.desk, "pricing", number, person("vera"), "I looked at it")
    return number


def apply(bank: Bank, store: BlobStore | None = None) -> list[str]:
    """What the sync task does with erasures."""
    return erase_approved(bank.register, store or bank.store, bank.project)

