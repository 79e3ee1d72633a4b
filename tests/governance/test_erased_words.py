"""Words that are in force stay; of those that were erased pages and rows say that they are no longer kept, and nothing fails over them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

import waiver_world as world
from bank import Bank, person
from modelops_airflow.errors import EvidenceError, Refused
from modelops_airflow.governance.control_waivers import control_waivers
from modelops_airflow.governance.documents import GONE
from modelops_airflow.governance.finding import open_finding_on
from modelops_airflow.governance.holds import lift, place
from modelops_airflow.governance.incident import Opening, open_incident
from modelops_airflow.governance.overlays import REJECTED, Proposal, decide_overlay, propose_overlay
from modelops_airflow.governance.records import records_of
from modelops_airflow.governance.restrict import conditions_met, restrict
from modelops_airflow.governance.restrictions import restrictions_of, told
from modelops_airflow.governance.waive import reject
from modelops_airflow.inventory.tables import FindingRow, IncidentRow, VersionRow
from modelops_airflow.steps import converge as converging
from modelops_airflow.ui.reads.gates import Asker
from modelops_airflow.ui.reads.incidents import incident_page, open_incidents
from modelops_airflow.ui.reads.overlays import overlay_rows
from modelops_airflow.ui.reads.waivers import waiver_rows
from retention_world import apply, approved, asked, packs, promising


@pytest.fixture(autouse=True)
def four_years(monkeypatch: pytest.MonkeyPatch) -> None:
    promising(monkeypatch, packs(own=("P4Y", "record", "project default")))


def words(bank: Bank, what: str) -> str:
    """Digest of the words of the last such event."""
    with bank.register.read() as session:
        return [one.digest for one in records_of(session, "pricing") if one.what.startswith(what)][-1]


def erased(bank: Bank, digest: str) -> None:
    approved(bank, digest, "data-subject")
    assert "is erased" in apply(bank)[0]


def kept(bank: Bank, digest: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as error:
        asked(bank, digest, "data-subject")
    assert error.value.code == "in-use"


def overlay() -> Proposal:
    return Proposal("floor", "olaf", "rita", date.today(), world.day(300), dict.fromkeys(("what", "why", "size", "method", "exit"), "Mrs Miller"))


def restricted(bank: Bank) -> str:
    restrict(bank.desk, "pricing", "1.0.0", person("rita"), "not for Mrs Miller", world.day(30))
    return words(bank, "terms of restricted-by-person")


def test_terms_of_a_restriction_are_erased_once_it_is_lifted_and_so_are_the_columns_that_repeat_them(bank: Bank) -> None:
    bank.live()
    digest = restricted(bank)
    kept(bank, digest, r"version 1\.0\.0 is restricted to these terms")
    for who in ("rita", "vera"):
        conditions_met(bank.desk, "pricing", "1.0.0", person(who), "done")
    erased(bank, digest)
    with bank.register.read() as session:
        said = [one.message for one in session.scalars(select(FindingRow).where(FindingRow.kind == "restricted"))]
        assert [one.rpartition(": ")[2] for one in said] == [GONE] and "version 1.0.0 is restricted until" in said[0]
        assert "Miller" not in session.scalars(select(VersionRow)).one().reason


def test_a_restriction_whose_words_are_gone_is_told_without_them(bank: Bank) -> None:
    bank.live()
    restricted(bank)
    with bank.register.read() as session:
        (found,) = restrictions_of(session, "pricing", "1.0.0")
        assert found is not None
        assert told(session, [found]).endswith(": not for Mrs Miller")
        assert told(session, [replace(found, terms="sha256:" + "0" * 64)]) == f"restricted until {found.until:%Y-%m-%d}: {GONE}"


def test_words_of_an_overlay_stay_while_it_is_proposed_and_its_page_tells_when_they_are_gone(bank: Bank) -> None:
    bank.live()
    digest = propose_overlay(bank.desk, "pricing", person("olaf"), overlay()).terms
    kept(bank, digest, "overlay floor is proposed")
    decide_overlay(bank.desk, "pricing", "floor", person("rita"), REJECTED, "no")
    erased(bank, digest)
    with bank.register.read() as session:
        (row,) = overlay_rows(session, ["pricing"])
    assert {row[name] for name in ("what", "why", "size", "method", "exit")} == {GONE}


def test_words_of_a_hold_stay_while_it_stands(bank: Bank) -> None:
    release = bank.live()
    number = place(bank.desk, "pricing", person("rita"), "Mrs Miller complained", digest=release.artifact)
    digest = words(bank, "reason of hold-placed")
    kept(bank, digest, f"hold {number} stands")
    lift(bank.desk, "pricing", number, person("rolf"), "settled")
    erased(bank, digest)


def test_words_of_a_waiver_are_held_stay_while_it_is_asked_for_and_are_erased_after_it(bank: Bank) -> None:
    bank.govern(world.POLICIES)
    world.begin(bank)
    number = world.ask(bank, reason="Mrs Miller of 4 Elm Street has complained")
    digest = world.waiver(bank, number).terms
    kept(bank, digest, f"waiver {number} is requested")
    reject(bank.desk, "pricing", number, person("rita"), "no")
    held = place(bank.desk, "pricing", person("rita"), "a claim", digest=digest)
    with pytest.raises(Refused, match=f"hold {held}"):
        asked(bank, digest, "data-subject")
    lift(bank.desk, "pricing", held, person("rolf"), "settled")
    erased(bank, digest)
    with bank.register.read() as session:
        (row,) = waiver_rows(session, ["pricing"])
        assert (row["reason"], row["compensating"], row["state"]) == (GONE, [], "rejected")
        assert control_waivers(session)[number].ended_by == "rita"


def test_erased_words_of_a_finding_are_in_no_column_and_nobody_else_changes_its_title(bank: Bank) -> None:
    bank.live()
    number = open_finding_on(bank.desk, "pricing", person("rita"), "high", "Mrs Miller", "her text")
    with pytest.raises(IntegrityError, match="is fixed"):
        bank.sql("UPDATE modelops_finding SET title = '(no longer kept)' WHERE id = :id", id=number)
    erased(bank, words(bank, "words of finding-open"))
    with bank.register.read() as session:
        row = session.get_one(FindingRow, number)
        assert (row.title, row.message) == (GONE, GONE)
    with pytest.raises(IntegrityError, match="is fixed"):
        bank.sql("UPDATE modelops_finding SET title = 'other' WHERE id = :id", id=number)


def test_incidents_are_listed_though_the_words_of_one_are_erased(bank: Bank) -> None:
    bank.live()
    for title in ("Mrs Miller", "Another"):
        open_incident(bank.desk, person("dana"), Opening("serious", "high", ["pricing"], datetime.now(UTC), title, "of Elm street"))
    with bank.register.read() as session:
        digest = next(one.digest for one in records_of(session, "pricing") if one.what.startswith("words of incident-opened"))
    erased(bank, digest)
    with bank.register.read() as session:
        asker = Asker(None, None)
        assert [one["title"] for one in open_incidents(session, "pricing", frozenset({"pricing"}), asker)].count(GONE) == 1
        row = session.scalars(select(IncidentRow).where(IncidentRow.words == digest)).one()
        assert incident_page(session, row, asker)["happened"] == GONE


def test_a_slot_whose_records_are_gone_has_an_open_finding(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live()

    def gone(*_: object) -> str:
        raise EvidenceError("a document is missing")

    monkeypatch.setattr(converging, "_slot", gone)
    bank.converge()
    with bank.register.read() as session:
        kinds = session.scalars(select(FindingRow.kind).where(FindingRow.closed_at.is_(None))).all()
    assert any(kind.startswith(converging.TROUBLE) for kind in kinds)
