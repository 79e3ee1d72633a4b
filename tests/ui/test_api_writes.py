"""Decisions and stops over the API: who may, over what they saw, and that refusals are on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ui_bank import GOVERNANCE, Bank

from modelops_airflow.governance.activate import propose
from modelops_airflow.inventory.tables import VersionRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.ui.api import actions

Login = Callable[[str], TestClient]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """DAGs that were started, in place of Airflow's scheduler: (user, DAG)."""
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(actions, "start", lambda user, dag_id, run_id: seen.append((user.get_name(), dag_id)))
    monkeypatch.setattr(actions, "nudge_sync", lambda: seen.append(("system", "modelops.sync")))
    return seen


def decide(client: TestClient, bank: Bank, gate: str = "credit", decision: str = "approve", **changes: Any) -> Any:
    number = bank.gates[gate]
    body = {"decision": decision, "comment": "seen", "subject": bank.subject(number)} | changes
    return client.post(f"/api/v1/approvals/{number}/decisions", json=body)


def denied(bank: Bank) -> list[str]:
    with bank.register.read() as session:
        rows = session.query(EventRow).where(EventRow.outcome == "denied").order_by(EventRow.index)
        return [json.loads(row.body)["facts"]["code"] for row in rows]


def test_mine_come_first_and_others_say_why_not(login: Login, bank: Bank) -> None:
    items = login("risk-1").get("/api/v1/approvals").json()["items"]
    assert [(item["id"], item["may_decide"]) for item in items] == [(bank.gates["credit"], True), (bank.gates["pricing"], False)]
    assert "holds none of the roles" in items[1]["why_not"]
    author = login("credit-dev").get("/api/v1/approvals").json()
    assert author["mine"] == 0
    assert "authors" in author["items"][-1]["why_not"] + author["items"][0]["why_not"]
    assert [item["id"] for item in login("risk-1").get("/api/v1/approvals?mine=true").json()["items"]] == [bank.gates["credit"]]


def test_the_gate_shows_evidence_changes_and_attempts(login: Login, bank: Bank) -> None:
    page = login("risk-1").get(f"/api/v1/approvals/{bank.gates['credit']}").json()
    assert page["question"] == "May Retail credit default 3.2.0 go into use?"
    assert (page["since"], len(page["attempts"]), page["loosened"]) == ("3.1.0", 1, [])
    changed = {one["what"]: (one["before"], one["after"]) for one in page["changes"]}
    assert changed["drift requires psi"] == ("warn >= 0.1, fail >= 0.25", "warn >= 0.08, fail >= 0.25")
    assert "artifact" in changed
    assert {result["step"] for result in page["results"]} == {"drift", "bias", "performance", "data-quality"}


def test_two_persons_approve_and_the_gate_is_approved(login: Login, bank: Bank) -> None:
    first = decide(login("risk-1"), bank)
    assert (first.status_code, first.json()["state"], first.json()["roles"][0]["have"]) == (201, "open", 1)
    second = decide(login("risk-2"), bank)
    assert (second.status_code, second.json()["state"]) == (201, "approved")
    with bank.register.read() as session:
        assert session.query(VersionRow).where(VersionRow.version == "3.2.0").one().state == "approved"


@pytest.mark.parametrize(
    ("user", "status", "code"),
    [("credit-dev", 403, "author"), ("stranger", 403, "unknown-person"), ("validator-1", 409, "decided"), ("auditor-1", 403, "role")],
)
def test_who_may_not_decide_is_refused_and_it_is_on_record(login: Login, bank: Bank, user: str, status: int, code: str) -> None:
    answer = decide(login(user), bank)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert denied(bank) == [code]
    assert bank.decisions(bank.gates["credit"]) == []


def test_a_stale_subject_is_409(login: Login, bank: Bank) -> None:
    answer = decide(login("risk-1"), bank, subject="sha256:" + "0" * 64)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale")
    assert denied(bank) == ["stale"]


def test_nobody_decides_twice(login: Login, bank: Bank) -> None:
    decide(login("risk-1"), bank)
    assert decide(login("risk-1"), bank).status_code == 409


def test_a_rejection_needs_a_comment_and_closes_the_gate(login: Login, bank: Bank) -> None:
    assert decide(login("risk-1"), bank, decision="reject", comment=" ").status_code == 422
    assert decide(login("risk-1"), bank, decision="reject", comment="drift of duration is not explained").status_code == 201
    assert (decide(login("risk-2"), bank).json()["error"]["code"]) == "closed"


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\x1b", "\x00", "\ufeff", "\r"])
def test_a_text_that_reads_otherwise_than_it_is_stored_is_refused(login: Login, bank: Bank, hidden: str) -> None:
    client, text = login("risk-1"), f"no objections{hidden} whatsoever"

    answer = decide(client, bank, comment=text)

    assert answer.status_code == 422
    assert f"U+{ord(hidden):04X}" in answer.json()["error"]["message"]
    assert bank.decisions(bank.gates["credit"]) == []
    decision = decide(client, bank, comment="read the report,\n\tand the plots: größer als früher").json()["decisions"][0]["id"]
    assert client.post(f"/api/v1/decisions/{decision}/withdrawal", json={"comment": text}).status_code == 422
    body = {"environment": "production", "reason": text}
    assert client.post("/api/v1/models/credit-risk/suspend", json=body).status_code == 422


@pytest.mark.parametrize(("user", "model", "refused"), [
    ("risk-1", "credit-risk", {"release"}), ("credit-dev", "credit-risk", {"rollback", "retire"}),
    ("pricing-owner", "pricing-rules", {"release", "suspend", "rollback", "retire"}), ("stranger", "credit-risk", {"release", "suspend", "rollback", "retire"}),
])
def test_the_page_says_beforehand_which_acts_the_server_refuses(login: Login, user: str, model: str, refused: set[str]) -> None:
    client = login(user)
    told = client.get(f"/api/v1/models/{model}").json()["why_not"]
    bodies = {"release": {}, "suspend": {"environment": "nowhere", "reason": "x"},
              "rollback": {"environment": "nowhere", "version": "1", "reason": "x"}, "retire": {"version": "no such", "reason": "x"}}

    answers = {act: client.post(f"/api/v1/models/{model}/{act}", json=body).status_code for act, body in bodies.items()}

    why_not = {act: told[act] for act in bodies}
    assert told.keys() - bodies.keys() == {"finding", "revoke", "waiver"} and told["waiver"] == "it is no legacy model"
    assert {act for act, reason in why_not.items() if reason} == {act for act, status in answers.items() if status == 403}
    assert {act for act, reason in why_not.items() if reason} == refused


def test_only_the_author_of_a_decision_takes_it_back(login: Login, bank: Bank) -> None:
    decision = decide(login("risk-1"), bank).json()["decisions"][0]["id"]
    assert login("risk-2").post(f"/api/v1/decisions/{decision}/withdrawal", json={}).status_code == 403
    answer = login("risk-1").post(f"/api/v1/decisions/{decision}/withdrawal", json={"comment": "second thoughts"})
    assert (answer.status_code, answer.json()["roles"][0]["have"]) == (201, 0)


def test_release_starts_the_dag_as_the_caller_and_records_who_pressed(login: Login, bank: Bank, started: list[tuple[str, str]]) -> None:
    answer = login("credit-dev").post("/api/v1/models/credit-risk/release", json={})
    assert (answer.status_code, answer.json()["dag_id"]) == (201, "credit-risk.release")
    assert started == [("credit-dev", "credit-risk.release")]
    with bank.register.read() as session:
        assert session.query(EventRow).where(EventRow.kind == "run-requested").count() == 1


def test_release_needs_airflows_right_to_trigger(login: Login, started: list[tuple[str, str]]) -> None:
    answer = login("risk-1").post("/api/v1/models/credit-risk/release", json={})
    assert answer.status_code == 403
    assert started == []


def test_one_person_suspends_and_the_target_follows(login: Login, bank: Bank, started: list[tuple[str, str]]) -> None:
    body = {"environment": "production", "reason": "complaints from branches"}
    assert login("risk-1").post("/api/v1/models/credit-risk/suspend", json=body).status_code == 201
    assert started == [("system", "modelops.sync")]
    row = next(item for item in login("risk-1").get("/api/v1/models").json()["items"] if item["id"] == "credit-risk")
    assert row["state"] == "suspended"
    again = login("risk-1").post("/api/v1/models/credit-risk/suspend", json=body)
    assert again.status_code == 409


def test_a_stop_needs_a_reason_and_a_role(login: Login) -> None:
    body = {"environment": "production", "reason": "  "}
    assert login("risk-1").post("/api/v1/models/credit-risk/suspend", json=body).status_code == 422
    body["reason"] = "because"
    assert login("stranger").post("/api/v1/models/credit-risk/suspend", json=body).status_code == 403


def test_rollback_to_a_version_that_was_never_live_is_409(login: Login) -> None:
    body = {"environment": "production", "version": "9.9", "reason": "go back"}
    answer = login("risk-1").post("/api/v1/models/credit-risk/rollback", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "never-live")


def test_retire(login: Login, bank: Bank) -> None:
    body = {"version": None, "reason": "replaced"}
    assert login("credit-dev").post("/api/v1/models/pricing-rules/retire", json=body).status_code == 403
    assert login("risk-1").post("/api/v1/models/pricing-rules/retire", json=body).status_code == 201
    row = next(item for item in login("risk-1").get("/api/v1/models").json()["items"] if item["id"] == "pricing-rules")
    assert row["state"] == "retired"


def test_a_changed_approver_list_waits_for_the_control_side(login: Login, bank: Bank) -> None:
    changed = json.loads(json.dumps(GOVERNANCE))
    changed["roles"]["risk"]["held_by"] = ["risk-1", "risk-2", "pricing-owner"]
    assert propose(bank.register, changed, "git") == "pending"
    shown = login("risk-1").get("/api/v1/governance").json()
    assert [one["what"] for one in shown["changes"]] == ["roles.risk.held_by"]
    body = {"digest": shown["pending"]["digest"]}
    assert login("credit-dev").post("/api/v1/governance/activation", json=body).status_code == 403
    assert login("risk-1").post("/api/v1/governance/activation", json={"digest": "sha256:" + "0" * 64}).status_code == 409
    assert login("risk-1").post("/api/v1/governance/activation", json=body).status_code == 201
    assert login("risk-1").get("/api/v1/governance").json()["pending"] is None


def test_a_change_of_who_somebody_is_waits_for_a_second_person(login: Login, bank: Bank) -> None:
    changed = json.loads(json.dumps(GOVERNANCE))
    changed["people"]["risk-2"]["login"]["simple"] = "somebody-else"
    assert propose(bank.register, changed, "git") == "pending"
    shown = login("risk-1").get("/api/v1/governance").json()
    assert (shown["needed"], shown["may_activate"], shown["pending"]["confirmed_by"]) == (2, True, [])
    assert not login("risk-2").get("/api/v1/governance").json()["may_activate"]
    body = {"digest": shown["pending"]["digest"]}
    assert login("risk-1").post("/api/v1/governance/activation", json=body).json()["state"] == "pending"
    shown = login("risk-1").get("/api/v1/governance").json()
    assert (shown["needed"], shown["may_activate"], shown["pending"]["confirmed_by"]) == (2, False, ["risk-1"])
    assert login("risk-1").post("/api/v1/governance/activation", json=body).status_code == 409
    assert login("validator-1").post("/api/v1/governance/activation", json=body).json()["state"] == "active"
    assert login("risk-1").get("/api/v1/governance").json()["needed"] == 1
