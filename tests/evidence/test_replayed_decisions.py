"""What people took back stays taken back: the ledger in the pack says so, whatever the database was made to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_pack import Made, edited, named, resealed, said_by

from bank import GOVERNANCE, Bank, Candidate, governance, held, person
from modelops_airflow.digest import digest_of
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.verify import unzipped
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.promote import fail
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import generate
from modelops_airflow.steps.evidence_pack import pack_of
from modelops_airflow.targets import strengths

SOURCE = VERIFIER.read_text()
AS_TOLD = 'need(said.items() <= {"conditions"', 'need(True or said.items() <= {"conditions"'
ALL_TOLD = "need(one, ", """if not one:
                    left.pop(place)
                    continue
                need(one, """
NONE_MORE = "need(not ahead or", "need(True or"
AS_IN_FORCE = "need(not odd,", "need(True,"
STOP = "not (stopped and", "not (False and"


def without(*guards: tuple[str, str]) -> str:
    """The verifier's source with some guards taken out."""
    source = SOURCE
    for guard, instead in guards:
        source = source.replace(guard, instead)
    return source


@pytest.fixture
def house(tmp_path: Path) -> Ed25519PrivateKey:
    return generate(tmp_path / "house.pem")


def packed(bank: Bank, release: Candidate, root: Path) -> bytes:
    """A pack as the house makes it, signed with its key."""
    settings = settings_from({"root": str(root), "checkpoint_key": "house.pem"})
    return bank.store.get(pack_of(replace(bank.run(release.key), settings=settings)))


def taken_back(bank: Bank) -> Candidate:
    """Everybody approves; Vera takes her approval back and rejects."""
    release = bank.approve(bank.release("1.0.0"))
    withdraw(bank.register, bank_decision(bank, "vera"), person("vera"))
    bank.vote(release, "approve-validation", "vera", "reject", comment="The data is not ours.")
    return release


def bank_decision(bank: Bank, who: str) -> int:
    from sqlalchemy import select

    from modelops_airflow.inventory.tables import DecisionRow

    with bank.register.read() as session:
        return session.scalars(select(DecisionRow.id).where(DecisionRow.person == who)).one()


def state_of(data: bytes) -> list[str]:
    from modelops_airflow.evidence.verify import unzipped

    return [one["state"] for one in json.loads(unzipped(data)["manifest.json"])["approvals"]]


def test_a_rejection_deleted_by_the_owner_of_the_database_is_found(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = taken_back(bank)
    honest = packed(bank, release, tmp_path)
    assert said_by(SOURCE, honest, [named(house)]) == []
    assert state_of(honest) == ["rejected", "approved"]
    bank.forge("DELETE FROM modelops_decision WHERE decision = 'reject'")
    bank.forge("UPDATE modelops_decision SET withdrawn_at = NULL")
    forged = packed(bank, release, tmp_path)
    assert state_of(forged) == ["open", "approved"], "the house's own code goes by the ledger too"
    assert said_by(SOURCE, forged, [named(house)]) == ["the ledger has a decision that the pack has not: vera at approve-validation"]
    assert "in force, or taken back" in said_by(without(ALL_TOLD), forged, [named(house)])[0]
    assert said_by(without(ALL_TOLD, AS_IN_FORCE), forged, [named(house)]) == [], "the control: without both guards it verifies"


def test_a_rejection_left_out_is_found(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = taken_back(bank)
    bank.forge("DELETE FROM modelops_decision WHERE decision = 'reject'")
    forged = packed(bank, release, tmp_path)
    assert state_of(forged) == ["open", "approved"]
    assert said_by(SOURCE, forged, [named(house)]) == [
        "the ledger has a decision that the pack has not: vera at approve-validation"]
    assert said_by(without(ALL_TOLD), forged, [named(house)]) == [], "the control"


def test_approvals_that_a_stop_voided_do_not_come_back(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.live("1.0.0")
    suspend(bank.register, "pricing", "production", person("rita"), "complaints")
    assert said_by(SOURCE, packed(bank, release, tmp_path), [named(house)]) == []
    bank.forge("UPDATE modelops_decision SET withdrawn_at = NULL")
    forged = packed(bank, release, tmp_path)
    assert "by the ledger a decision is in force, or taken back" in said_by(SOURCE, forged, [named(house)])[0]
    assert said_by(without(STOP), forged, [named(house)]) == [], "the control"


EDITS: list[Callable[[dict[str, Any]], Any]] = [
    lambda one: one.update(role="validator"), lambda one: one.update(auth="simple:mallory"), lambda one: one.update(expires_at=None),
    lambda one: one.update(conditions=["only in May"]), lambda one: one.update(comment="Anything goes."),
]


def test_an_edited_decision_without_signatures_is_found(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.approve(bank.release("1.0.0"))
    data = packed(bank, release, tmp_path)
    made = Made(data, house, house, house, bank)
    for edit in EDITS:
        forged = resealed(edited(made.members, "approvals.json", lambda rows, edit=edit: edit(rows[-1])), house)
        assert "is not in the ledger as it is told" in said_by(SOURCE, forged, [named(house)])[0]
    for edit in EDITS[1:]:
        forged = resealed(edited(made.members, "approvals.json", lambda rows, edit=edit: edit(rows[-1])), house)
        assert said_by(without(AS_TOLD), forged, [named(house)]) == [], "the control"


def test_a_log_in_that_is_an_address_is_told_in_the_pack_and_its_digest_in_the_ledger(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path
) -> None:
    mail = Actor("username", "rita@bank.example", "rita@bank.example")
    changed = governance(people={**GOVERNANCE["people"], "rita": {"login": {"username": mail.user_id}}})
    bank.govern(changed)
    release = bank.release()
    for gate, who in (("approve-validation", person("vera")), ("approve-risk", mail), ("approve-risk", person("rolf"))):
        bank.vote(release, gate, who)
    bank.deploy(release)
    members = unzipped(packed(bank, release, tmp_path))
    assert mail.label.encode() in members["approvals.json"]
    assert mail.label.encode() not in members["events.json"]
    assert said_by(SOURCE, resealed(members, house), [named(house)]) == []

    def another(rows: Any) -> None:
        next(row for row in rows if row["person"] == "rita")["auth"] = "username:eve@bank.example"

    forged = resealed(edited(members, "approvals.json", another), house)
    assert "not in the ledger as it is told" in str(said_by(SOURCE, forged, [named(house)]))
    assert said_by(without(AS_TOLD), forged, [named(house)]) == [], "the control"


def test_every_guard_is_there_once() -> None:
    assert [SOURCE.count(guard) for guard, _ in (AS_TOLD, ALL_TOLD, NONE_MORE, AS_IN_FORCE, STOP)] == [1] * 5


def test_a_version_that_was_gone_back_to_still_verifies(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    first, second = bank.live("1.0.0"), bank.live("1.1.0")
    rollback(bank.register, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths())
    bank.converge()
    for release in (first, second):
        data = packed(bank, release, tmp_path)
        assert said_by(SOURCE, data, [named(house)]) == []
        assert state_of(data) == ["approved", "approved"]


def test_a_deployment_that_failed_and_was_tried_again_verifies_also_with_a_renewed_approval(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path
) -> None:
    release = bank.approve(bank.release("1.0.0"))
    permission = bank.promote(release)
    fail(bank.register, permission.deployment, permission.epoch, "no connection")
    withdraw(bank.register, bank_decision(bank, "vera"), person("vera"))
    bank.vote(release, "approve-validation", "vera")
    bank.deploy(release)
    data = packed(bank, release, tmp_path)
    assert said_by(SOURCE, data, [named(house)]) == []
    assert state_of(data) == ["approved", "approved"]


def test_an_approval_taken_back_in_the_second_of_the_deployment_was_in_force_for_it(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path
) -> None:
    release = bank.live("1.0.0")
    withdraw(bank.register, bank_decision(bank, "vera"), person("vera"))
    bank.forge("UPDATE modelops_decision SET withdrawn_at = (SELECT at FROM modelops_deployment) WHERE withdrawn_at IS NOT NULL")
    data = packed(bank, release, tmp_path)
    assert said_by(SOURCE, data, [named(house)]) == []
    assert state_of(data) == ["approved", "approved"]


def test_governance_changed_in_the_second_of_the_deployment_was_not_in_force_for_it(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path
) -> None:
    release = bank.live("1.0.0")
    propose(bank.register, held(risk=["ruth"]), "sync")
    activate(bank.desk, digest_of(held(risk=["ruth"])), person("ruth"))
    bank.forge("UPDATE modelops_governance SET activated_at = (SELECT at FROM modelops_deployment)")
    data = packed(bank, release, tmp_path)
    assert said_by(SOURCE, data, [named(house)]) == []
    assert state_of(data) == ["approved", "approved"]


def test_a_decision_that_never_was_is_found_though_it_is_called_withdrawn(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    made = Made(packed(bank, bank.live("1.0.0"), tmp_path), house, house, house, bank)
    ghost = {"person": "olaf", "withdrawn_at": "2020-01-01T00:00:00Z"}
    members = edited(made.members, "approvals.json", lambda rows: rows.append({**rows[-1], **ghost}))
    forged = resealed(members, house)
    assert said_by(SOURCE, forged, [named(house)]) == ["a decision is told that is not in the ledger: olaf"]
    assert said_by(without(NONE_MORE), forged, [named(house)]) == [], "the control"
