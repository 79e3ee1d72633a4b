"""A legacy model on the pages: in use and not approved, red from the day on that its waiver ends, whoever is dead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ui_bank import Bank

from modelops_airflow.governance.legacy_findings import watch_legacy
from modelops_airflow.inventory.tables import FindingRow, ModelRow
from modelops_airflow.ui.api import actions
from modelops_airflow.ui.reads import clock, fleet

Login = Callable[[str], TestClient]
TERMS = "sha256:" + "7" * 64


@pytest.fixture(autouse=True)
def unscheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "nudge_sync", lambda: None)  # no scheduler runs in these tests


def row(login: Login, model: str = "brought", who: str = "risk-1") -> dict[str, Any]:
    return next(one for one in login(who).get("/api/v1/models").json()["items"] if one["id"] == model)


def brought(bank: Bank, *, days: int = 30, model: str = "brought") -> None:
    with bank.register.write() as session:
        session.add(ModelRow(id=model, name=model, tier=2, owner="pricing-owner", kind="rules", file=f"dags/models/{model}.yaml", source="x"))
    bank.declare_legacy(model, TERMS, days=days)


def accept(login: Login, who: str = "risk-1", terms: str = TERMS) -> Any:
    return login(who).post("/api/v1/models/brought/waiver", json={"terms": terms, "reason": "for a quarter"})


def test_it_is_in_use_legacy_and_approved_by_nobody(login: Login, bank: Bank) -> None:
    before = login("risk-1").get("/api/v1/models").json()["counts"]
    brought(bank)
    assert accept(login).status_code == 201
    one, counts = row(login), login("risk-1").get("/api/v1/models").json()["counts"]
    assert (one["state"], one["approved_by"], one["findings"]) == ("legacy", [], {})
    assert (one["legacy"]["standing"], one["legacy"]["accepted_by"], one["legacy"]["environment"]) == ("waived", "risk-1", "production")
    assert (counts["legacy"], before["legacy"], counts["in_use"]) == (1, 0, before["in_use"])
    assert [item["id"] for item in login("risk-1").get("/api/v1/models?state=legacy").json()["items"]] == ["brought"]
    assert "brought" not in [item["id"] for item in login("risk-1").get("/api/v1/models?state=in_use").json()["items"]]


def test_before_it_is_accepted_and_after_it_ended_it_is_a_finding_though_nothing_ever_wrote_one(
        login: Login, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(bank)
    assert row(login)["findings"] == {"high": 1}
    accept(login)
    assert row(login)["findings"] == {}
    monkeypatch.setattr(fleet, "now", lambda: clock.now() + timedelta(days=32))
    late = row(login)
    assert (late["findings"], late["legacy"]["standing"]) == ({"critical": 1}, "expired")
    page = login("risk-1").get("/api/v1/models/brought").json()
    assert [(one["kind"], one["severity"]) for one in page["findings"]] == [("legacy-waiver-ended", "critical")]
    with bank.register.read() as session:
        assert session.query(FindingRow).where(FindingRow.model_id == "brought").all() == []


def test_what_the_scheduler_wrote_is_not_counted_twice(login: Login, bank: Bank) -> None:
    brought(bank)
    watch_legacy(bank.register)
    assert row(login)["findings"] == {"high": 1}
    assert len(login("risk-1").get("/api/v1/models/brought").json()["findings"]) == 1


def test_a_page_says_beforehand_who_may_not_accept(login: Login, bank: Bank) -> None:
    brought(bank)
    why = {who: login(who).get("/api/v1/models/brought").json()["why_not"]["waiver"] for who in ("risk-1", "pricing-owner", "auditor-1")}
    assert why == {"risk-1": "", "pricing-owner": "a person of the control side accepts a waiver", "auditor-1": "a person of the control side accepts a waiver"}
    assert [accept(login, who).status_code for who in ("pricing-owner", "auditor-1", "risk-1")] == [403, 403, 201]
    assert "accepted already" in login("risk-1").get("/api/v1/models/brought").json()["why_not"]["waiver"]


def test_other_terms_are_a_conflict_and_a_revocation_is_at_once_critical(login: Login, bank: Bank) -> None:
    brought(bank)
    assert accept(login, terms="sha256:" + "0" * 64).status_code == 409
    assert accept(login).status_code == 201
    assert login("validator-1").post("/api/v1/models/brought/waiver/revocation", json={"reason": "it errs"}).status_code == 201
    assert row(login)["findings"] == {"critical": 1}


def test_a_model_without_life_cycles_is_seen_by_its_owner_and_the_control_side_alone(login: Login, bank: Bank) -> None:
    brought(bank)
    seen = {who: login(who).get("/api/v1/models/brought").status_code for who in ("risk-1", "pricing-owner", "auditor-1", "credit-dev", "stranger")}
    assert seen == {"risk-1": 200, "pricing-owner": 200, "auditor-1": 200, "credit-dev": 404, "stranger": 404}
    assert "brought" not in [one["id"] for one in login("stranger").get("/api/v1/models").json()["items"]]


def test_models_that_are_none_show_nothing_of_it(login: Login, bank: Bank) -> None:
    brought(bank)
    assert row(login, "credit-risk")["legacy"] is None
    assert login("risk-1").post("/api/v1/models/credit-risk/waiver", json={"terms": TERMS, "reason": "why not"}).status_code == 409
