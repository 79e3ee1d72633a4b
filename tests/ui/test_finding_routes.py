"""Findings over the API: who sees them, what they are told they may do, and how an act of a wrong person is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ui_bank import Bank

from modelops_airflow.governance.versions import open_finding
from modelops_airflow.ui.api import findings as routes
from modelops_airflow.ui.reads import clock, fleet

Login = Callable[[str], TestClient]
MODEL = "pricing-rules"


def opened(login: Login, severity: str = "high", who: str = "validator-1", model: str = MODEL) -> int:
    answer = login(who).post(f"/api/v1/models/{model}/findings", json={"severity": severity, "title": "Monotonicity", "text": "It falls."})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def acts(login: Login, number: int, who: str, act: str, **said: Any) -> Any:
    return login(who).post(f"/api/v1/findings/{number}/acts", json={"act": act, **said})


def page(login: Login, number: int, who: str = "validator-1") -> dict[str, Any]:
    return dict(login(who).get(f"/api/v1/findings/{number}").json())


def may(told: dict[str, Any]) -> list[str]:
    return sorted(one["act"] for one in told["acts"] if not one["why_not"])


def planned(login: Login, number: int) -> None:
    told = acts(login, number, "pricing-owner", "plan", words="Bound the price by a test.").json()
    answer = acts(login, number, "risk-1", "plan", agree=told["proposal"]["terms"])
    assert answer.status_code == 201, answer.text


def test_the_whole_way_over_the_api(login: Login) -> None:
    number = opened(login)
    told = page(login, number, "pricing-owner")
    assert (told["state"], told["owner"], told["raised_by"], told["blocks"]) == ("open", "pricing-owner", "validator-1", "approval")
    assert may(told) == ["dispute", "plan"]
    assert may(page(login, number)) == ["accept-risk", "extend", "plan"]
    planned(login, number)
    assert acts(login, number, "pricing-owner", "start").status_code == 201
    handed = acts(login, number, "pricing-owner", "hand-in", words="Mended.", evidence={"text": "A test on the branch."})
    assert handed.json()["state"] == "ready_for_verification"
    assert may(page(login, number)) == ["close", "extend", "return"]
    closed = acts(login, number, "validator-2", "close", words="Seen.", evidence={"run": "pricing-rules.release/manual__1"})
    assert closed.status_code == 201, closed.text
    told = closed.json()
    assert (told["state"], told["ended"], told["next_step"], told["acts"]) == ("closed", "closed by validator-2", "", [])
    assert [one["act"] for one in told["history"]] == ["open", "plan", "plan", "start", "hand-in", "close"]
    assert told["history"][4]["evidence"] == {"kind": "text", "reference": told["history"][4]["evidence"]["reference"], "text": "A test on the branch."}


@pytest.mark.parametrize(("who", "act", "status", "code"), [
    ("auditor-1", "plan", 403, "role"), ("credit-dev", "plan", 403, "role"), ("pricing-owner", "start", 409, "state"),
    ("risk-1", "dispute", 403, "role"), ("stranger", "plan", 403, "unknown-person"),
])
def test_who_may_not_is_told_why_and_it_is_on_record(login: Login, who: str, act: str, status: int, code: str) -> None:
    number = opened(login)
    answer = acts(login, number, who, act, words="a try")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert page(login, number)["state"] == "open"


def test_what_lacks_words_or_evidence_or_a_day_is_bad_input(login: Login) -> None:
    number = opened(login)
    for said in ({"act": "dispute"}, {"act": "dispute", "words": "x" * 2001}, {"act": "forget"}, {"act": "plan", "words": "a\u202eb"}, {"act": "plan", "evidence": {"path": "/etc"}}):
        assert login("pricing-owner").post(f"/api/v1/findings/{number}/acts", json=said).status_code == 422, said
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert acts(login, number, "risk-1", "accept-risk", words="w", controls="c", until=past).status_code == 422


def test_a_finding_of_a_model_that_one_may_not_see_does_not_exist(login: Login) -> None:
    answer = login("validator-1").post("/api/v1/models/secret-model/findings", json={"severity": "low", "title": "t", "text": "t"})
    assert answer.status_code == 404
    number = opened(login)
    assert login("validator-1").get(f"/api/v1/findings/{number + 1000}").status_code == 404


def test_the_list_is_filtered_and_the_most_urgent_comes_first(login: Login, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    low, critical = opened(login, "low"), opened(login, "critical")
    with bank.register.write() as session:
        open_finding(session, "card-fraud", "target-trouble", "high", "gone")
    listed = login("risk-1").get("/api/v1/findings").json()
    assert listed["items"][0]["id"] == critical
    assert listed["items"][-1]["id"] == low
    only = login("risk-1").get(f"/api/v1/findings?model={MODEL}&severity=critical&open=true").json()["items"]
    assert [one["id"] for one in only] == [critical]
    assert login("risk-1").get("/api/v1/findings?overdue=true").json()["items"] == []
    monkeypatch.setattr(routes, "now", lambda: clock.now() + timedelta(days=31))
    late = login("risk-1").get("/api/v1/findings?overdue=true").json()["items"]
    assert [(one["id"], one["overdue"], one["plan_overdue"]) for one in late] == [(critical, True, True)]


def test_pages_of_the_list_lose_and_repeat_nothing(login: Login) -> None:
    numbers = {opened(login, severity) for severity in ("low", "high", "medium")}
    found, after = [], ""
    while True:
        told = login("risk-1").get(f"/api/v1/findings?model={MODEL}&limit=1{after}").json()
        found += [one["id"] for one in told["items"]]
        if told["next"] is None:
            break
        after = f"&after={told['next']}"
    assert sorted(found) == sorted(numbers)


def test_an_overdue_finding_makes_its_model_overdue_though_nothing_runs(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(login, model="income-screen")

    def row() -> dict[str, Any]:
        return next(one for one in login("risk-1").get("/api/v1/models").json()["items"] if one["id"] == "income-screen")

    assert (row()["overdue"], row()["late_findings"], row()["findings"]) == ([], [], {"high": 1})
    monkeypatch.setattr(fleet, "now", lambda: clock.now() + timedelta(days=91))
    assert "finding" in row()["overdue"]
    assert row()["late_findings"] == ["high"]


def test_the_model_page_says_who_may_open_one_and_shows_what_there_is(login: Login) -> None:
    number = opened(login)
    told = login("pricing-owner").get(f"/api/v1/models/{MODEL}").json()
    assert told["why_not"]["finding"]
    assert login("risk-1").get(f"/api/v1/models/{MODEL}").json()["why_not"]["finding"] == ""
    assert told["findings"][0]["id"] == number
    assert told["findings"][0]["history"][0]["by"] == "validator-1"


def test_a_gate_says_which_findings_hold_its_approval_up(login: Login, bank: Bank) -> None:
    number = opened(login, model="credit-risk")
    gate = login("risk-1").get(f"/api/v1/approvals/{bank.gates['credit']}").json()
    assert [(one["finding"], one["unless_conditions"]) for one in gate["held_up"]] == [(number, False)]
    answer = login("risk-1").post(f"/api/v1/approvals/{gate['id']}/decisions", json={"decision": "approve", "subject": gate["subject"], "comment": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "finding")


def test_what_was_forged_into_a_row_is_not_shown(login: Login, bank: Bank) -> None:
    number = opened(login, "critical")
    with bank.register.write() as session:
        from sqlalchemy import text

        session.execute(text("UPDATE modelops_finding SET closed_at = CURRENT_TIMESTAMP, state = 'closed' WHERE id = :id"), {"id": number})
    told = page(login, number)
    assert (told["state"], told["closed_at"], told["blocks"]) == ("open", None, "use")
