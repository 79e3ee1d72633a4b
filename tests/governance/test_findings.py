"""Findings of people: who may do what to them, what the ledger has of it, and what evidence closes them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bank import Bank, held, person
from finding_world import (
    PROOF,
    acts,
    agreed,
    closed,
    days_from_now,
    handed_in,
    later,
    on_record,
    planned,
    raised,
    row_of,
)
from modelops_airflow.errors import Refused
from modelops_airflow.governance import finding as finding_module
from modelops_airflow.governance.documents import fetch
from modelops_airflow.governance.finding import Said, act, open_finding_on
from modelops_airflow.governance.finding_evidence import Evidence
from modelops_airflow.governance.finding_record import findings_on_record
from modelops_airflow.governance.finding_watch import reopen_findings
from modelops_airflow.governance.record import StepRecord, packed, record
from modelops_airflow.governance.versions import close_finding, open_finding
from modelops_airflow.inventory.tables import ResultRow
from modelops_airflow.policy.finding import Who


@pytest.fixture
def known(bank: Bank) -> Bank:
    """The bank whose model is in the register."""
    bank.pin("1.0.0")
    return bank


def code(bank: Bank, number: int, verb: str, who: str, **said: object) -> str:
    """The code with which an act is refused; nothing changes but that the refusal is on record."""
    before = {name: rows for name, rows in bank.tables().items() if name not in ("modelops_event",)}
    with pytest.raises(Refused) as error:
        acts(bank, number, verb, who, **said)
    assert {name: rows for name, rows in bank.tables().items() if name != "modelops_event"} == before
    assert bank.events("denied")[-1] == f"finding-{verb}"
    return error.value.code


def test_the_whole_way_from_opening_to_closing_is_on_the_ledger(known: Bank) -> None:
    number = raised(known)
    assert closed(known, number).state.value == "closed"
    assert [one for one in known.events("done") if one.startswith("finding-")] == [
        "finding-open", "finding-plan", "finding-plan", "finding-start", "finding-hand-in", "finding-close"]
    row = row_of(known, number)
    assert (row.state, row.ended, row.owner, row.raised_by, row.kind) == ("closed", "closed by rita", "olaf", "vera", "raised-1")
    assert row.closed_at is not None
    assert known.findings() == []


def test_at_each_step_the_row_says_what_the_ledger_does(known: Bank) -> None:
    number = raised(known)
    for verb, who, said in (("plan", "olaf", {}), ("start", "olaf", {}), ("hand-in", "olaf", {"evidence": PROOF}), ("return", "vera", {}),
                            ("hand-in", "olaf", {"evidence": PROOF}), ("extend", "rita", {"until": days_from_now(known, 170)}),
                            ("close", "rita", {"evidence": PROOF})):
        if verb == "plan":
            planned(known, number)
        else:
            acts(known, number, verb, who, **said)
        row, told = row_of(known, number), on_record(known, number)
        assert (row.state, row.due_at, row.expires_at) == (told.state.value, told.due_at, told.expires_at)


def test_words_are_beside_the_ledger_and_not_in_it(known: Bank) -> None:
    number = raised(known)
    planned(known, number)
    with known.register.read() as session:
        opening, plan, agreement = findings_on_record(session, ["pricing"]).events["pricing", number]
        assert fetch(session, opening["words"])["title"] == "Monotonicity"
        assert fetch(session, plan["words"]) == {"text": "plan, said olaf"}
    assert agreement["said"] == plan["said"]
    assert "Monotonicity" not in str([opening, plan])


@pytest.mark.parametrize("who", ["dana", "olaf"])
def test_the_maker_side_opens_no_finding(known: Bank, who: str) -> None:
    with pytest.raises(Refused) as error:
        raised(known, who=who)
    assert error.value.code == "role"
    assert known.events()[-1] == "finding-open"


@pytest.mark.parametrize(("severity", "title", "text", "expected"), [
    ("grave", "a", "b", "severity"), ("high", " ", "b", "reason"), ("high", "a", "", "reason"), ("high", "a" * 201, "b", "reason"),
])
def test_a_finding_has_a_severity_a_title_and_a_text(known: Bank, severity: str, title: str, text: str, expected: str) -> None:
    with pytest.raises(Refused) as error:
        open_finding_on(known.desk, "pricing", person("vera"), severity, title, text)
    assert error.value.code == expected


def test_several_findings_of_people_are_open_at_once(known: Bank) -> None:
    raised(known)
    raised(known, "low", "rita")
    assert known.findings() == ["raised-1", "raised-2"]


@pytest.mark.parametrize("who", ["dana", "ines", "rita", "vera"])
def test_only_the_owner_starts_hands_in_and_disputes(known: Bank, who: str) -> None:
    number = raised(known)
    assert code(known, number, "dispute", who) == "role"
    planned(known, number)
    assert code(known, number, "start", who) == "role"
    acts(known, number, "start", "olaf")
    assert code(known, number, "hand-in", who, evidence=PROOF) == "role"


@pytest.mark.parametrize("who", ["dana", "olaf"])
def test_neither_owner_nor_developer_verifies_or_decides(known: Bank, who: str) -> None:
    number = raised(known)
    assert code(known, number, "extend", who, until=days_from_now(known, 100)) == "role"
    handed_in(known, number)
    for verb in ("close", "return"):
        assert code(known, number, verb, who, evidence=PROOF) == "role"
    acts(known, number, "close", "ines", evidence=PROOF)


def test_an_owner_of_the_control_side_does_not_close_their_own(bank: Bank) -> None:
    bank.pin("1.0.0", owner="rita")
    number = raised(bank)
    agreed(bank, number, "plan", "rita", "vera")
    acts(bank, number, "start", "rita")
    acts(bank, number, "hand-in", "rita", evidence=PROOF)
    assert code(bank, number, "close", "rita", evidence=PROOF) == "role"
    acts(bank, number, "close", "rolf", evidence=PROOF)


def test_a_former_owner_who_handed_in_does_not_close_either(bank: Bank) -> None:
    bank.pin("1.0.0", owner="rita")
    number = raised(bank)
    agreed(bank, number, "plan", "rita", "vera")
    acts(bank, number, "start", "rita")
    acts(bank, number, "hand-in", "rita", evidence=PROOF)
    bank.sql("UPDATE modelops_model SET owner = 'olaf'")
    assert code(bank, number, "close", "rita", evidence=PROOF) == "author"
    acts(bank, number, "close", "rolf", evidence=PROOF)


def test_a_developer_of_the_control_side_does_not_close(bank: Bank) -> None:
    bank.pin("1.0.0", developers=["dana", "rolf"])
    number = raised(bank)
    handed_in(bank, number)
    assert code(bank, number, "close", "rolf", evidence=PROOF) == "role"
    acts(bank, number, "close", "ruth", evidence=PROOF)


def test_without_that_guard_the_owner_would_close_it_and_the_ledger_would_tell(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.pin("1.0.0", owner="rita")
    number = raised(bank)
    agreed(bank, number, "plan", "rita", "vera")
    acts(bank, number, "start", "rita")
    acts(bank, number, "hand-in", "rita", evidence=PROOF)
    monkeypatch.setattr(finding_module, "who_may", lambda *_: Who("rita", control=True))
    monkeypatch.setattr("modelops_airflow.policy.finding_states._wrong_person", lambda *_: None)
    acts(bank, number, "close", "rita", evidence=PROOF)
    monkeypatch.undo()
    assert row_of(bank, number).state == "closed"
    with bank.register.read() as session:
        found = findings_on_record(session, ["pricing"])
    assert found.found["pricing", number].state.value == "ready_for_verification", "an auditor finds it open"
    assert len(found.doubts) == 1


def test_who_lost_the_role_acts_no_more(known: Bank) -> None:
    number = raised(known)
    handed_in(known, number)
    known.govern(held(risk=["rita", "ruth"]))
    assert code(known, number, "close", "rolf", evidence=PROOF) == "role"
    assert code(known, number, "close", "nobody", evidence=PROOF) == "unknown-person"


def test_agreeing_to_other_words_than_those_proposed_is_refused(known: Bank) -> None:
    number = raised(known)
    acts(known, number, "plan", "olaf")
    with pytest.raises(Refused) as error:
        act(known.desk, number, "plan", person("vera"), Said(agree="sha256:" + "0" * 64))
    assert error.value.code == "stale"


def test_a_dispute_is_decided_by_somebody_else_and_may_end_it(known: Bank) -> None:
    number = raised(known)
    acts(known, number, "dispute", "olaf")
    assert code(known, number, "withdraw", "vera") == "author"
    acts(known, number, "withdraw", "rita")
    assert row_of(known, number).ended == "withdrawn by rita"
    assert known.findings() == []
    other = raised(known)
    acts(known, other, "dispute", "olaf")
    acts(known, other, "uphold", "rita")
    assert code(known, other, "dispute", "olaf") == "decided"


def test_out_of_time_nothing_is_disputed_and_an_undecided_dispute_lapses(known: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = raised(known), raised(known)
    acts(known, first, "dispute", "olaf")
    later(monkeypatch, 11)
    assert code(known, second, "dispute", "olaf") == "late"
    assert code(known, first, "withdraw", "rita") == "state"
    assert [line.split(": ")[1] for line in reopen_findings(known.register)] == [f"finding {first} is open again"]
    assert reopen_findings(known.register) == []
    assert (row_of(known, first).state, on_record(known, first).state.value) == ("open", "open")
    planned(known, first)


def test_an_accepted_risk_is_open_again_by_itself(known: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    number, until = raised(known), days_from_now(known, 30)
    assert agreed(known, number, "accept-risk", "rita", "rolf", until=until, controls="Two people look at each price.").state.value == "risk_accepted"
    assert known.findings() == ["raised-1"], "it is not closed"
    later(monkeypatch, 29)
    assert reopen_findings(known.register) == []
    assert code(known, number, "plan", "olaf") == "state"
    later(monkeypatch, 31)
    planned(known, number)  # though nothing has written yet that it is open
    other = raised(known)
    agreed(known, other, "accept-risk", "rita", "rolf", until=days_from_now(known, 35), controls="as before")
    later(monkeypatch, 36)
    assert len(reopen_findings(known.register)) == 1
    assert row_of(known, other).expires_at is None


def test_a_critical_risk_is_not_accepted_and_a_low_one_by_the_owner_alone(known: Bank) -> None:
    said = {"until": days_from_now(known, 30), "controls": "looked at weekly"}
    assert code(known, raised(known, "critical"), "accept-risk", "rita", **said) == "severity"
    low = raised(known, "low")
    assert code(known, low, "accept-risk", "rita", **said) == "role"
    assert acts(known, low, "accept-risk", "olaf", **said).state.value == "risk_accepted"


def test_a_due_date_moves_once(known: Bank) -> None:
    number = raised(known)
    assert code(known, number, "extend", "rita", until=days_from_now(known, 182)) == "expiry"
    acts(known, number, "extend", "rita", until=days_from_now(known, 179))
    assert code(known, number, "extend", "rita", until=days_from_now(known, 180)) == "decided"


def evidence_digest(bank: Bank) -> str:
    with bank.register.read() as session:
        return str(session.scalars(select(ResultRow.evidence).where(ResultRow.step == "bias")).one())


def test_evidence_is_what_is_on_record_of_this_model_and_a_run_that_passed(known: Bank) -> None:
    number = raised(known)
    planned(known, number)
    acts(known, number, "start", "olaf")
    for wrong in (Evidence(digest="sha256:" + "0" * 64), Evidence(run="manual__9"), Evidence(run="manual__1.0.0"), Evidence(),
                  Evidence(run="manual__1.0.0", text="both")):
        assert code(known, number, "hand-in", "olaf", evidence=wrong) == "evidence"
    release = known.release("1.1.0")
    packed(known.register, release.key, "sha256:" + "7" * 64)
    for evidence, told in ((Evidence(run="manual__1.1.0"), "run pricing.release/manual__1.1.0"), (Evidence(run="pricing.release/manual__1.1.0"), "run pricing"),
                           (Evidence(digest=evidence_digest(known)), "evidence sha256:"), (Evidence(digest="sha256:" + "7" * 64), "evidence sha256:777")):
        acts(known, number, "hand-in", "olaf", evidence=evidence)
        with known.register.read() as session:
            assert findings_on_record(session, ["pricing"]).events["pricing", number][-1]["evidence"].startswith(told)
        acts(known, number, "return", "vera")


def test_what_a_machine_opened_is_due_and_owned_and_ends_by_what_it_observes(known: Bank) -> None:
    with known.register.write() as session:
        open_finding(session, "pricing", "drift", "high", "PSI 0.4")
    number = 1
    row = row_of(known, number)
    assert (row.owner, row.state, row.raised_by, (row.due_at - row.opened_at).days) == ("olaf", "open", None, 90)  # type: ignore[operator]
    for verb in ("close", "dispute", "hand-in", "return", "withdraw"):
        assert code(known, number, verb, "rita", evidence=PROOF) == "state"
    planned(known, number)
    acts(known, number, "start", "olaf")
    assert (row_of(known, number).state, on_record(known, number).raised) == ("in_remediation", False)
    with known.register.write() as session:
        assert close_finding(session, "pricing", "drift", "run monitor-7")
    assert (row_of(known, number).state, row_of(known, number).ended) == ("closed", "closed by observation of run monitor-7")
    assert code(known, number, "extend", "rita", until=days_from_now(known, 100)) == "state"


def test_a_monitor_that_passes_again_closes_what_it_opened(known: Bank) -> None:
    release = known.live("2.0.0")
    assert release.version == "2.0.0"
    with known.register.write() as session:
        open_finding(session, "pricing", "target-differs-production", "critical", "other bytes")
    known.converge()
    assert row_of(known, 1).ended == "closed by observation of the scan of production"


def test_no_step_of_a_run_can_close_a_finding_of_a_person(known: Bank) -> None:
    raised(known)
    record(known.register, known.pin("3.0.0"), StepRecord("bias", "bias", "error"))
    with known.register.write() as session:
        assert not close_finding(session, "pricing", "raised", "a run")
    assert known.findings() == ["raised-1"]


def test_there_is_no_act_on_what_is_not_there(known: Bank) -> None:
    for number, verb, expected in ((99, "close", "gone"), (raised(known), "forget", "act")):
        with pytest.raises(Refused) as error:
            acts(known, number, verb, "rita", evidence=PROOF)
        assert error.value.code == expected


def test_nothing_is_done_to_a_finding_without_a_record(known: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    number = raised(known)
    before = known.tables()

    def refuse(*_arguments: object, **_facts: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(finding_module, "append", refuse)
    for verb in (lambda: raised(known), lambda: acts(known, number, "plan", "olaf"), lambda: acts(known, number, "dispute", "olaf")):
        with pytest.raises(OSError, match="disk full"):
            verb()
        assert known.tables() == before
