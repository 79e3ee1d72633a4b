"""Packs and erasures: what was erased is told with its tombstone, what is missing without one is an alarm, and a tombstone cannot be changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_pack import edited, named, resealed
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from test_replayed_decisions import house, packed

from bank import Bank
from modelops_airflow.database import database_time
from modelops_airflow.errors import EvidenceError
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.verify import unzipped, verify, zipped
from modelops_airflow.governance import erasures
from modelops_airflow.governance.erasures import tombstones
from modelops_airflow.ledger import EventRow, append
from modelops_airflow.steps.pack_ledger import excerpt
from retention_world import apply, approved, asked, over, packs, promising, statement, years_later

__all__ = ["house"]


@pytest.fixture
def erased(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, bytes]:
    """A pack made before a statement and the artifact were erased, and one made after it."""
    promising(monkeypatch, packs(own=("P4Y", "record", "project default")))
    release = over(bank)
    before = packed(bank, release, tmp_path)
    years_later(monkeypatch, 5)
    for digest in (statement(bank), release.artifact):
        approved(bank, digest)
    apply(bank)
    return before, packed(bank, release, tmp_path)


def test_both_verify_offline_and_the_later_one_tells_the_tombstones(erased: tuple[bytes, bytes], house: Ed25519PrivateKey) -> None:
    before, after = (verify(data, [named(house)]) for data in erased)
    assert before["problems"] == after["problems"] == []
    graves = [one for one in after["established"] if "was erased" in one]
    index = next(json.loads(one["body"])["index"] for one in json.loads(unzipped(erased[1])["events.json"]) if json.loads(one["body"])["kind"] == "erased")
    assert graves[0] == f"the statement of bias was erased, tombstone at index {index}: retention-ended, asked by dana, approved by vera"
    assert graves[1].startswith("the artifact was erased, tombstone at index ")
    assert not any("was erased" in one for one in before["established"])
    assert any(one.startswith("erased: the statement of bias is not here") for one in after["gaps"])
    assert any("re-performance: artifact: its bytes were erased" in one for one in after["gaps"])
    assert any("gate approve-risk is approved" in one for one in after["established"])  # decisions hold as before


def test_a_stored_pack_that_holds_the_statement_goes_with_it(bank: Bank, erased: tuple[bytes, bytes]) -> None:
    kept = [path.read_bytes() for path in (bank.root / "evidence").rglob("*") if path.is_file()]
    assert erased[0] not in kept and erased[1] in kept
    assert bank.events().count("erased") == 3  # the statement, the pack that held it, the artifact


@pytest.mark.parametrize("fact", ["approved_by", "digest", "ground", "size"])
def test_a_byte_of_a_tombstone_that_was_changed_is_found(erased: tuple[bytes, bytes], house: Ed25519PrivateKey, fact: str) -> None:
    def flip(rows: list[dict[str, str]]) -> None:
        one = next(row for row in rows if json.loads(row["body"])["kind"] == "erased")
        at = one["body"].index(f'"{fact}":') + len(fact) + 5
        one["body"] = one["body"][:at] + ("1" if one["body"][at] != "1" else "2") + one["body"][at + 1:]

    members = edited(unzipped(erased[1]), "events.json", flip)
    assert "is not in the ledger" in verify(resealed(members, house), [named(house)])["problems"][0]  # by the house itself
    assert "has changed" in verify(zipped(members), [named(house)])["problems"][0]


def test_a_statement_that_is_missing_without_a_tombstone_is_found(erased: tuple[bytes, bytes], house: Ed25519PrivateKey) -> None:
    def without(data: bytes, name: str) -> bytes:
        members = {one: body for one, body in unzipped(data).items() if one != name}
        return resealed(members, house, lambda manifest: manifest.update(items=[one for one in manifest["items"] if one["path"] != name]))

    for data, step in ((erased[0], "bias"), (erased[1], "scan-artifact")):
        told = verify(without(data, f"statements/{step}.dsse.json"), [named(house)])
        assert told["problems"] == [f"the statement of {step} is missing, and the ledger has no tombstone of it"]
    guard = VERIFIER.read_text().replace("need(all(gone.values()),", "need(True,")
    loose: dict[str, object] = {"__name__": "verifier"}
    exec(compile(guard, "verify.py", "exec"), loose)
    assert "has no tombstone" not in str(loose["verify"](without(erased[0], "statements/bias.dsse.json"), [named(house)]))  # type: ignore[operator]


def test_a_statement_that_somebody_deleted_makes_no_pack(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.live()
    bank.lose_evidence(release.key)
    with pytest.raises(EvidenceError, match="is not in the store"):
        packed(bank, release, tmp_path)


def test_a_tombstone_of_what_two_people_did_not_decide_counts_nowhere(
        bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    promising(monkeypatch, packs(own=("P4Y", "record", "project default")))
    release = over(bank)
    years_later(monkeypatch, 5)
    digest, number = statement(bank), asked(bank, statement(bank))
    forged = {"approval": number + 1, "approved_by": "vera", "ask": number, "asked_by": "dana", "begun": None, "copy_of": None, "digest": digest,
              "ground": "retention-ended", "held": [], "media_type": "application/json", "size": 1}
    with pytest.raises(IntegrityError, match="no two people decided"), bank.register.write() as session:
        append(session, "erased", forged, model_id="pricing")
    bank.sql("DROP TRIGGER modelops_event_erased" + (" ON modelops_event" if bank.register.engine.dialect.name == "postgresql" else ""))
    with bank.register.write() as session:
        append(session, "erased", forged, model_id="pricing")
        assert digest not in tombstones(session)
    bank.store.remove(digest)
    with pytest.raises(EvidenceError, match="is not in the store"):
        packed(bank, release, tmp_path)
    monkeypatch.setattr(erasures, "_decided", lambda *_: True)  # as whoever makes a pack with other code
    assert verify(packed(bank, release, tmp_path), [named(house)])["problems"] == ["the statement of bias is missing, and the ledger has no tombstone of it"]


def test_a_pack_of_another_model_with_the_same_bytes_has_who_decided_their_erasure(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    promising(monkeypatch, packs(own=("P4Y", "record", "project default")))
    over(bank)
    years_later(monkeypatch, 5)
    approved(bank, statement(bank))
    apply(bank)
    with bank.register.write() as session:
        told = json.loads(session.scalars(select(EventRow.body).where(EventRow.kind == "erased")).one())["facts"]
        append(session, "erased", told, model_id="other")
        events, _ = excerpt(session, "other", "test", None, database_time(session))
    assert [json.loads(one["body"])["kind"] for one in events if "eras" in json.loads(one["body"])["kind"]] == ["erasure-asked", "erasure-approved", "erased"]
