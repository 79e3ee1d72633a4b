"""What people are told of: derived from the register and the ledger, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from sqlalchemy import select

from bank import GOVERNANCE, Bank, governance, person
from canaries import monitor
from legacy_world import accept, declare, text, today
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.incident import Doing, Opening, enter, open_incident
from modelops_airflow.governance.occasions import SOURCES, around
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.policy.incident import Act
from modelops_airflow.targets import strengths

NOTIFY = [{"notifier": "smtp", "connection": "mail", "to": ["risk@bank.example"], "about": ["deployed"]}]


@pytest.fixture
def told(bank: Bank):
    """The bank tells somebody, and has its model's row; answers the occasions of a moment by `about`."""
    bank.govern(governance(notify=NOTIFY))
    with bank.register.write() as session:
        session.add(ModelRow(id="pricing", name="{{ 7*7 }}", file="dags/models/pricing.yaml", tier=2, owner="olaf"))

    def look():
        with bank.register.read() as session:
            found = around(session)
            return {one.about: one for source in SOURCES for one in source(found)}

    return look


def test_a_gate_is_told_with_who_is_missing_and_its_page(bank, told):
    release = bank.release()
    bank.vote(release, "approve-risk", "rita")
    with bank.register.read() as session:
        found = around(session)
        gates = [one for source in SOURCES for one in source(found) if one.subject == f"gate {release.gates['approve-risk']} {release.subject}"]
    assert [(one.about, one.asked) for one in gates] == [("gate-opened", "1 of the role risk"), ("gate", "1 of the role risk")]
    assert gates[1].due is not None and gates[1].page == f"/plugin/approvals?gate={release.gates['approve-risk']}" and gates[1].tier == 2
    assert "{{ 7*7 }} (pricing) 1.0.0" in gates[0].sentence


def test_a_gate_that_is_decided_is_told_no_more(bank, told):
    bank.approve(bank.release())
    assert "gate" not in told() and "gate-opened" not in told()


def test_a_run_that_fails_is_told_with_its_step(bank, told):
    key = bank.pin()
    bank.measure(key, 0.5)
    assert bank.decide(key) == "fail"
    assert told()["run-failed"].sentence.endswith("came to fail at bias.")


def test_a_run_for_a_past_day_that_fails_is_told_to_nobody(bank, told):
    bank.live("1.0.0")
    monitor(bank, "fail", "backfill__1", as_of="2025-01-31")
    assert "run-failed" not in told()
    monitor(bank, "fail")
    assert "run-failed" in told()


def test_deployments_stops_and_rollbacks_are_told_from_the_ledger(bank, told):
    bank.live("1.0.0")
    assert told()["deployed"].sentence == "{{ 7*7 }} (pricing) 1.0.0 is live in production."
    bank.live("1.1.0")
    rollback(bank.desk, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths())
    bank.converge()
    with bank.register.read() as session:
        found = [one for source in SOURCES for one in source(around(session)) if one.about in ("deployed", "rolled-back")]
    assert [one.about for one in found] == ["deployed", "deployed", "rolled-back"]
    suspend(bank.desk, "pricing", "production", person("olaf"), "wrong prices")
    assert told()["stopped"].sentence == "{{ 7*7 }} (pricing) was suspended in production."


def test_a_retirement_names_its_versions_and_not_the_one_that_stays_in_use(bank, told):
    bank.live("0.9.0")
    bank.live("1.0.0")
    retire(bank.desk, "pricing", person("olaf"), "replaced", "0.9.0")
    assert (told()["stopped"].sentence, bank.state("1.0.0")) == ("{{ 7*7 }} (pricing) 0.9.0 was retired.", "in_use")


@pytest.mark.parametrize(("versions", "sentence"), [
    (["0.9.0", "1.0.0"], "0.9.0 and 1.0.0 were"), (["1", "2", "3"], "1, 2 and 3 were"), (list("12345"), "1, 2, 3, 4 and 5 were"),
    (list("1234567"), "1, 2, 3, 4, 5 and 2 more were"), ([], "a version was")])
def test_several_versions_that_ended_at_once_are_told_in_one_sentence(versions, sentence):
    from modelops_airflow.governance.occasions.deployments import _ended

    assert _ended(versions) == sentence


def test_a_refused_act_is_no_occasion(bank, told):
    with pytest.raises(Exception, match="nothing of pricing is live"):
        suspend(bank.desk, "pricing", "production", person("olaf"), "wrong prices")
    assert "stopped" not in told()


def test_an_approval_of_what_is_live_is_told_with_its_end(bank, told):
    bank.live("1.0.0")
    assert timedelta(days=89) < told()["approval"].due - datetime.now(UTC) < timedelta(days=91)


def test_a_broken_file_is_told_anew_when_its_mistakes_are_others(bank, told):
    def broken(*problems):
        with bank.register.write() as session:
            session.get_one(ModelRow, "pricing").problems = [{"code": one} for one in problems]
        return told()["file-broken"]

    first, second = broken("SPEC009"), broken("SPEC009", "SPEC010")
    assert first.subject != second.subject and second.sentence.endswith("has 2 mistakes.")
    assert broken("SPEC009").subject == first.subject


def test_a_governance_that_waits_is_told(bank, told):
    from modelops_airflow.governance.activate import propose

    propose(bank.register, GOVERNANCE, "sync")
    assert told()["governance-waits"].asked == "the control side"


def test_an_open_incident_and_its_clock_are_told_until_the_notice_is_on_record(bank, told):
    known = datetime.now(UTC) - timedelta(days=14)
    number = open_incident(bank.desk, person("dana"), Opening("serious", "high", ["pricing"], known, "Peter Schmidt", "x"))
    found = told()
    assert found["clock"].due > known + timedelta(days=15) and "art. 73" in found["clock"].sentence
    assert "Schmidt" not in found["incident-opened"].sentence
    notice = Doing(Act.NOTIFIED, "sent", clock="eu-serious-incident", report="sha256:" + "0" * 64, sent_at=known, authority="BNetzA")
    enter(bank.desk, number, person("olaf"), notice)
    assert "clock" not in told() and "incident-opened" in told()


def test_what_happened_before_anybody_was_told_anything_is_not_told(bank):
    bank.live("1.0.0")
    with bank.register.read() as session:
        found = around(session)
        assert found.now - found.since < timedelta(seconds=1)
    bank.govern(governance(notify=NOTIFY))
    with bank.register.read() as session:
        since = around(session).since
    bank.govern(governance(notify=NOTIFY, timezone="Europe/Berlin"))
    with bank.register.read() as session:
        assert around(session).since == since, "another change of governance forgets nothing"


def test_what_happened_more_than_a_week_ago_is_not_told(bank, told, monkeypatch):
    bank.live("1.0.0")
    monkeypatch.setattr(import_module("modelops_airflow.governance.occasions.around"), "RECENT", timedelta(seconds=-1))
    assert "deployed" not in told() and "approval" in told()


def test_an_emergency_release_is_told_until_its_approvals_are_there(bank, told):
    bank.govern(governance(notify=NOTIFY, break_glass={"roles": ["risk"], "within": "P2D"}), "vera", "ines", "rita")
    release = bank.release()
    break_glass(bank.desk, "pricing", "1.0.0", person("rolf"), "customers wait", release.subject, strengths=strengths())
    assert timedelta(days=1) < told()["emergency"].due - datetime.now(UTC) < timedelta(days=3)
    for gate, who in (("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "ruth")):
        bank.vote(release, gate, who)
    assert "emergency" not in told()


@pytest.mark.parametrize("days", [30, 2])
def test_a_waiver_that_counts_is_told_with_its_end(bank, told, days):
    declare(bank, text(until=today(days)))
    assert "waiver" not in told(), "what nobody accepted does not end"
    accept(bank)
    found = told()["waiver"]
    assert timedelta(days=days - 1) < found.due - datetime.now(UTC) < timedelta(days=days + 1) and today(days) in found.sentence


def test_what_happens_in_the_second_of_the_first_governance_that_tells_is_told(bank, told):
    """Events have whole seconds, and that row has parts of them on Postgres."""
    bank.live("1.0.0")
    with bank.register.read() as session:
        at = max(session.scalars(select(EventRow.at).where(EventRow.kind == "live")))
    bank.forge("UPDATE modelops_governance SET activated_at = :at", at=f"{at:%Y-%m-%d %H:%M:%S}.900000")
    assert told()["deployed"].sentence == "{{ 7*7 }} (pricing) 1.0.0 is live in production."
