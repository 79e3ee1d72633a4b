"""A person's key counts after a second person has confirmed it, and as long as nobody has revoked it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bank import Bank, person
from guards import guards_down
from modelops_airflow.errors import Refused
from modelops_airflow.governance.key_record import key_doubt, keys_on_record
from modelops_airflow.governance.keys import MOST, active_keys, confirm, enrolment, propose_key, revoke
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.tables import KeyRow
from modelops_airflow.signing.dsse import sign
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public


def proof(bank: Bank, who: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    with bank.register.read() as session:
        return dict(sign(enrolment(session, person(who))[1], [key])["signatures"][0])


def propose(bank: Bank, who: str, key: Ed25519PrivateKey) -> str:
    return propose_key(bank.register, person(who), raw_public(key), proof(bank, who, key), "laptop")


def usable(bank: Bank, who: str) -> list[str]:
    with bank.register.read() as session:
        return [row.fingerprint for row in active_keys(session, who)]


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    return generate(tmp_path / "rita.pem")


def refusal(code: str) -> Any:
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_a_key_counts_once_a_second_person_of_the_control_side_has_confirmed_it(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = propose(bank, "rita", key)
    assert named == fingerprint(raw_public(key))
    assert usable(bank, "rita") == []
    confirm(bank.register, named, person("vera"))
    assert usable(bank, "rita") == [named]
    assert bank.events()[-2:] == ["key-proposed", "key-activated"]


def test_nobody_confirms_their_own_key(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = propose(bank, "rita", key)
    with refusal("author"):
        confirm(bank.register, named, person("rita"))
    assert usable(bank, "rita") == []
    assert bank.events("denied") == ["key-activated"]


@pytest.mark.parametrize(("who", "code"), [("dana", "role"), ("olaf", "role"), ("mallory", "unknown-person")])
def test_only_the_control_side_confirms(bank: Bank, key: Ed25519PrivateKey, who: str, code: str) -> None:
    named = propose(bank, "rita", key)
    with refusal(code):
        confirm(bank.register, named, person(who))


def test_a_key_is_confirmed_once(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = propose(bank, "rita", key)
    confirm(bank.register, named, person("vera"))
    with refusal("closed"):
        confirm(bank.register, named, person("rolf"))


def test_a_key_that_is_not_held_cannot_be_proposed(bank: Bank, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    other = generate(tmp_path / "other.pem")
    with refusal("signature"):
        propose_key(bank.register, person("rolf"), raw_public(key), proof(bank, "rolf", other))
    forged = proof(bank, "rolf", other) | {"keyid": fingerprint(raw_public(key))}
    with refusal("signature"):
        propose_key(bank.register, person("rolf"), raw_public(key), forged)


def test_a_proof_of_one_person_does_not_serve_another(bank: Bank, key: Ed25519PrivateKey) -> None:
    with refusal("signature"):
        propose_key(bank.register, person("rolf"), raw_public(key), proof(bank, "rita", key))


def test_a_stranger_proposes_no_key(bank: Bank, key: Ed25519PrivateKey) -> None:
    with refusal("unknown-person"):
        propose_key(bank.register, Actor("simple", "mallory"), raw_public(key), {"keyid": "x", "sig": ""})


@pytest.mark.parametrize("broken", [{}, {"keyid": 1, "sig": "AA=="}, {"keyid": "x", "sig": "?"}, {"keyid": "x", "sig": ["AA=="]}])
def test_a_broken_proof_is_refused(bank: Bank, key: Ed25519PrivateKey, broken: dict[str, Any]) -> None:
    with refusal("signature"):
        propose_key(bank.register, person("rita"), raw_public(key), broken)


@pytest.mark.parametrize("public", [b"", b"\0" * 31, b"\xff" * 33])
def test_bytes_that_are_no_public_key_are_refused(bank: Bank, key: Ed25519PrivateKey, public: bytes) -> None:
    signature = proof(bank, "rita", key) | {"keyid": fingerprint(public)}
    with refusal("signature"):
        propose_key(bank.register, person("rita"), public, signature)


def test_a_key_is_enrolled_once_and_never_again_after_its_revocation(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = propose(bank, "rita", key)
    with refusal("decided"):
        propose(bank, "rita", key)
    revoke(bank.register, named, person("rita"))
    with refusal("decided"):
        propose(bank, "rolf", key)


def test_a_person_has_so_many_keys_and_no_more(bank: Bank, tmp_path: Path) -> None:
    first = propose(bank, "rita", generate(tmp_path / "0.pem"))
    for number in range(1, MOST):
        propose(bank, "rita", generate(tmp_path / f"{number}.pem"))
    with refusal("state"):
        propose(bank, "rita", generate(tmp_path / "more.pem"))
    revoke(bank.register, first, person("rita"))
    propose(bank, "rita", generate(tmp_path / "again.pem"))


@pytest.mark.parametrize("who", ["rita", "rolf"])
def test_a_key_is_revoked_by_its_holder_or_by_the_control_side(bank: Bank, key: Ed25519PrivateKey, who: str) -> None:
    named = propose(bank, "rita", key)
    confirm(bank.register, named, person("vera"))
    revoke(bank.register, named, person(who))
    assert usable(bank, "rita") == []
    with refusal("closed"):
        revoke(bank.register, named, person(who))


def test_the_side_that_makes_revokes_only_its_own_keys(bank: Bank, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    named = propose(bank, "rita", key)
    with refusal("role"):
        revoke(bank.register, named, person("dana"))
    own = propose(bank, "dana", generate(tmp_path / "dana.pem"))
    revoke(bank.register, own, person("dana"))


def test_a_revoked_key_is_not_confirmed(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = propose(bank, "rita", key)
    revoke(bank.register, named, person("rita"))
    with refusal("closed"):
        confirm(bank.register, named, person("vera"))


def test_an_unknown_key_is_gone(bank: Bank) -> None:
    for act in (confirm, revoke):
        with refusal("gone"):
            act(bank.register, "sha256:" + "0" * 64, person("vera"))


# What the database says alone is not believed.


def insert(bank: Bank, key: Ed25519PrivateKey, state: str, who: str = "rita") -> str:
    with bank.register.write() as session, guards_down(session.connection()):
        session.add(KeyRow(fingerprint=fingerprint(raw_public(key)), person=who, kind="ed25519", public=raw_public(key), state=state,
                           proposed_by=f"simple:{who}"))
        session.flush()
    return fingerprint(raw_public(key))


def test_a_key_row_slipped_into_the_database_does_not_count(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = insert(bank, key, "active")
    assert usable(bank, "rita") == []
    with bank.register.read() as session:
        row = session.get_one(KeyRow, named)
        assert key_doubt(row, keys_on_record(session).get(named), "rita", None, None) == "the key is not enrolled"


def test_a_pending_row_that_nobody_proposed_is_not_confirmed(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = insert(bank, key, "pending")
    with refusal("unrecorded"):
        confirm(bank.register, named, person("vera"))


def test_a_pending_key_set_active_by_hand_does_not_count(bank: Bank, key: Ed25519PrivateKey) -> None:
    propose(bank, "rita", key)
    bank.forge("UPDATE modelops_key SET state = 'active'")
    assert usable(bank, "rita") == []


def test_a_key_given_to_another_person_by_hand_counts_for_nobody(bank: Bank, key: Ed25519PrivateKey) -> None:
    confirm(bank.register, propose(bank, "rita", key), person("vera"))
    bank.forge("UPDATE modelops_key SET person = 'rolf'")
    assert usable(bank, "rolf") == usable(bank, "rita") == []


def test_a_public_key_swapped_under_its_fingerprint_does_not_count(bank: Bank, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    confirm(bank.register, propose(bank, "rita", key), person("vera"))
    bank.forge("UPDATE modelops_key SET public = :other", other=raw_public(generate(tmp_path / "eve.pem")))
    assert usable(bank, "rita") == []


def test_a_revocation_undone_by_hand_still_stands_in_the_ledger(bank: Bank, key: Ed25519PrivateKey) -> None:
    named = propose(bank, "rita", key)
    confirm(bank.register, named, person("vera"))
    revoke(bank.register, named, person("rita"))
    bank.forge("UPDATE modelops_key SET state = 'active', revoked_at = NULL")
    assert usable(bank, "rita") == []


# Where the server's key is pinned, the ledger alone is not believed either.


def test_a_confirmation_without_the_approval_keys_signature_does_not_count_where_it_is_pinned(
    bank: Bank, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    house = generate(tmp_path / "approval.pem")
    signed, bare = propose(bank, "rita", key), propose(bank, "rolf", generate(tmp_path / "rolf.pem"))
    confirm(bank.register, signed, person("vera"), house)
    confirm(bank.register, bare, person("vera"))
    pinned = raw_public(house)
    with bank.register.read() as session:
        told = keys_on_record(session)
        rows = {row.person: row for row in session.query(KeyRow)}
        assert key_doubt(rows["rita"], told[signed], "rita", None, pinned) == ""
        assert key_doubt(rows["rolf"], told[bare], "rolf", None, pinned) == "the key's confirmation is not signed by the approval key"
        assert key_doubt(rows["rolf"], told[bare], "rolf", None, None) == ""
        other = raw_public(generate(tmp_path / "eve.pem"))
        assert key_doubt(rows["rita"], told[signed], "rita", None, other) != ""


def test_the_ledger_holds_no_key_and_no_label(bank: Bank, key: Ed25519PrivateKey) -> None:
    propose(bank, "rita", key)
    from modelops_airflow.ledger import EventRow

    with bank.register.read() as session:
        body = bytes(session.query(EventRow).where(EventRow.kind == "key-proposed").one().body)
    assert b"laptop" not in body and base64.b64encode(raw_public(key)) not in body
