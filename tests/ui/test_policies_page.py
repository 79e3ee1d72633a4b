"""The page Policies: each model as it stood on a day, only models that the reader may see, and nothing unknown that looks well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from policy_ledger import defined, released, tell
from sqlalchemy import event
from ui_bank import Bank, ago, unguarded

from modelops_airflow.inventory.tables import ModelRow

Login = Callable[[str], TestClient]


@pytest.fixture
def told(bank: Bank) -> Bank:
    tell(bank)
    return bank


def asked(client: TestClient, path: str = "", **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/policies{path}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def cells(body: dict[str, Any], pack: str) -> dict[str, tuple[str, str | None]]:
    return {row["id"]: (row["packs"][pack]["answer"], row["packs"][pack]["worst"]) for row in body["items"] if pack in row["packs"]}


def test_each_model_is_told_with_the_worst_of_its_controls(login: Login, told: Bank) -> None:
    body = asked(login("risk-1"))
    assert cells(body, "fair-lending") == {
        "card-fraud": ("no", "not tested"), "credit-risk": ("yes", "satisfied"), "income-screen": ("no", "not satisfied"), "pricing-rules": ("no", "overdue")}
    assert cells(body, "next-year")["credit-risk"] == ("not asked", None)
    assert next(row for row in body["items"] if row["id"] == "credit-risk")["packs"]["draft-guidance"]["draft"]
    churn = next((row for row in asked(login("admin"))["items"] if row["id"] == "churn"), None)
    assert churn is not None and churn["packs"] == {} and churn["trouble"].startswith("its file was broken since ")


def test_a_day_before_says_what_was_so_then(login: Login, told: Bank) -> None:
    client = login("risk-1")
    before = asked(client, on=ago(days=34).date().isoformat())
    assert cells(before, "fair-lending") == dict.fromkeys(("card-fraud", "credit-risk", "income-screen", "pricing-rules"), ("no", "not tested"))
    assert cells(asked(client, on=ago(days=200).date().isoformat()), "fair-lending")["pricing-rules"] == ("no", "not tested")
    assert cells(asked(client, on=ago(days=500).date().isoformat()), "fair-lending") == {}


def test_one_model_has_its_evidence_its_next_step_and_its_history(login: Login, told: Bank) -> None:
    client = login("risk-1")
    body = asked(client, "/pricing-rules")
    controls = {one["control"]: one for pack in body["packs"] for one in pack["controls"]}
    assert (controls["FAIR-RATIO"]["status"], controls["FAIR-RATIO"]["lacking"][0]["next"]) == ("overdue", "run the review")
    assert [(one["what"], bool(one["digest"])) for one in controls["FAIR-SIGN"]["evidence"]] == [("approve by risk-2 as risk at approve-risk", True)]
    assert controls["FAIR-SIGN"]["status"] == "not tested" and body["in_use"][0]["version"] == "2025-11"
    history = {one["control"]: [each["status"] for each in one["stretches"]] for one in asked(client, "/pricing-rules/history")["controls"]}
    assert history["FAIR-RATIO"] == ["not tested", "satisfied", "overdue"]


def test_pages_follow_each_other_and_a_text_narrows_them(login: Login, told: Bank) -> None:
    client = login("risk-1")
    first = asked(client, limit=2)
    second = asked(client, limit=2, after=first["next"])
    assert [row["id"] for row in (*first["items"], *second["items"])] == ["card-fraud", "churn", "credit-risk", "income-screen"]
    assert [row["id"] for row in asked(client, q="retail-credit")["items"]] == ["credit-risk", "pricing-rules"]


@pytest.mark.parametrize("on", ["2026-02-30", "yesterday", "2026-03-01T12:00", "9999-12-31T23:59:59-23:00"])
def test_what_is_no_day_is_refused(login: Login, told: Bank, on: str) -> None:
    answer = login("risk-1").get("/api/v1/policies", params={"on": on})
    assert answer.status_code == 422 and answer.json()["error"]["next_step"] == "choose a day such as 2027-12-02"


def test_whom_airflow_shows_no_dag_of_a_model_sees_nothing_of_it(login: Login, told: Bank) -> None:
    assert "secret-model" not in [row["id"] for row in asked(login("risk-1"))["items"]]
    assert "secret-model" in [row["id"] for row in asked(login("admin"))["items"]]
    assert login("risk-1").get("/api/v1/policies/secret-model").status_code == 404
    assert login("risk-1").get("/api/v1/policies/secret-model/history").status_code == 404


def test_a_page_reads_no_other_models_than_its_own(login: Login, told: Bank) -> None:
    with told.register.write() as session, unguarded(session):
        for number in range(60):
            session.add(ModelRow(id=f"m{number:04}", name=f"Model {number}", tier=2, owner="credit-owner", kind="skops", file="f", source="",
                                 dags=[{"lifecycle": "release", "dag_id": "credit-risk.release", "schedule": None}], seen_at=ago(seconds=1)))
        session.flush()
        for number in range(60):
            defined(session, f"m{number:04}", 30)
        released(told, session, "m0001", "1.0.0", 20, ratio=0.9, psi=0.05, votes=("risk-1", "risk-2"), attested=True)
    client, read = login("risk-1"), []
    event.listen(told.register.engine, "before_cursor_execute", lambda _c, _k, statement, parameters, *_: read.append((statement, parameters)))
    body = asked(client, q="model", limit=5)
    assert (body["found"], [row["id"] for row in body["items"]]) == (60, [f"m000{number}" for number in range(5)])
    assert cells(body, "fair-lending")["m0001"] == ("yes", "satisfied")
    of_events = [parameters for statement, parameters in read if "FROM modelops_event" in statement]
    assert of_events and "m0004" in str(of_events) and "m0005" not in str(of_events)
