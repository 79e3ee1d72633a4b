"""One changed byte of anything an approval covers voids it, and the refusal names what changed.

All changes are made in the database, behind everybody's back, after all approvals are in.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from bank import GATES, Bank, Candidate
from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.errors import EvidenceError, PromotionRefused
from modelops_airflow.inventory.tables import Document, RunRow

OTHER = "sha256:" + "a" * 64
Attack = Callable[[Bank, Candidate], None]


def _statement(sql: str, **values: object) -> Attack:
    return lambda bank, release: bank.forge(sql, **values)


def _another_plan(bank: Bank, release: Candidate) -> None:
    """The run points at a plan that asks for less."""
    weaker = {**GATES, "approve-risk": {**GATES["approve-risk"], "roles": {"risk": 1}}}
    body = canonical(bank.plan(gates=weaker).to_json())
    digest = digest_bytes(body)
    with bank.register.write() as session:
        session.add(Document(digest=digest, body=body))
    bank.forge("UPDATE modelops_run SET plan = :plan", plan=digest)


def _fewer_people(bank: Bank, release: Candidate) -> None:
    rules = json.dumps({**GATES["approve-risk"], "roles": {"risk": 1}})
    bank.forge("UPDATE modelops_gate SET rules = :rules WHERE step = 'approve-risk'", rules=rules)


def _longer_validity(bank: Bank, release: Candidate) -> None:
    rules = json.dumps({**GATES["approve-risk"], "valid": "P900D"})
    bank.forge("UPDATE modelops_gate SET rules = :rules WHERE step = 'approve-risk'", rules=rules)


ATTACKS: dict[str, tuple[Attack, str]] = {
    "artifact of the version": (
        _statement("UPDATE modelops_version SET artifact = :d", d=OTHER),
        "artifact digest differs",
    ),
    "artifact of the run": (_statement("UPDATE modelops_run SET artifact = :d", d=OTHER), "artifact digest differs"),
    "plan": (_another_plan, "plan differs"),
    "approved part of the plan": (_statement("UPDATE modelops_run SET approved_plan = :d", d=OTHER), "plan differs"),
    "slot": (_statement("UPDATE modelops_run SET environment = 'staging'"), "slot differs"),
    "evidence of a step": (
        _statement("UPDATE modelops_result SET evidence = :d WHERE step = 'bias'", d=OTHER),
        "evidence changed",
    ),
    "evidence taken away": (
        _statement("UPDATE modelops_result SET evidence = NULL WHERE step = 'bias'"),
        "bias has no result",
    ),
    "verdict of a step": (
        _statement("UPDATE modelops_result SET verdict = 'error' WHERE step = 'bias'"),
        "bias is error",
    ),
    "manifest": (_statement("UPDATE modelops_run SET manifest = :d", d=OTHER), "evidence changed"),
    "warning taken away": (
        _statement("UPDATE modelops_run SET warned = NOT warned"),
        "decision is not the one in the ledger",
    ),
    "subject": (_statement("UPDATE modelops_run SET subject = :d", d=OTHER), "the subject that people decided over"),
    "gate asks fewer people": (_fewer_people, "rules of gate approve-risk differ"),
    "gate asks for longer": (_longer_validity, "rules of gate approve-risk differ"),
    "gate asks an attestation": (
        _statement("UPDATE modelops_gate SET meaning = 'attest' WHERE step = 'approve-risk'"),
        "rules of gate approve-risk differ",
    ),
    "gate over another subject": (_statement("UPDATE modelops_gate SET subject = :d", d=OTHER), "over another subject"),
    "gate taken away": (
        _statement("DELETE FROM modelops_decision"),
        "decisions of rita are not as the ledger has them",
    ),
    "validity of an approval": (
        _statement("UPDATE modelops_decision SET expires_at = '2099-01-01 00:00:00.000000'"),
        "not as the ledger has them",
    ),
    "person of an approval": (
        _statement("UPDATE modelops_decision SET person = 'ruth' WHERE person = 'rita'"),
        "decisions of rita are not",
    ),
    "role of an approval": (
        _statement("UPDATE modelops_decision SET role = 'validator'"),
        "not as the ledger has them",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_changed_byte_voids_the_approvals(bank: Bank, name: str) -> None:
    attack, reason = ATTACKS[name]
    release = bank.approve(bank.release())
    attack(bank, release)
    with pytest.raises(PromotionRefused, match=reason):
        bank.promote(release)
    assert bank.deployments() == []
    assert bank.events("denied") == ["promotion"]


def test_the_same_release_deploys_when_nothing_was_changed(bank: Bank) -> None:
    """The negative control of all above."""
    release = bank.approve(bank.release())
    assert not bank.promote(release).done


def test_a_plan_edited_in_place_no_longer_has_its_digest(bank: Bank) -> None:
    release = bank.approve(bank.release())
    with bank.register.read() as session:
        plan = session.scalars(select(RunRow.plan)).one()
    bank.forge("UPDATE modelops_document SET body = :body WHERE digest = :plan", body=b"{}", plan=plan)
    with pytest.raises(EvidenceError, match="has changed"):
        bank.promote(release)


def test_a_byte_of_the_stored_evidence_stops_the_deployment(bank: Bank) -> None:
    release = bank.approve(bank.release())
    with bank.register.read() as session:
        from modelops_airflow.inventory.tables import ResultRow

        digest = session.scalars(select(ResultRow.evidence).where(ResultRow.step == "bias")).one()
    assert digest is not None
    name = digest.removeprefix("sha256:")
    file = bank.root / "evidence" / name[:2] / name
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"0.92", b"0.93"))
    with pytest.raises(PromotionRefused, match="have changed"):
        bank.deploy(release)
    assert bank.shown() is None


def test_a_byte_of_the_stored_artifact_stops_the_publication(bank: Bank) -> None:
    from modelops_airflow.errors import TargetError

    release = bank.approve(bank.release())
    name = release.artifact.removeprefix("sha256:")
    file = bank.root / "evidence" / name[:2] / name
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(TargetError, match="have changed"):
        bank.deploy(release)
    assert bank.shown() is None
    assert bank.deployments() == [(1, "failed")]


def test_measuring_again_after_the_approvals_asks_for_another_decision(bank: Bank) -> None:
    release = bank.approve(bank.release())
    bank.measure(release.key, ratio=0.95)
    with pytest.raises(PromotionRefused, match="evidence changed after the decision"):
        bank.promote(release)
    assert bank.decide(release.key) == "pass"
    assert bank.gate_state(release, "approve-risk") == "void"
    again = bank.gates(release.key)
    assert again.subject != release.subject
    assert bank.standing(again, "approve-risk").missing == {"risk": 2}


def test_repeating_the_same_measurement_voids_nothing(bank: Bank) -> None:
    release = bank.approve(bank.release())
    bank.measure(release.key)
    assert bank.decide(release.key) == "pass"
    assert bank.gates(release.key).subject == release.subject
    assert bank.state() == "approved"
    assert bank.deploy(release)
