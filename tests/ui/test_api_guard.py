"""No route can forget who asks, where the request comes from, or what it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount, Route

from modelops_airflow.ui.guard import HEADERS, LARGEST_BODY

Login = Callable[[str], TestClient]

DECISION = {"decision": "approve", "subject": "sha256:" + "0" * 64}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path but the static files', with each parameter filled in."""
    for route in _leaves(app.routes):
        if isinstance(route, Mount):
            assert route.name == "static"
            continue
        assert isinstance(route, Route | APIRoute), route
        path = route.path
        for name in route.param_convertors:
            path = path.replace("{" + name + "}", "1")
        for method in route.methods or ():
            yield method, path


def _leaves(found: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in found:
        inner = None if isinstance(route, Mount) else getattr(route, "effective_candidates", None)
        if inner is not None:
            yield from _leaves(list(inner()))
        else:
            yield route


def test_every_route_answers_401_to_nobody(app: FastAPI, anonymous: TestClient) -> None:
    found = list(routes(app))
    assert len(found) >= 15, found
    for method, path in found:
        for body in (b"", b"{}", b"not json"):
            answer = anonymous.request(method, path, content=body)
            assert answer.status_code == 401, (method, path, answer.text)


def test_there_is_no_schema_and_no_documentation_page(login: Login) -> None:
    client = login("admin")
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/models/none", "/static/models.js", "/static/none.js", "/nothing"])
def test_every_answer_carries_the_security_headers(login: Login, path: str) -> None:
    answer = login("admin").get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_a_crash_is_an_error_of_our_shape_with_the_headers_and_no_traceback(app: FastAPI, login: Login) -> None:
    app.state.register = None
    answer = login("admin").get("/api/v1/me")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "NoneType" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_a_write_from_elsewhere_is_refused(login: Login, headers: dict[str, str]) -> None:
    client = login("risk-1")
    client.headers.pop("Sec-Fetch-Site")
    answer = client.post("/api/v1/approvals/1/decisions", json=DECISION, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}])
def test_a_write_from_the_page_passes_the_guard(login: Login, headers: dict[str, str]) -> None:
    client = login("risk-1")
    client.headers.pop("Sec-Fetch-Site")
    assert client.post("/api/v1/approvals/999/decisions", json=DECISION, headers=headers).status_code == 404


def test_behind_a_proxy_the_public_address_is_the_origin(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.bank.example/team-a")
    client = login("risk-1")
    client.headers.pop("Sec-Fetch-Site")
    answer = client.post("/api/v1/approvals/999/decisions", json=DECISION, headers={"Origin": "https://airflow.bank.example"})
    assert answer.status_code == 404


def test_an_explicit_credential_needs_no_origin(login: Login) -> None:
    client = login("risk-1")
    client.headers.pop("Sec-Fetch-Site")
    answer = client.post("/api/v1/approvals/999/decisions", json=DECISION, headers={"Authorization": "Bearer x"})
    assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_only_json_is_read(login: Login, kind: str) -> None:
    answer = login("risk-1").post("/api/v1/approvals/1/decisions", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"{}", b'{"decision": "maybe"}', b"\xff\xfe", b"[" * 100_000, b'{"decision": "approve", "extra": 1}',
     b'{"decision": "approve", "subject": "sha256:x"}', b'{"decision": "approve", "subject": NaN}'],
)
def test_a_malformed_body_is_422_and_never_500(login: Login, body: bytes) -> None:
    answer = login("risk-1").post("/api/v1/approvals/1/decisions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_a_large_body_is_refused(login: Login) -> None:
    body = b'{"comment": "' + b"x" * LARGEST_BODY + b'"}'
    answer = login("risk-1").post("/api/v1/approvals/1/decisions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["models?limit=0", "models?limit=201", "models?tier=9", "approvals/x", "approvals/0",
                                  "approvals/99999999999999999999", "models/a/packs/..%2f..%2fetc", "models?overdue=perhaps"])
def test_bad_parameters_are_422_in_our_shape(login: Login, path: str) -> None:
    answer = login("admin").get(f"/api/v1/{path}")
    assert answer.status_code in (404, 422)
    assert set(answer.json()["error"]) == {"code", "message", "next_step"}
