"""The forgeries with a guard taken down: what the end-to-end facts refuse would succeed without it.

They run without Airflow, on both databases, where a guard can be taken out of the way.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bank import Bank, Candidate
from modelops_airflow.errors import PromotionRefused, Refused, TargetError
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.governance import obstacles as rules
from modelops_airflow.governance import promote as promotion

ROWS = """
INSERT INTO modelops_decision (gate, step, subject, person, role, decision, meaning, comment, auth)
VALUES (:gate, :step, :subject, :person, :role, 'approve', :meaning, '', :auth)
"""
FORGED = (("approve-validation", "vera", "validator", "validate"), ("approve-risk", "rita", "risk", "approve"),
          ("approve-risk", "rolf", "risk", "approve"))


def insert_approvals(bank: Bank, release: Candidate) -> None:
    """Every approval that is asked for, as rows and nothing else."""
    for step, person, role, meaning in FORGED:
        bank.forge(ROWS, gate=release.gates[step], step=step, subject=release.subject, person=person, role=role,
                   meaning=meaning, auth=f"simple:{person}")


def test_a_release_without_approvals_is_stopped_by_the_rules_and_then_by_the_database(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = bank.release()
    with pytest.raises(PromotionRefused, match="gate approve-risk is open"):
        bank.deploy(release)
    monkeypatch.setattr(promotion, "obstacles", lambda *_, **__: [])
    with pytest.raises(Refused, match="the database refuses"):
        bank.deploy(release)
    take_down(bank)
    bank.deploy(release)
    assert bank.state() == "in_use"


def test_inserted_approvals_are_stopped_by_the_ledger_alone(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = bank.release()
    insert_approvals(bank, release)
    with pytest.raises(PromotionRefused, match="decisions of rita are not as the ledger has them"):
        bank.deploy(release)
    monkeypatch.setattr(rules, "edited_decisions", lambda *_: [])
    bank.deploy(release)
    assert bank.state() == "in_use"


def test_swapped_bytes_are_stopped_by_the_store_and_then_by_the_target(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = bank.approve(bank.release())
    hexadecimal = release.artifact.removeprefix("sha256:")
    blob = Path(bank.store.url) / hexadecimal[:2] / hexadecimal
    os.chmod(blob, 0o644)
    blob.write_bytes(b"another model")
    with pytest.raises((TargetError, PromotionRefused), match="have changed"):
        bank.deploy(release)
    monkeypatch.setattr(BlobStore, "get", lambda self, digest: self._read(digest))
    with pytest.raises(TargetError, match=release.artifact):
        bank.deploy(release)
    assert bank.shown() is None


def test_an_approval_copied_onto_another_subject_is_stopped_by_the_ledger_alone(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.approve(bank.release())
    changed = bank.release("1.1.0")
    bank.forge("INSERT INTO modelops_decision (gate, step, subject, person, role, decision, meaning, comment, auth, expires_at) "
               "SELECT g.id, d.step, g.subject, d.person, d.role, d.decision, d.meaning, d.comment, d.auth, d.expires_at "
               "FROM modelops_decision d JOIN modelops_gate g ON g.step = d.step WHERE g.subject = :new AND d.subject <> :new",
               new=changed.subject)
    with pytest.raises(PromotionRefused, match="decisions of vera are not as the ledger has them"):
        bank.deploy(changed)
    monkeypatch.setattr(rules, "edited_decisions", lambda *_: [])
    bank.deploy(changed)
    assert bank.state("1.1.0") == "in_use"


def take_down(bank: Bank) -> None:
    """The database's own guard of deployments, which asks the rows once more, out of the way."""
    guard = "modelops_deployment_permitted"
    names = (f"{guard}_insert", f"{guard}_update") if bank.url.startswith("sqlite") else (guard,)
    bank.without("modelops_deployment", *names)
