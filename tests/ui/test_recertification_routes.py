"""Who sees how far re-certification is, and who may pause it, resume it and retry what failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from ui_bank import Bank, unguarded

from modelops_airflow.governance.claim import claim
from modelops_airflow.governance.documents import fetch
from modelops_airflow.governance.pause import PAUSED, paused
from modelops_airflow.governance.settle import ENDED
from modelops_airflow.inventory.tables import CampaignRow, ModelRow, RecertificationRow, RunRow
from modelops_airflow.ledger import EventRow, append

Login = Callable[[str], TestClient]
PATH = "/api/v1/recertification"


def later(**ago: float) -> str:
    return f"{datetime.now(UTC) + timedelta(**ago):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def queued(bank: Bank) -> list[str]:
    """Each model of the bank that ever ran, on the queue: one done, one failed, the rest waits."""
    with bank.register.write() as session, unguarded(session):
        session.add(CampaignRow(id=1, inputs="sha256:1", looked_at=9, affected=9, unreadable=0))
        session.flush()
        runs = {run.model_id: run.id for run in session.scalars(select(RunRow).order_by(RunRow.id))}
        for model, run in sorted(runs.items()):
            row = session.get_one(ModelRow, model)
            session.add(RecertificationRow(campaign=1, model_id=model, cause=f"sha256:{model}", standing=run, before="b", after="a", verdict_before="pass",
                                           expected="fail", tier=row.tier or 3, dag_id=f"{model}.review", changes=["psi: tighter"]))
        session.flush()
        first, second = session.scalars(select(RecertificationRow).order_by(RecertificationRow.id).limit(2))
        first.state, first.verdict, first.run_id = "done", "pass", "recertify__1_1_ab"
        ends(session, first)
        second.state, second.reason = "failed", "its run ended without a decision"
    return sorted(runs)


def ends(session: Session, row: RecertificationRow, **otherwise: Any) -> None:
    """The ledger's word of how a row ended."""
    append(session, ENDED, {"attempt": row.attempt, "cause": row.cause, "dag": row.dag_id, "run": row.run_id, "state": row.state, "verdict": row.verdict,
                            **otherwise}, model_id=row.model_id)


def asked(client: TestClient) -> dict[str, Any]:
    answer = client.get(PATH)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_progress_counts_what_is_done_by_tier_and_says_why_something_failed(login: Login, queued: list[str]) -> None:
    told = asked(login("auditor-1"))
    assert (told["of"], told["done"], told["failed"], told["waiting"]) == (len(queued), 1, 1, len(queued) - 2)
    assert sum(one["done"] for one in told["tiers"].values()) == 1
    assert told["budget"]["per_day"] == 100 and told["days_left"] == 1
    assert [(one["model"], one["reason"]) for one in told["models"] if one["state"] == "failed"] == [(queued[1], "its run ended without a decision")]


@pytest.mark.parametrize("otherwise", [None, {"attempt": 7}, {"run": "recertify__9"}, {"state": "failed"}, {"verdict": "fail"}],
                         ids=["nothing", "of another attempt", "of another run", "another end", "another verdict"])
def test_a_row_that_says_done_is_doubted_where_the_ledger_does_not_say_so(
    login: Login, bank: Bank, queued: list[str], otherwise: dict[str, Any] | None,
) -> None:
    with bank.register.write() as session, unguarded(session):
        row = session.scalars(select(RecertificationRow).where(RecertificationRow.state == "waiting")).first()
        assert row is not None
        row.state, row.verdict, row.run_id, model = "done", "pass", "recertify__3_1_ab", row.model_id
        if otherwise is not None:
            ends(session, row, **otherwise)
        session.flush()
    told = asked(login("auditor-1"))
    assert (told["of"], told["done"], told["doubted"], told["verdicts"]) == (len(queued), 1, 1, {"pass": 1})
    assert [(one["state"], one["verdict"]) for one in told["models"] if one["model"] == model] == [("doubted", None)]


@pytest.mark.parametrize("verdict", ["error", "fail", "pass"])
def test_what_is_done_and_did_not_pass_is_counted_and_named(login: Login, bank: Bank, queued: list[str], verdict: str) -> None:
    with bank.register.write() as session, unguarded(session):
        row = session.scalars(select(RecertificationRow).where(RecertificationRow.state == "waiting")).first()
        assert row is not None
        row.state, row.verdict, model = "done", verdict, row.model_id
        ends(session, row)
        session.flush()
    told = asked(login("auditor-1"))
    assert (told["done"], told["not_passed"]) == (2, verdict != "pass")
    assert [one["verdict"] for one in told["models"] if one["model"] == model] == ([] if verdict == "pass" else [verdict])


def test_a_retried_row_that_says_done_is_doubted_until_its_new_run_ended(login: Login, bank: Bank, queued: list[str]) -> None:
    with bank.register.write() as session, unguarded(session):
        row = session.scalars(select(RecertificationRow).where(RecertificationRow.state == "done")).one()
        row.attempt += 1
        session.flush()
    assert asked(login("auditor-1"))["doubted"] == 1


def test_a_pause_of_the_control_side_stops_starts_is_on_the_ledger_with_its_words_and_ends_by_itself(login: Login, bank: Bank, queued: list[str]) -> None:
    answer = login("risk-1").post(f"{PATH}/pause", json={"reason": "the month's end", "until": later(days=2)})
    assert answer.status_code == 201, answer.text
    assert claim(bank.register, "round") == []
    told = asked(login("risk-1"))
    assert told["paused"]["by"] == "risk-1"
    assert {one["state"] for one in told["models"]} == {"paused", "failed"}
    with bank.register.read() as session:
        event = session.scalars(select(EventRow).where(EventRow.kind == PAUSED, EventRow.outcome == "done")).one()
        pause = paused(session)
        assert pause is not None and pause.reason.encode() in event.body
        assert fetch(session, pause.reason) == {"words": "the month's end"}


def test_a_pause_that_is_over_holds_nothing_and_nobody_has_to_end_it(login: Login, bank: Bank, queued: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert login("risk-1").post(f"{PATH}/pause", json={"reason": "a day", "until": later(days=1)}).status_code == 201
    from modelops_airflow.governance import pause as module

    monkeypatch.setattr(module, "database_time", lambda _session: datetime.now(UTC) + timedelta(days=1, seconds=5))
    assert len(claim(bank.register, "round")) >= 1


def test_resuming_lets_the_next_round_start(login: Login, bank: Bank, queued: list[str]) -> None:
    risk = login("risk-1")
    assert risk.post(f"{PATH}/resume", json={"reason": "nothing to resume"}).status_code == 409
    risk.post(f"{PATH}/pause", json={"reason": "wait", "until": later(days=1)})
    assert risk.post(f"{PATH}/resume", json={"reason": "done waiting"}).status_code == 201
    assert claim(bank.register, "round")


@pytest.mark.parametrize(("who", "body", "status"), [
    ("credit-dev", {"reason": "mine", "until": "in a day"}, 403), ("auditor-1", {"reason": "i only read", "until": "in a day"}, 403),
    ("risk-1", {"reason": "too long", "until": "in 31 days"}, 422), ("risk-1", {"reason": "over", "until": "yesterday"}, 422),
    ("risk-1", {"reason": "no day", "until": "2027-02-30T00:00:00Z"}, 422), ("risk-1", {"reason": " ", "until": "in a day"}, 422)])
def test_who_may_not_pause_and_what_is_no_pause_is_refused(login: Login, bank: Bank, who: str, body: dict[str, str], status: int) -> None:
    days = {"in a day": 1, "in 31 days": 31, "yesterday": -1}
    until = later(days=days[body["until"]]) if body["until"] in days else body["until"]
    answer = login(who).post(f"{PATH}/pause", json=body | {"until": until})
    assert answer.status_code == status, answer.text
    with bank.register.read() as session:
        assert paused(session) is None


def test_what_failed_waits_again_as_another_attempt(login: Login, bank: Bank, queued: list[str]) -> None:
    failed = queued[1]
    assert login("stranger").post(f"/api/v1/models/{failed}/recertification", json={}).status_code == 403
    answer = login("credit-dev").post(f"/api/v1/models/{failed}/recertification", json={})
    assert (answer.status_code, answer.json()["attempt"]) == (201, 2)
    with bank.register.read() as session:
        assert session.scalars(select(RecertificationRow.state).where(RecertificationRow.model_id == failed)).one() == "waiting"
    assert login("risk-1").post(f"/api/v1/models/{failed}/recertification", json={}).status_code == 409
