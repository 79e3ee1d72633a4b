"""Incidents in the register: what may be recorded by whom, what the ledger has of it, and that nothing of it is changed later."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from bank import person
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import Refused
from modelops_airflow.governance.incident import Doing, Opening, enter, incidents, open_incident
from modelops_airflow.inventory.tables import IncidentEntryRow, IncidentRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.policy.incident import Act

REPORT = digest_bytes(b"what was sent to the authority")


def now():
    return datetime.now(UTC).replace(microsecond=0)


def opening(**changes):
    return Opening(**({"kind": "serious", "severity": "high", "models": ["pricing"], "known_at": now() - timedelta(days=1), "title": "Wrong prices",
                       "happened": "Forty applications were put into the wrong class."} | changes))


def notice(**changes):
    return Doing(**({"act": Act.NOTIFIED, "words": "sent", "clock": "eu-serious-incident", "report": REPORT, "sent_at": now(), "authority": "BNetzA"} | changes))


@pytest.fixture
def incident(bank):
    with bank.register.write() as session:  # the model, as the sync task would have it
        from modelops_airflow.inventory.tables import ModelRow

        session.add(ModelRow(id="pricing", name="Pricing", file="dags/models/pricing.yaml", tier=2, owner="olaf"))
    return open_incident(bank.desk, person("dana"), opening())


def facts(bank, kind):
    with bank.register.read() as session:
        return [json.loads(row.body)["facts"] for row in session.scalars(select(EventRow).where(EventRow.kind == kind, EventRow.outcome == "done"))]


def do(bank, incident, who, act, words="done", **more):
    return enter(bank.desk, incident, person(who), Doing(act, words, **more))


def test_an_incident_goes_its_way_and_the_ledger_has_all_of_it(bank, incident):
    do(bank, incident, "dana", Act.INVESTIGATING)
    do(bank, incident, "dana", Act.CONTAINED, "the model is suspended")
    assert enter(bank.desk, incident, person("olaf"), notice()) == "notified"
    do(bank, incident, "dana", Act.CAUSE, "a threshold of last year")
    do(bank, incident, "dana", Act.CORRECTED, "the threshold is a parameter now")
    assert do(bank, incident, "vera", Act.CLOSED, "looked at") == "closed"
    opened, entries = facts(bank, "incident-opened")[0], facts(bank, "incident-entry")
    assert (opened["what"], opened["models"], opened["severity"]) == ("serious", ["pricing"], "high")
    assert [one["act"] for one in entries] == ["investigating", "contained", "notified", "cause", "corrected", "closed"]
    assert entries[2]["report"] == REPORT and entries[2]["clock"] == "eu-serious-incident" and entries[2]["sent"]


def test_the_ledger_alone_is_enough_to_rebuild_the_rows(bank, incident):
    enter(bank.desk, incident, person("olaf"), notice())
    with bank.register.read() as session:
        row, entry = session.scalars(select(IncidentRow)).one(), session.scalars(select(IncidentEntryRow)).one()
    told, done = facts(bank, "incident-opened")[0], facts(bank, "incident-entry")[0]
    assert (row.id, row.kind, row.severity, row.models, row.words, row.person, row.auth) == (
        told["incident"], told["what"], told["severity"], told["models"], told["words"], told["by"], told["auth"])
    assert row.known_at.strftime("%Y-%m-%dT%H:%M:%SZ") == told["known"]
    assert (entry.act, entry.words, entry.clock, entry.report, entry.person) == (done["act"], done["words"], done["clock"], done["report"], done["by"])


def test_an_incident_of_several_models_is_in_the_history_and_among_the_records_of_each(bank, incident):
    from modelops_airflow.governance.records import records_of
    from modelops_airflow.inventory.tables import ModelRow

    with bank.register.write() as session:
        session.add(ModelRow(id="other", name="Other", file="dags/models/other.yaml", tier=2, owner="olaf"))
    both = open_incident(bank.desk, person("dana"), opening(models=["pricing", "other"]))
    do(bank, both, "dana", Act.INVESTIGATING)
    with bank.register.read() as session:
        found = [(row.kind, row.model_id) for row in session.scalars(select(EventRow).where(EventRow.kind.like("incident-%")).order_by(EventRow.index))
                 if json.loads(row.body)["facts"]["incident"] == both]
        words = [one.what.split(" at ")[0] for one in records_of(session, "other")]
    assert found == [("incident-opened", "other"), ("incident-opened", "pricing"), ("incident-entry", "other"), ("incident-entry", "pricing")]
    assert sorted(words) == ["words of incident-entry", "words of incident-opened"]


def test_the_ledger_has_no_word_of_what_people_wrote(bank, incident):
    do(bank, incident, "dana", Act.CAUSE, "Peter Schmidt typed it in")
    with bank.register.read() as session:
        bodies = b"".join(session.scalars(select(EventRow.body)))
    assert b"Schmidt" not in bodies and b"Wrong prices" not in bodies and b"Forty" not in bodies


@pytest.mark.parametrize(("who", "code"), [("nobody", "role"), ("olaf", ""), ("ines", "")])
def test_whoever_has_a_role_opens_one(bank, incident, who, code):
    if not code:
        assert open_incident(bank.desk, person(who), opening()) > incident
        return
    with pytest.raises(Refused) as told:
        open_incident(bank.desk, person(who), opening())
    assert told.value.code == code and bank.events("denied") == ["incident-opened"]


@pytest.mark.parametrize(("changes", "code"), [
    ({"kind": "bad"}, "invalid"), ({"severity": "urgent"}, "invalid"), ({"models": ["no-such"]}, "invalid"), ({"models": []}, "invalid"),
    ({"title": " "}, "reason"), ({"happened": ""}, "reason"), ({"known_at": datetime(2999, 1, 1, tzinfo=UTC)}, "invalid"),
])
def test_what_cannot_be_an_incident_is_refused_and_leaves_nothing(bank, incident, changes, code):
    with pytest.raises(Refused) as told:
        open_incident(bank.desk, person("dana"), opening(**changes))
    assert told.value.code == code
    with bank.register.read() as session:
        assert len(session.scalars(select(IncidentRow)).all()) == 1


@pytest.mark.parametrize(("who", "doing", "code"), [
    ("dana", Doing(Act.CLASSIFIED, "it is not serious", kind="internal"), "role"),
    ("vera", Doing(Act.CLASSIFIED, "it is not serious", kind="harmless"), "invalid"),
    ("dana", notice(), "role"),
    ("olaf", notice(clock="eu-never"), "invalid"),
    ("olaf", notice(report=None), "invalid"),
    ("olaf", notice(authority=" "), "invalid"),
    ("olaf", notice(sent_at=datetime(2999, 1, 1, tzinfo=UTC)), "invalid"),
    ("vera", Doing(Act.CLOSED, "over"), "state"),
    ("dana", Doing(Act.CAUSE, " "), "reason"),
    ("nobody", Doing(Act.CAUSE, "mine"), "role"),
])
def test_who_may_not_or_says_too_little_is_refused_on_record(bank, incident, who, doing, code):
    with pytest.raises(Refused) as told:
        enter(bank.desk, incident, person(who), doing)
    assert told.value.code == code and bank.events("denied") == ["incident-entry"]
    with bank.register.read() as session:
        assert session.scalars(select(IncidentEntryRow)).all() == []


def test_the_one_who_opened_it_does_not_close_it(bank, incident):
    mine = open_incident(bank.desk, person("vera"), opening(kind="internal"))
    for act in (Act.CAUSE, Act.CORRECTED):
        do(bank, mine, "dana", act)
    with pytest.raises(Refused, match="opened it or owns"):
        do(bank, mine, "vera", Act.CLOSED)
    assert do(bank, mine, "rita", Act.CLOSED) == "closed"
    with pytest.raises(Refused, match="is closed"):
        do(bank, mine, "rita", Act.CAUSE)


def test_an_incident_that_does_not_exist_is_told(bank, incident):
    with pytest.raises(Refused) as told:
        do(bank, 99, "dana", Act.CAUSE)
    assert told.value.code == "gone"


@pytest.mark.parametrize("statement", [
    "UPDATE modelops_incident SET known_at = CURRENT_TIMESTAMP", "UPDATE modelops_incident SET kind = 'internal'", "DELETE FROM modelops_incident_entry",
    "UPDATE modelops_incident_entry SET sent_at = CURRENT_TIMESTAMP",
])
def test_the_database_keeps_what_was_recorded(bank, incident, statement):
    enter(bank.desk, incident, person("olaf"), notice(sent_at=now() - timedelta(hours=2)))
    with pytest.raises(DatabaseError, match="the database refuses"):
        bank.sql(statement)


def test_without_the_guard_a_time_could_be_changed(bank, incident):
    bank.without("modelops_incident", "modelops_incident_fixed")
    assert bank.sql("UPDATE modelops_incident SET kind = 'internal'") == 1


def test_clocks_run_by_the_time_that_was_told_not_by_when_it_was_opened(bank, incident):
    old = open_incident(bank.desk, person("dana"), opening(known_at=now() - timedelta(days=20)))
    from modelops_airflow.policy.calendar import CALENDARS

    with bank.register.read() as session:
        rows = session.scalars(select(IncidentRow).order_by(IncidentRow.id)).all()
        states = [one.clocks(CALENDARS)[0].state(now()) for one in incidents(session, rows).values()]
    assert (old, states) == (incident + 1, ["running", "overdue"])
