"""No route without the guards; the guards hold against other sites, floods and forgotten routes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from identities import ORIGIN, Door
from route_table import table
from sqlalchemy import select
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from ui_bank import Bank

from modelops_airflow.inventory.tables import RateRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.ui import rate
from modelops_airflow.ui.guard import HEADERS, LARGEST_BODY

SUSPEND = "/api/v1/models/credit-risk/suspend"
STOP = {"environment": "nowhere", "reason": "a test"}


def refusals(bank: Bank) -> list[tuple[str, str, dict[str, Any]]]:
    with bank.register.read() as session:
        rows = session.scalars(select(EventRow).where(EventRow.outcome == "denied").order_by(EventRow.index))
        return [(row.kind, row.model_id or "", json.loads(row.body)["facts"]) for row in rows]


def test_every_route_hangs_on_the_guarded_router(app: FastAPI) -> None:
    found = table(app)
    assert len(found) >= 20
    assert [entry.path for entry in found if not entry.guarded] == []


@pytest.mark.parametrize("forgotten", ["on the app", "on a router", "plain", "mounted", "a mounted app", "a web socket"])
def test_a_route_added_elsewhere_is_found(app: FastAPI, forgotten: str) -> None:
    router = APIRouter()
    router.get("/forgotten")(lambda: 1)
    if forgotten == "on the app":
        app.get("/forgotten")(lambda: 1)
    elif forgotten == "on a router":
        app.include_router(router, prefix="/api/v1")
    elif forgotten == "plain":
        app.router.routes.append(Route("/forgotten", lambda _: PlainTextResponse("")))
    elif forgotten == "mounted":
        app.router.routes.append(Mount("/more", routes=[Route("/forgotten", lambda _: PlainTextResponse(""))]))
    elif forgotten == "a mounted app":
        other = FastAPI(openapi_url=None)
        other.include_router(router)
        app.mount("/more", other)
    else:
        app.websocket("/forgotten")(lambda _: None)
    assert [entry.path.rpartition("/")[2] for entry in table(app) if not entry.guarded] == ["forgotten"]


@pytest.mark.parametrize("headers", [
    {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}, {"Authorization": "Negotiate x"},
    {"Origin": "https://evil.example"}, {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://testserver.evil.example"}, {"Origin": "http://evil.example/testserver"}, {"Origin": "http://testserver:8080"},
    {"Origin": "http://x@testserver"}, {"Origin": "ftp://testserver"}, {"Origin": "testserver"}, {"Origin": ""}, {"Origin": ORIGIN + "/"},
    {"Authorization": "Bearer TOKEN", "Origin": "https://evil.example"}, {"Authorization": "Bearer TOKEN", "Sec-Fetch-Site": "same-site"},
], ids=str)
def test_a_cookie_from_elsewhere_changes_nothing(door: Door, bank: Bank, headers: dict[str, str]) -> None:
    token = door.token("control")
    client = TestClient(door.app, cookies={"_token": token})
    answer = client.post(SUSPEND, json=STOP, headers={name: value.replace("TOKEN", token) for name, value in headers.items()})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site")
    assert refusals(bank) == [("request-refused", "credit-risk", {
        "by": "simple:risk-1", "code": "cross_site", "request": "POST /api/v1/models/{model_id}/suspend", "status": 403})]


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "same-origin"}, {"Origin": ORIGIN}, {"Origin": "https://testserver"}, {"Authorization": "Bearer TOKEN"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
], ids=str)
def test_the_page_and_a_program_with_a_token_pass(door: Door, headers: dict[str, str]) -> None:
    token = door.token("control")
    program = "Authorization" in headers
    client = TestClient(door.app, cookies={} if program else {"_token": token})
    answer = client.post(SUSPEND, json=STOP, headers={name: value.replace("TOKEN", token) for name, value in headers.items()})
    assert answer.json()["error"]["code"] == "nothing-live"


def test_a_public_https_address_is_never_its_http_twin(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://testserver")
    client = TestClient(door.app, cookies={"_token": door.token("control")})
    assert client.post(SUSPEND, json=STOP, headers={"Origin": "http://testserver"}).status_code == 403
    assert client.post(SUSPEND, json=STOP, headers={"Origin": "https://testserver"}).status_code == 409


@pytest.mark.parametrize("written", ["https://airflow.bank.example", "https://Airflow.Bank.example:443/team-a/"])
def test_where_the_public_address_is_set_no_host_header_is_ours(door: Door, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    client = TestClient(door.app, cookies={"_token": door.token("control")})
    asked = {"Origin": "http://testserver", "Host": "testserver"}
    assert client.post(SUSPEND, json=STOP, headers=asked).status_code == 409  # the negative control: without it `Host` is all we know
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", written)
    for host in ("testserver", "evil.example", "airflow.bank.example"):
        for origin in (f"http://{host}", f"https://{host}:8443"):
            answer = client.post(SUSPEND, json=STOP, headers={"Origin": origin, "Host": host})
            assert answer.json()["error"]["code"] == "cross_site", origin
    ours = {"Origin": "https://airflow.bank.example", "Host": "10.0.0.1:8080"}
    assert client.post(SUSPEND, json=STOP, headers=ours).json()["error"]["code"] == "nothing-live"


def test_a_flood_is_refused_and_recorded_once(door: Door, bank: Bank) -> None:
    door.app.state.writes = 3
    client = door.client("control")
    answers = [client.post(SUSPEND, json=STOP) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [409] * 3 + [429] * 5
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert [facts["code"] for _, _, facts in refusals(bank)] == ["nothing-live"] * 3 + ["too_many"]
    assert client.get("/api/v1/me").status_code == 200
    assert door.client("maker").post(SUSPEND, json=STOP).status_code == 409, "another person has a minute of their own"


def test_floods_from_another_site_neither_fill_the_ledger_nor_use_up_the_minute(door: Door, bank: Bank) -> None:
    door.app.state.writes = 1
    client = door.client("control")
    for _ in range(rate.CROSS_SITE + 4):
        assert client.post(SUSPEND, json=STOP, headers={"Origin": "https://evil.example"}).status_code == 403
    assert len(refusals(bank)) == rate.CROSS_SITE
    assert client.post(SUSPEND, json=STOP).status_code == 409


def test_two_servers_count_together_and_old_minutes_are_removed(bank: Bank) -> None:
    with bank.register.write() as session:
        session.add(RateRow(who="simple:long-gone", window_start=5, count=7))
    assert [rate.count(bank.register, "simple:rita").number for _ in range(3)] == [1, 2, 3]
    with bank.register.read() as session:
        assert [(row.who, row.count) for row in session.scalars(select(RateRow))] == [("simple:rita", 3)]


@pytest.mark.parametrize(("request_", "status", "code"), [
    ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "not_json"),
    ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 422, "bad_input"),
    ({"content": b'{"environment": "a", "reason": "x", "reason": "y"}', "headers": {"Content-Type": "application/json"}}, 422, "bad_input"),
    ({"content": b'{"environment": NaN, "reason": "x"}', "headers": {"Content-Type": "application/json"}}, 422, "bad_input"),
    ({"content": b" " * (LARGEST_BODY + 1), "headers": {"Content-Type": "application/json"}}, 413, "too_large"),
    ({"json": {"environment": "a\x00b", "reason": "x"}}, 422, "bad_input"),
    ({"json": STOP | {"secret": "IBAN DE89 3704 0044 0532 0130 00"}}, 422, "bad_input"),
], ids=["text", "half", "twice", "NaN", "large", "NUL", "extra"])
def test_what_never_reaches_a_verb_is_on_record_without_a_word_of_the_caller(
    door: Door, bank: Bank, request_: dict[str, Any], status: int, code: str
) -> None:
    answer = door.client("control").post(SUSPEND, **request_)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    (kind, model, facts), = refusals(bank)
    assert (kind, model, facts["code"], facts["status"], facts["by"]) == ("request-refused", "credit-risk", code, status, "simple:risk-1")
    assert "DE89" not in json.dumps(facts)


def test_a_refusal_of_governance_is_recorded_once_and_one_for_a_hidden_model_by_no_name(door: Door, bank: Bank) -> None:
    door.client("viewer").post(SUSPEND, json=STOP)
    door.client("viewer").post("/api/v1/models/no-such-model/suspend", json=STOP)
    assert [(kind, model, facts["code"]) for kind, model, facts in refusals(bank)] == [
        ("suspended", "credit-risk", "unknown-person"), ("request-refused", "", "not_found")]


def test_reads_and_strangers_leave_no_record(door: Door, bank: Bank) -> None:
    for identity in ("anonymous", "expired", "bad signature"):
        assert door.client(identity).post(SUSPEND, json=STOP).status_code in (401, 403)
    assert door.client("viewer").get("/api/v1/models/none").status_code == 404
    assert refusals(bank) == []


def test_without_a_record_there_is_no_answer_but_that(door: Door, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    with bank.register.engine.execution_options(modelops_write=True).begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON modelops_event BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    answer = door.client("control").post(SUSPEND, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "register")
    assert "disk" not in answer.text


def test_every_answer_carries_the_headers(door: Door) -> None:
    client = door.client("control")
    answers = [
        client.get("/api/v1/me"), client.get("/static/models.js"), client.get("/static/%00"), client.get("/static/../app.py"),
        client.get("/nothing"), client.put("/api/v1/me"), client.post(SUSPEND, json=STOP), client.post(SUSPEND, content=b"x"),
        client.get("/api/v1/models?limit=0"), door.client("anonymous").get("/api/v1/me"), client.head("/static/models.js"),
        client.post(SUSPEND, json=STOP, headers={"Origin": "null"}),
    ]
    assert {answer.status_code for answer in answers} >= {200, 401, 403, 404, 405, 409, 415, 422}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (answer.url, answer.status_code)
