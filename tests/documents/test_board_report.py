"""The board report: counts follow from rows, rows from the register, and nothing that is late or missing reads as fine."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from stranger import read, wrong

from bank import person
from finding_world import acts, days_from_now, raised
from modelops_airflow.database import database_time
from modelops_airflow.digest import canonical
from modelops_airflow.documents import Fleet, board_report
from modelops_airflow.documents.fleet_counts import age_of, fleet_counts, meets_all
from modelops_airflow.documents.html import html
from modelops_airflow.documents.markdown import markdown
from modelops_airflow.errors import EvidenceError
from modelops_airflow.governance.incident import Doing, Opening, enter, open_incident
from modelops_airflow.inventory.tables import FindingRow
from modelops_airflow.policy.incident import Act
from modelops_airflow.ui.reads.fleet_facts import fleet_facts

FACTS = json.loads((Path(__file__).parent / "demo" / "fleet.json").read_text())


@pytest.fixture
def house(house: Callable[[], Any]) -> Any:
    """A bank with a model in use, and a finding about it."""
    one = house()
    one.released(name="<script>alert(1)</script>")
    with one.bank.register.write() as session:
        session.add(FindingRow(model_id="pricing", kind="a-test", severity="high", message="<b>40</b> rows are gone"))
    return one


def taken(house: Any, **asked: Any) -> dict[str, Any]:
    return fleet_facts(house.bank.register, house.bank.store, **asked)


def objections(facts: dict[str, Any]) -> list[str]:
    data = canonical(facts)
    return wrong(html(board_report(Fleet(data))), lambda name: {"fleet.json": data}[name])


def test_a_report_of_a_register_leads_to_the_ledger_and_to_evidence(house: Any) -> None:
    facts = taken(house, since=date(2020, 1, 1))
    model, = facts["models"]

    assert objections(facts) == []
    assert (model["id"], model["state"], model["tier"]) == ("pricing", "in_use", int(facts["counts"]["tiers"][0]["tier"]))
    assert 0 <= model["rests_on"] < facts["ledger"]["size"] and len(facts["changes"]) == facts["ledger"]["size"]
    assert facts["counts"]["findings"]["by_severity"][1] == {"severity": "high", "open": 1, "ages": [{"age": "up to a week", "open": 1}, {"age": "up to a month", "open": 0},
                                                                                                {"age": "up to a quarter", "open": 0}, {"age": "older", "open": 0}]}


def test_nobodys_words_become_markup(house: Any) -> None:
    page = html(board_report(Fleet(canonical(taken(house)))))

    assert "<b>40</b>" not in page and "&lt;b&gt;40&lt;/b&gt; rows" in page
    assert "&lt;b&gt;" in page and "<script" not in page


def test_models_that_the_reader_may_not_see_are_a_gap_and_are_not_counted(house: Any) -> None:
    facts = taken(house, ids=[])

    assert (facts["hidden"], facts["counts"]["models"]) == (1, 0)
    assert "may not see are not counted" in markdown(board_report(Fleet(canonical(facts))))


def test_without_the_day_of_the_last_report_what_changed_is_a_gap(house: Any) -> None:
    assert "the day of the last report was not given" in markdown(board_report(Fleet(canonical(taken(house))))).replace("\\", "")


@pytest.mark.parametrize("change", [
    lambda facts: facts["counts"].update(models=1), lambda facts: facts["models"].pop(), lambda facts: facts["counts"]["requirements"].update(met=99),
    lambda facts: facts["counts"]["tiers"][0].update(meet_all=7), lambda facts: facts.pop("counts"), lambda facts: facts.update(form="fleet/v0"), lambda facts: facts.pop("models"),
])
def test_counts_that_do_not_follow_from_their_rows_have_no_report(change: Callable[[dict[str, Any]], Any]) -> None:
    facts = json.loads(json.dumps(FACTS))
    assert board_report(Fleet(canonical(facts))), "the control"
    change(facts)

    with pytest.raises(EvidenceError):
        Fleet(canonical(facts))
    with pytest.raises(EvidenceError):
        Fleet(b"[]")


def test_a_model_of_which_nothing_was_asked_meets_nothing() -> None:
    asked = [{"status": "met"}, {"status": "waived"}]

    assert meets_all({"requirements": asked}) and not meets_all({"requirements": []})
    assert not any(meets_all({"requirements": [*asked, {"status": one}]}) for one in ("not met", "overdue", "not tested"))


@pytest.mark.parametrize(("days", "words"), [(0, "up to a week"), (7, "up to a week"), (8, "up to a month"), (90, "up to a quarter"), (91, "older")])
def test_an_age_has_one_word(days: int, words: str) -> None:
    assert age_of(days) == words


def test_what_is_late_is_told_at_the_model_and_counted() -> None:
    facts = json.loads(json.dumps(FACTS))
    facts["models"][5] |= {"review": "2026-01-01T00:00:00Z", "review_overdue": True, "gates_open": 2, "gates_overdue": 1}
    facts["models"][5]["requirements"][0]["status"] = "overdue"
    facts["counts"] = fleet_counts(facts)
    text = markdown(board_report(Fleet(canonical(facts)))).replace("\\", "")

    assert objections(facts) == []
    assert "the review was due at" in text and "of [2](#e1" in text
    assert facts["counts"]["requirements"]["overdue"] == 1 and facts["counts"]["tiers"][0]["meet_all"] == 0


def test_a_kind_of_severity_that_nobody_knows_is_counted_too() -> None:
    facts = json.loads(json.dumps(FACTS))
    facts["findings"] = [{"model": "credit-risk", "kind": "x", "severity": "odd", "message": "y", "opened_at": "2026-01-01T00:00:00Z", "days": 400}]

    assert fleet_counts(facts)["findings"]["by_severity"][-1]["severity"] == "odd"
    assert len(read(html(board_report(Fleet(canonical(facts | {"counts": fleet_counts(facts)}))))).links) > 50


def test_findings_have_state_and_due_date_and_accepted_risks_owe_nothing(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number, accepted = raised(house.bank, "medium"), raised(house.bank, "medium")
    acts(house.bank, accepted, "accept-risk", "rita", controls="By hand.", until=days_from_now(house.bank, 300))
    monkeypatch.setattr(import_module("modelops_airflow.ui.reads.fleet_facts"), "database_time", lambda session: database_time(session) + timedelta(days=200))
    facts = taken(house)
    told = {one["kind"]: one for one in facts["findings"]}
    text = markdown(board_report(Fleet(canonical(facts)))).replace("\\", "")

    assert objections(facts) == [] and accepted == number + 1
    assert [(told[one]["state"], told[one]["overdue"]) for one in ("raised-1", "raised-2", "a-test")] == [("open", True), ("risk accepted", False), ("open", True)]
    assert (facts["counts"]["findings"]["overdue"], facts["counts"]["findings"]["accepted"]) == (2, 1)
    assert "raised-1" in text[text.index("Overdue"):] and "raised-2" not in text[text.index("Overdue"):]


def test_open_incidents_are_told_with_the_notices_that_they_owe_and_where_the_ledger_has_them(house: Any) -> None:
    known = datetime.now(UTC) - timedelta(days=40)
    number, other = (open_incident(house.bank.desk, person("dana"), Opening("serious", "high", ["pricing"], known, "Peter Schmidt", "x")) for _ in range(2))
    for act in (Act.CAUSE, Act.CORRECTED):
        enter(house.bank.desk, other, person("dana"), Doing(act, "done"))
    notice = Doing(Act.NOTIFIED, "sent", clock="eu-serious-incident", report="sha256:" + "0" * 64, sent_at=known, authority="BNetzA")
    enter(house.bank.desk, other, person("olaf"), notice)
    enter(house.bank.desk, other, person("vera"), Doing(Act.CLOSED, "done"))
    facts = taken(house)
    one, = facts["incidents"]
    page = html(board_report(Fleet(canonical(facts))))

    assert objections(facts) == [] and "Schmidt" not in page
    assert (one["number"], one["models"], one["notices"], one["notices_late"]) == (number, "pricing", 1, 1) and one["rests_on"] < facts["ledger"]["size"]
    assert facts["counts"]["incidents"] == {"open": 1, "notices": 1, "notices_late": 1}
    assert taken(house, ids=["another"])["incidents"] == []
