"""Signed decisions: what is signed counts, and nothing that was copied, flipped, reworded or replayed does.

The attacker of these tests writes every row of the database; at the end of the file also the ledger.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from bank import GATES, Bank, Candidate, person
from modelops_airflow.approvals.rules import Standing
from modelops_airflow.errors import PromotionRefused, VoteRefused
from modelops_airflow.governance.doubts import doubts
from modelops_airflow.governance.keys import confirm, enrolment, propose_key, revoke
from modelops_airflow.governance.offer import statement_to_sign
from modelops_airflow.governance.promote import promote
from modelops_airflow.governance.signing import Signature
from modelops_airflow.governance.vote import vote, withdraw
from modelops_airflow.inventory.tables import DecisionRow
from modelops_airflow.ledger import append
from modelops_airflow.signing.dsse import sign
from modelops_airflow.signing.ed25519 import generate, raw_public
from modelops_airflow.signing.statement import decision_statement, payload_of
from modelops_airflow.targets import strengths

STRICT = {"approve-risk": {"roles": {"risk": 1}, "valid": "P90D", "signature": "person"}}
TWO = {**STRICT, "approve-again": {"roles": {"risk": 1}, "valid": "P90D", "signature": "person"}}

Enrol = Callable[[str], Ed25519PrivateKey]


@pytest.fixture
def enrol(bank: Bank, tmp_path: Path) -> Enrol:
    """Gives a person a key that a second person has confirmed."""

    def give(who: str, house: Ed25519PrivateKey | None = None) -> Ed25519PrivateKey:
        key = generate(tmp_path / f"{who}-{len(list(tmp_path.iterdir()))}.pem")
        with bank.register.read() as session:
            proof = sign(enrolment(session, person(who))[1], [key])["signatures"][0]
        named = propose_key(bank.register, person(who), raw_public(key), proof)
        confirm(bank.register, named, person("vera" if who != "vera" else "ruth"), house)
        return key

    return give


def statement(bank: Bank, release: Candidate, who: str, gate: str = "approve-risk", decision: str = "approve", comment: str = "Yes.",
              **more: Any) -> dict[str, Any]:
    with bank.register.read() as session:
        return statement_to_sign(session, release.gates[gate], person(who), decision, comment, release.subject, **more)


def signed(bank: Bank, release: Candidate, who: str, key: Ed25519PrivateKey, gate: str = "approve-risk", *, decision: str = "approve",
           comment: str = "Yes.", over: dict[str, Any] | None = None, house: Ed25519PrivateKey | None = None, **more: Any) -> Standing:
    """Decide with a signature; `over` is what is signed instead of what the server offers."""
    said = over or statement(bank, release, who, gate, decision, comment, **more)
    entry = sign(payload_of(said), [key])["signatures"][0]
    return vote(bank.register, release.gates[gate], person(who), decision, comment, release.subject,
                signature=Signature(entry), approval_key=house, **more)


def refusal(code: str) -> Any:
    return pytest.raises(VoteRefused, check=lambda error: error.code == code)


# A gate that asks for the person's signature


def test_an_approval_with_the_persons_signature_counts_and_goes_live(bank: Bank, enrol: Enrol) -> None:
    release = bank.release(gates=STRICT)
    assert signed(bank, release, "rita", enrol("rita")).state == "approved"
    bank.deploy(release)
    assert bank.shown() == release.artifact


def test_an_approval_without_signature_is_refused_where_the_gate_asks_for_one(bank: Bank) -> None:
    release = bank.release(gates=STRICT)
    with refusal("signature"):
        bank.vote(release, "approve-risk", "rita")
    assert bank.events("denied") == ["decision"]


def test_without_the_option_the_same_approval_counts_unsigned(bank: Bank) -> None:
    release = bank.release(gates={"approve-risk": {"roles": {"risk": 1}, "valid": "P90D"}})
    assert bank.vote(release, "approve-risk", "rita").state == "approved"
    assert bank.promote(release).epoch == 1


def test_a_rejection_needs_no_signature(bank: Bank) -> None:
    release = bank.release(gates=STRICT)
    assert bank.vote(release, "approve-risk", "rita", "reject").state == "rejected"


@pytest.mark.parametrize("other", [
    {"decision": "reject"}, {"comment": "No."}, {"nth": 2}, {"step": "approve-validation"}, {"meaning": "validate"},
    {"person": "rolf"}, {"subject": "sha256:" + "0" * 64}, {"conditions": ["later"]}, {"until": "2030-01-01T00:00:00Z"},
])
def test_a_signature_over_anything_else_is_refused(bank: Bank, enrol: Enrol, other: dict[str, Any]) -> None:
    release, key = bank.release(gates=STRICT), enrol("rita")
    right = {"subject": release.subject, "step": "approve-risk", "meaning": "approve", "decision": "approve", "person": "rita",
             "comment": "Yes.", "nth": 1}
    with refusal("signature"):
        signed(bank, release, "rita", key, over=decision_statement(**{**right, **other}))
    assert signed(bank, release, "rita", key, over=decision_statement(**right)).state == "approved"  # type: ignore[arg-type]


def test_a_key_that_nobody_confirmed_signs_nothing(bank: Bank, tmp_path: Path) -> None:
    release, key = bank.release(gates=STRICT), generate(tmp_path / "new.pem")
    with refusal("signature"):
        signed(bank, release, "rita", key)


def test_another_persons_key_signs_nothing(bank: Bank, enrol: Enrol) -> None:
    release, key = bank.release(gates=STRICT), enrol("rolf")
    with refusal("signature"):
        signed(bank, release, "rita", key)


def test_a_revoked_key_signs_nothing_more_and_what_it_signed_before_stays(bank: Bank, enrol: Enrol) -> None:
    gates = {"approve-risk": {"roles": {"risk": 2}, "valid": "P90D", "signature": "person"}}
    release, rita, rolf = bank.release(gates=gates), enrol("rita"), enrol("rolf")
    signed(bank, release, "rita", rita)
    for who, key in (("rita", rita), ("rolf", rolf)):
        revoke(bank.register, sign(b"{}", [key])["signatures"][0]["keyid"], person(who))
    with refusal("signature"):
        signed(bank, release, "rolf", rolf)
    assert signed(bank, release, "ruth", enrol("ruth")).state == "approved"
    assert bank.promote(release).epoch == 1


def test_a_withdrawn_approval_cannot_be_signed_again_with_the_old_signature(bank: Bank, enrol: Enrol) -> None:
    release, key = bank.release(gates=STRICT), enrol("rita")
    first = statement(bank, release, "rita")
    signed(bank, release, "rita", key)
    with bank.register.read() as session:
        mine = session.scalars(select(DecisionRow.id)).one()
    withdraw(bank.register, mine, person("rita"))
    with refusal("signature"):
        signed(bank, release, "rita", key, over=first)
    assert statement(bank, release, "rita")["predicate"]["nth"] == 2
    assert signed(bank, release, "rita", key).state == "approved"
    assert bank.promote(release).epoch == 1


def test_conditions_and_end_are_signed_too(bank: Bank, enrol: Enrol) -> None:
    from datetime import timedelta

    from modelops_airflow.database import database_time

    release, key = bank.release(gates=STRICT), enrol("rita")
    with bank.register.read() as session:
        until = database_time(session) + timedelta(days=3)
    assert signed(bank, release, "rita", key, conditions=["Report in March."], until=until).state == "approved"
    assert bank.promote(release).epoch == 1
    bank.forge("UPDATE modelops_decision SET expires_at = NULL")
    with pytest.raises(PromotionRefused, match="another end"):
        bank.promote(release)


# The attacker writes rows


FORGERIES = {
    "another comment": "UPDATE modelops_decision SET comment = 'I never read it.'",
    "another meaning": "UPDATE modelops_decision SET meaning = 'validate'",
    "other conditions": "UPDATE modelops_decision SET conditions = '[\"none\"]'",
    "another number": "UPDATE modelops_decision SET nth = 2",
    "another statement": "UPDATE modelops_decision SET statement = 'sha256:" + "0" * 64 + "'",
    "no envelope": "UPDATE modelops_decision SET envelope = NULL",
    "an envelope that is none": "UPDATE modelops_decision SET envelope = '{\"signatures\": []}'",
    "a key's state": "UPDATE modelops_key SET state = 'revoked'",
    "a key's person": "UPDATE modelops_key SET person = 'rolf'",
    "no key": "DELETE FROM modelops_key",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_row_does_not_count(bank: Bank, enrol: Enrol, forgery: str) -> None:
    release = bank.release(gates=STRICT)
    signed(bank, release, "rita", enrol("rita"))
    assert bank.promote(release).epoch == 1
    bank.forge(FORGERIES[forgery])
    assert bank.standing(release, "approve-risk").state == "open"
    with pytest.raises(PromotionRefused, match=r"needs 1 more risk; rita: |decisions of rita"):
        bank.promote(release)


def doubt(bank: Bank, release: Candidate) -> str:
    """What is wrong with the signature alone, without the comparison of rows with the ledger."""
    with bank.register.read() as session:
        rows = session.scalars(select(DecisionRow).where(DecisionRow.subject == release.subject)).all()
        return "; ".join(doubts(session, "pricing", release.subject, rows, STRICT | TWO).values())


def test_a_rejection_flipped_to_an_approval_does_not_count(bank: Bank, enrol: Enrol) -> None:
    release = bank.release(gates=STRICT)
    signed(bank, release, "rita", enrol("rita"), decision="reject")
    assert doubt(bank, release) == ""
    bank.forge("UPDATE modelops_decision SET decision = 'approve'")
    assert "says something else" in doubt(bank, release)
    assert bank.standing(release, "approve-risk").state == "open"


def test_an_approval_copied_to_another_step_does_not_count(bank: Bank, enrol: Enrol) -> None:
    release = bank.release(gates=TWO)
    signed(bank, release, "rita", enrol("rita"))
    bank.forge("UPDATE modelops_decision SET step = 'approve-again', gate = :gate", gate=release.gates["approve-again"])
    assert bank.standing(release, "approve-again").state == "open"
    assert bank.standing(release, "approve-again").void == ("rita: the signed statement says something else than the row",)


def test_an_approval_copied_to_another_subject_does_not_count(bank: Bank, enrol: Enrol) -> None:
    first, second = bank.release("1.0.0", gates=STRICT), bank.release("2.0.0", gates=STRICT)
    signed(bank, first, "rita", enrol("rita"))
    bank.forge("UPDATE modelops_decision SET subject = :subject, gate = :gate", subject=second.subject, gate=second.gates["approve-risk"])
    assert bank.standing(second, "approve-risk").state == "open"
    assert "says something else" in doubt(bank, second)


def test_an_approval_given_to_another_person_does_not_count(bank: Bank, enrol: Enrol) -> None:
    release = bank.release(gates=STRICT)
    signed(bank, release, "rita", enrol("rita"))
    bank.forge("UPDATE modelops_decision SET person = 'rolf'")
    assert "says something else" in doubt(bank, release)


def rewritten(bank: Bank, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change the one envelope in the database."""
    with bank.register.read() as session:
        envelope = change(dict(session.scalars(select(DecisionRow.envelope)).one() or {}))
    bank.forge("UPDATE modelops_decision SET envelope = :envelope", envelope=json.dumps(envelope))


def test_a_stripped_signature_does_not_count(bank: Bank, enrol: Enrol) -> None:
    release = bank.release(gates=STRICT)
    signed(bank, release, "rita", enrol("rita"))
    rewritten(bank, lambda envelope: envelope | {"signatures": []})
    assert doubt(bank, release) == "not signed by a key of rita"


def test_a_signature_of_another_enrolled_person_does_not_count(bank: Bank, enrol: Enrol) -> None:
    release, rolf = bank.release(gates=STRICT), enrol("rolf")
    signed(bank, release, "rita", enrol("rita"))
    rewritten(bank, lambda envelope: sign(base64.b64decode(envelope["payload"]), [rolf]))
    assert doubt(bank, release) == "the key is rolf's"


def test_a_signature_of_a_key_that_was_slipped_in_does_not_count(bank: Bank, enrol: Enrol, tmp_path: Path) -> None:
    release, eve = bank.release(gates=STRICT), generate(tmp_path / "eve.pem")
    signed(bank, release, "rita", enrol("rita"))
    named = sign(b"{}", [eve])["signatures"][0]["keyid"]
    bank.forge("INSERT INTO modelops_key (fingerprint, person, kind, public, counter, label, state, proposed_by) "
               "VALUES (:named, 'rita', 'ed25519', :public, 0, '', 'active', 'simple:rita')", named=named, public=raw_public(eve))
    rewritten(bank, lambda envelope: sign(base64.b64decode(envelope["payload"]), [eve]))
    assert doubt(bank, release) == "the key is not enrolled"


def test_a_signature_made_after_the_revocation_does_not_count(bank: Bank, enrol: Enrol) -> None:
    """The holder of a stolen, revoked key writes the row and even the ledger's event of the decision."""
    release, key = bank.release(gates=STRICT), enrol("rita")
    revoke(bank.register, sign(b"{}", [key])["signatures"][0]["keyid"], person("vera"))
    slip_in(bank, release, "rita", key)
    assert doubt(bank, release) == "the key was revoked"
    assert bank.standing(release, "approve-risk").state == "open"


def slip_in(bank: Bank, release: Candidate, who: str, *keys: Ed25519PrivateKey, **envelope: Any) -> None:
    """What the owner of the database can do at best: a row, its statement, and an event of its own."""
    said = statement(bank, release, who)
    with bank.register.write() as session:
        from modelops_airflow.governance.documents import keep
        from modelops_airflow.governance.on_record import expires

        row = DecisionRow(gate=release.gates["approve-risk"], step="approve-risk", subject=release.subject, person=who, role="risk",
                          decision="approve", meaning="approve", comment="Yes.", auth=f"simple:{who}", nth=1, conditions=[],
                          statement=keep(session, said), envelope={**sign(payload_of(said), keys), **envelope})
        session.add(row)
        session.flush()
        append(session, "decision", {
            "auth": row.auth, "conditions": None, "decision": "approve", "expires": expires(row), "gate": row.gate,
            "meaning": "approve", "nth": 1, "person": who, "role": "risk", "statement": row.statement, "step": row.step,
            "subject": row.subject}, model_id="pricing")


# Level L2: the server's key


def pinned(bank: Bank, release: Candidate, house: Ed25519PrivateKey) -> int:
    return promote(bank.register, release.key, strengths=strengths(), approval_public=raw_public(house)).epoch


ONE = {"approve-risk": {"roles": {"risk": 1}, "valid": "P90D"}}


@pytest.fixture
def house(tmp_path: Path) -> Ed25519PrivateKey:
    return generate(tmp_path / "approval.pem")


def voted(bank: Bank, release: Candidate, house: Ed25519PrivateKey | None) -> Standing:
    return vote(bank.register, release.gates["approve-risk"], person("rita"), "approve", "Yes.", release.subject, approval_key=house)


def test_what_the_servers_key_signed_counts_where_it_is_pinned(bank: Bank, house: Ed25519PrivateKey) -> None:
    release = bank.release(gates=ONE)
    assert voted(bank, release, house).state == "approved"
    assert pinned(bank, release, house) == 1


def test_what_the_servers_key_did_not_sign_does_not_count_where_it_is_pinned(bank: Bank, house: Ed25519PrivateKey) -> None:
    release = bank.release(gates=ONE)
    voted(bank, release, None)
    with pytest.raises(PromotionRefused, match="rita: not signed by the approval key"):
        pinned(bank, release, house)
    assert bank.promote(release).epoch == 1  # nothing pinned: the guard is off


def test_another_servers_key_does_not_count(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.release(gates=ONE)
    voted(bank, release, generate(tmp_path / "eve.pem"))
    with pytest.raises(PromotionRefused, match="rita: not signed by the approval key"):
        pinned(bank, release, house)


@pytest.mark.parametrize("column", ["role = 'validator'", "auth = 'simple:eve'", "expires_at = '2099-01-01 00:00:00.000000+00:00'"])
def test_what_the_server_recorded_cannot_be_changed_afterwards(bank: Bank, house: Ed25519PrivateKey, column: str) -> None:
    release = bank.release(gates=ONE)
    voted(bank, release, house)
    bank.forge(f"UPDATE modelops_decision SET {column}")
    with pytest.raises(PromotionRefused, match="rita: the approval key signed another role, log-in, time or end"):
        pinned(bank, release, house)


def test_a_row_with_its_own_ledger_event_does_not_count_where_the_key_is_pinned(bank: Bank, house: Ed25519PrivateKey) -> None:
    release = bank.release(gates=ONE)
    slip_in(bank, release, "rita")
    bank.forge("UPDATE modelops_version SET state = 'approved'")
    with pytest.raises(PromotionRefused, match="rita: not signed by the approval key"):
        pinned(bank, release, house)
    assert bank.promote(release).epoch == 1  # without a pinned key the owner of the database wins: level L1


def test_the_servers_record_of_one_decision_does_not_serve_another(bank: Bank, house: Ed25519PrivateKey) -> None:
    release = bank.release(gates={"approve-risk": {"roles": {"risk": 2}, "valid": "P90D"}})
    voted(bank, release, house)
    with bank.register.read() as session:
        record = (session.scalars(select(DecisionRow.envelope)).one() or {})["record"]
    slip_in(bank, release, "rolf", record=record)
    bank.forge("UPDATE modelops_version SET state = 'approved'")
    with pytest.raises(PromotionRefused, match="rolf: the approval key signed another role"):
        pinned(bank, release, house)


def test_a_deployment_in_progress_is_verified_against_the_pinned_key_too(bank: Bank, house: Ed25519PrivateKey) -> None:
    from dataclasses import replace

    from modelops_airflow.steps.deploy import deploy

    release = bank.release(gates=ONE)
    voted(bank, release, None)
    run = replace(bank.run(release.key), approval_public=raw_public(house))
    with pytest.raises(PromotionRefused, match="not signed by the approval key"):
        deploy(run, run.plan.step("deploy"))
    bank.promote(release)
    from modelops_airflow.governance.promote import publishing

    with pytest.raises(PromotionRefused, match=r"may no longer go live.*not signed by the approval key"):
        publishing(bank.register, 1, 1, raw_public(house))


# Levels L2 and L3 together


def test_both_signatures_count_together(bank: Bank, enrol: Enrol, house: Ed25519PrivateKey) -> None:
    release = bank.release(gates=STRICT)
    signed(bank, release, "rita", enrol("rita", house), house=house)  # type: ignore[call-arg]
    assert pinned(bank, release, house) == 1


def test_the_servers_key_alone_does_not_speak_for_a_person(bank: Bank, enrol: Enrol, house: Ed25519PrivateKey) -> None:
    release = bank.release(gates=STRICT)
    signed(bank, release, "rita", enrol("rita", house), house=house)  # type: ignore[call-arg]
    rewritten(bank, lambda envelope: envelope | {"signatures": []})
    with pytest.raises(PromotionRefused, match="not signed by a key of rita"):
        pinned(bank, release, house)


def test_a_key_confirmed_without_the_servers_key_does_not_count_where_it_is_pinned(
    bank: Bank, enrol: Enrol, house: Ed25519PrivateKey
) -> None:
    release = bank.release(gates=STRICT)
    signed(bank, release, "rita", enrol("rita"), house=house)
    with pytest.raises(PromotionRefused, match="confirmation is not signed by the approval key"):
        pinned(bank, release, house)


def test_every_gate_of_the_usual_release_can_be_signed(bank: Bank, enrol: Enrol) -> None:
    release = bank.release(gates={name: {**rules, "signature": "person"} for name, rules in GATES.items()})
    for gate, who in (("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf")):
        signed(bank, release, who, enrol(who), gate)
    bank.deploy(release)
    assert bank.shown() == release.artifact
