"""Erasures take two people, a ground that is strong enough, and no hold; the bytes go and a tombstone stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bank import TABLE, Bank, person
from modelops_airflow.errors import EvidenceError, Refused
from modelops_airflow.governance.documents import fetch, keep
from modelops_airflow.governance.erase import approve, ask, begin
from modelops_airflow.governance.erasures import erasures, tombstones
from modelops_airflow.governance.gate import open_gate
from modelops_airflow.governance.holds import holds, lift, place
from modelops_airflow.governance.records import records_of
from modelops_airflow.governance.retention import lines
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.governance.stop import retire
from modelops_airflow.inventory.tables import RunRow
from modelops_airflow.ledger import verify
from retention_world import apply, approved, asked, over, packs, promising, statement, years_later

FOUR_YEARS = packs(own=("P4Y", "record", "project default"))


@pytest.fixture(autouse=True)
def four_years(monkeypatch: pytest.MonkeyPatch) -> None:
    promising(monkeypatch, FOUR_YEARS)


def code(error: pytest.ExceptionInfo[Refused]) -> str:
    return error.value.code


def words(bank: Bank) -> str:
    """Digest of the reason of a hold that was placed and lifted."""
    number = place(bank.desk, "pricing", person("rita"), "Mrs Miller of 4 Elm Street complained")
    lift(bank.desk, "pricing", number, person("rolf"), "settled")
    with bank.register.read() as session:
        return next(one.record.digest for one in lines(session) if one.record.kind == "words")


def test_what_is_due_is_erased_by_two_people_and_leaves_a_tombstone(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    over(bank)
    digest = statement(bank)
    assert bank.store.has(digest)
    size = len(bank.store.get(digest))
    years_later(monkeypatch, 5)
    approved(bank, digest)
    assert [one.split(",")[0] for one in apply(bank)] == [f"{digest} is erased"]
    assert not bank.store.has(digest)
    assert apply(bank) == []
    with bank.register.read() as session:
        grave = tombstones(session)[digest]
        assert (grave.size, grave.media_type, grave.asked_by, grave.approved_by, grave.ground) == (size, "application/json", "dana", "vera", "retention-ended")
        assert [one.state for one in erasures(session)] == ["erased"]
        assert verify(session) == []
    assert bank.events()[-4:] == ["erasure-asked", "erasure-approved", "erasure-begun", "erased"]


def test_nothing_is_erased_before_its_retention_has_ended(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    over(bank)
    with pytest.raises(Refused, match=r"kept until .*own ONE-1: P4Y since record") as error:
        asked(bank, statement(bank))
    assert code(error) == "retention"
    years_later(monkeypatch, 5)
    asked(bank, statement(bank))  # the control


def test_the_end_of_retention_erases_nothing_by_itself(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    over(bank)
    years_later(monkeypatch, 50)
    before = sorted(path.name for path in (bank.root / "evidence").rglob("*"))
    assert apply(bank) == bank.converge() == []
    assert sorted(path.name for path in (bank.root / "evidence").rglob("*")) == before


def test_what_a_dropped_pack_promised_stays_promised(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live("1.0.0")
    digest = statement(bank)
    promising(monkeypatch, packs(other=("P1Y", "record", "project default")))  # the pack of four years is dropped
    over(bank, "1.1.0")
    years_later(monkeypatch, 2)
    with bank.register.read() as session:
        kept = {one.record.digest: one.kept.why for one in lines(session, "pricing")}
    assert "P4Y" in kept[digest] and "P4Y" in kept[statement(bank)]


def test_without_a_pack_that_says_how_long_it_is_kept(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    promising(monkeypatch, {})
    over(bank)
    years_later(monkeypatch, 100)
    with pytest.raises(Refused, match="no pack that applied says how long"):
        asked(bank, statement(bank))


@pytest.mark.parametrize("who", ["dana", "olaf", "rita"])
def test_the_asker_the_owner_and_the_developer_do_not_approve(bank: Bank, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    over(bank)
    years_later(monkeypatch, 5)
    number = asked(bank, statement(bank), by="rita")
    with pytest.raises(Refused) as error:
        approve(bank.desk, "pricing", number, person(who), "fine by me")
    assert code(error) == ("author" if who == "rita" else "role")
    assert bank.events("denied") == ["erasure-approved"]
    approve(bank.desk, "pricing", number, person("rolf"), "I looked")  # the control


def test_a_controller_who_registered_a_version_does_not_approve(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.pin("0.9.0", by="simple:ruth")
    over(bank)
    years_later(monkeypatch, 5)
    number = asked(bank, statement(bank))
    with pytest.raises(Refused, match="ruth owns, developed or registered"):
        approve(bank.desk, "pricing", number, person("ruth"), "fine")


def test_what_a_version_rests_on_that_may_go_live_is_not_erased(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = bank.live()
    years_later(monkeypatch, 5)
    for digest in (statement(bank), release.artifact):
        for ground in ("retention-ended", "order"):
            with pytest.raises(Refused, match=r"version 1\.0\.0 is in_use; retire the version first") as error:
                asked(bank, digest, ground)
            assert code(error) == "in-use"


def test_an_artifact_is_erased_once_its_version_is_retired(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = over(bank)
    years_later(monkeypatch, 5)
    approved(bank, release.artifact)
    apply(bank)
    assert not bank.store.has(release.artifact)


def test_words_of_people_are_erased_for_the_person_they_are_about(bank: Bank) -> None:
    bank.live()
    digest = words(bank)
    approved(bank, digest, "data-subject")
    assert "is erased" in apply(bank)[0]
    with bank.register.read() as session, pytest.raises(EvidenceError, match="was erased"):
        fetch(session, digest)
    with bank.register.read() as session:
        assert verify(session) == []


def test_a_law_that_obliges_to_keep_is_stronger_than_a_person_and_weaker_than_an_order(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    promising(monkeypatch, packs(law=("P10Y", "record", "law")))
    bank.live()
    digest = words(bank)
    with pytest.raises(Refused, match=r"art\. 17\(3\)\(b\)"):
        asked(bank, digest, "data-subject")
    approved(bank, digest, "order")
    assert "is erased" in apply(bank)[0]


def test_evidence_is_not_erased_because_a_person_asks(bank: Bank) -> None:
    over(bank)
    with pytest.raises(Refused, match="a ground for predictions, words, and these bytes are evidence"):
        asked(bank, statement(bank), "data-subject")


def test_documents_that_are_no_words_are_nothing_that_could_be_erased(bank: Bank) -> None:
    bank.live()
    with bank.register.read() as session:
        plan = session.scalars(select(RunRow.plan)).one()
    with pytest.raises(Refused, match="nothing of pricing is kept under"):
        asked(bank, plan, "order")


@pytest.mark.parametrize("where", ["model", "run", "digest"])
def test_a_hold_refuses_at_every_step_and_wins_while_the_bytes_are_there(bank: Bank, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    release = over(bank)
    digest = statement(bank)
    years_later(monkeypatch, 5)
    number = asked(bank, digest)
    on = {"run": {"run": f"{release.key.dag_id}/{release.key.run_id}"}, "digest": {"digest": digest}}.get(where, {})
    held = place(bank.desk, "pricing", person("rita"), "a claim", **on)
    with pytest.raises(Refused, match=f"under legal hold: hold {held}") as error:
        approve(bank.desk, "pricing", number, person("vera"), "fine")
    assert code(error) == "hold"
    lift(bank.desk, "pricing", held, person("rolf"), "settled")
    approve(bank.desk, "pricing", number, person("vera"), "fine")
    again = place(bank.desk, "pricing", person("rita"), "another claim", **on)  # between approval and removal
    assert f"hold {again}" in apply(bank)[0] and bank.store.has(digest)
    lift(bank.desk, "pricing", again, person("rolf"), "settled too")
    assert "is erased" in apply(bank)[0]  # the control: without the hold it goes


def test_a_hold_is_lifted_by_somebody_else_of_the_control_side(bank: Bank) -> None:
    bank.live()
    with pytest.raises(Refused) as error:
        place(bank.desk, "pricing", person("dana"), "a claim")
    assert code(error) == "role"
    held = place(bank.desk, "pricing", person("rita"), "a claim")
    for who, why in (("rita", "author"), ("dana", "role"), ("stranger", "unknown-person")):
        with pytest.raises(Refused) as error:
            lift(bank.desk, "pricing", held, person(who), "over")
        assert code(error) == why
    with pytest.raises(Refused, match="say why"):
        lift(bank.desk, "pricing", held, person("rolf"), " ")
    lift(bank.desk, "pricing", held, person("rolf"), "over")
    with bank.register.read() as session:
        assert holds(session) == []
    with pytest.raises(Refused, match="no hold"):
        lift(bank.desk, "pricing", held, person("rolf"), "over")


def test_a_digest_that_another_model_has_under_hold_is_not_erased(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = over(bank)
    other = bank.pin("1.0.0", run="other", id="other", name="Other")
    assert bank.run(other).artifact == release.artifact
    years_later(monkeypatch, 5)
    held = place(bank.desk, "other", person("rita"), "a claim against the other model")
    with pytest.raises(Refused, match=f"hold {held}"):
        asked(bank, release.artifact, "order")


def test_one_erasure_of_some_bytes_at_a_time_and_each_approved_once(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    over(bank)
    years_later(monkeypatch, 5)
    number = approved(bank, statement(bank))
    with pytest.raises(Refused, match="asked for already"):
        asked(bank, statement(bank))
    with pytest.raises(Refused, match="is approved already"):
        approve(bank.desk, "pricing", number, person("rolf"), "me too")
    with pytest.raises(Refused, match="nobody asked for"):
        approve(bank.desk, "pricing", number + 1, person("rolf"), "me too")
    with pytest.raises(Refused, match="is no ground"):
        ask(bank.desk, "pricing", statement(bank, "scan-artifact"), person("dana"), "because", "they asked")


def test_the_database_lets_nobody_empty_a_document_that_was_not_approved(bank: Bank) -> None:
    bank.live()
    digest = words(bank)
    for change in ("body = ''", "body = 'other'"):
        with pytest.raises(IntegrityError, match="is fixed"):
            bank.sql(f"UPDATE modelops_document SET {change} WHERE digest = :digest", digest=digest)
    approved(bank, digest, "data-subject")
    with pytest.raises(IntegrityError, match="is fixed"):
        bank.sql("UPDATE modelops_document SET body = 'other' WHERE digest = :digest", digest=digest)
    apply(bank)  # the control


def test_words_that_were_erased_and_are_said_again_stay_erased(bank: Bank) -> None:
    bank.live()
    digest = words(bank)
    approved(bank, digest, "data-subject")
    apply(bank)
    with bank.register.write() as session:
        assert keep(session, {"comment": "Mrs Miller of 4 Elm Street complained"}) == digest
    with bank.register.read() as session, pytest.raises(EvidenceError, match="was erased"):
        fetch(session, digest)


def test_the_database_empties_nothing_before_the_erasure_has_begun_or_under_a_hold_that_came_after(bank: Bank) -> None:
    bank.live()
    digest = words(bank)
    number = approved(bank, digest, "data-subject")
    empty = "UPDATE modelops_document SET body = '' WHERE digest = :digest"
    with pytest.raises(IntegrityError, match="is fixed"):
        bank.sql(empty, digest=digest)
    assert begin(bank.register, number, [(digest, 1)], "application/json") == ""
    for on in ({}, {"digest": digest}):
        held = place(bank.desk, "pricing", person("rita"), "a claim", **on)
        with pytest.raises(IntegrityError, match="is fixed"):
            bank.sql(empty, digest=digest)
        lift(bank.desk, "pricing", held, person("rolf"), "settled too")
    bank.sql(empty, digest=digest)  # the control


def test_what_a_version_in_use_rests_on_by_now_is_kept_though_its_erasure_has_begun(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = over(bank)
    years_later(monkeypatch, 5)
    number = approved(bank, release.artifact)
    assert begin(bank.register, number, [(release.artifact, len(bank.store.get(release.artifact)))], "application/octet-stream") == ""
    again = bank.live("2.0.0", text=TABLE.format(version="1.0.0"))
    assert again.artifact == release.artifact
    (told,) = apply(bank)
    assert "is kept: needed" in told and "it is deployed" in told and bank.store.has(release.artifact)
    retire(bank.desk, "pricing", person("olaf"), "old too", "2.0.0")
    bank.converge()
    assert "is erased" in apply(bank)[0]  # the control


def test_evidence_of_a_review_is_kept_while_people_decide_over_it(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live()
    measure = Bank.measure
    monkeypatch.setattr(Bank, "measure", lambda self, key, ratio=0.85: measure(self, key, 0.85))
    plan = bank.plan(gates={"attest": {"roles": {"validator": 1}, "meaning": "attest"}}).to_json()
    plan = {**plan, "lifecycle": "review", "on": "schedule", "steps": [one for one in plan["steps"] if one["phase"] in ("prepare", "check", "decide", "gate")]}
    path, keys = bank.root / "models/pricing-1.0.0.yaml", [RunKey("pricing.review", name) for name in ("first", "second")]
    for key in keys:
        pin(bank.register, key, plan, bank.store.put_file(path), path.name, "dana")
        bank.measure(key)
        bank.decide(key)
    open_gate(bank.register, keys[0], "attest")
    with bank.register.read() as session:
        rows = {run: one for run in ("first", "second") for one in records_of(session, "pricing") if one.what.startswith(f"bias of pricing.review/{run}")}
        assert {run: one.needed for run, one in rows.items()} == dict.fromkeys(("first", "second"), "version 1.0.0 is in_use")
    bank.sql("UPDATE modelops_gate SET state = 'void' WHERE step = 'attest'")
    with bank.register.read() as session:
        rows = {run: one for run in ("first", "second") for one in records_of(session, "pricing") if one.what.startswith(f"bias of pricing.review/{run}")}
        assert [rows[run].needed for run in ("first", "second")] == ["", "version 1.0.0 is in_use"]  # the last of its life cycle still is
