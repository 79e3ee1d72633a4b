"""Decisions and stops over HTTP, against a small server that answers as ours does."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
SUBJECT = "sha256:" + "a" * 64
GATE = {"id": 7, "model_id": "credit-risk", "version": "3.2.0", "step": "approve-risk", "subject": SUBJECT, "verdict": "pass",
        "warned": False, "due_at": None, "may_decide": True, "state": "open",
        "roles": [{"role": "risk", "need": 2, "have": 1}]}


class FakeAirflow(ThreadingHTTPServer):
    """Knows one user and one gate; keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sent: list[tuple[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: FakeAirflow

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Bearer good":
            return self._answer(401, {"error": {"code": "not_authenticated", "message": "who are you?", "next_step": "log in"}})
        return self._answer(200, GATE if self.path.endswith("/7") else {"items": [GATE], "next": None})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.sent.append((self.path, body))
        if self.path == "/auth/token":
            good = body == {"username": "risk-1", "password": "right"}
            return self._answer(201, {"access_token": "good"}) if good else self._answer(401, {"detail": "no"})
        if "decisions" in self.path and body["subject"] != SUBJECT:
            return self._answer(409, {"error": {"code": "stale", "message": "something changed", "next_step": "look again"}})
        return self._answer(201, GATE | {"dag_id": "credit-risk.release", "run_id": "r1"})

    def _answer(self, code: int, body: Any) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAirflow]:
    """The server; whoever calls it is risk-1 with the right password."""
    server = FakeAirflow()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("MODELOPS_URL", server.url)
    monkeypatch.setenv("MODELOPS_USER", "risk-1")
    monkeypatch.setenv("MODELOPS_PASSWORD", "right")
    yield server
    server.shutdown()
    server.server_close()


def test_an_approval_echoes_the_subject_that_was_shown(modelops: Call, airflow: FakeAirflow) -> None:
    answer = modelops("approve", "credit-risk", "--yes", "--comment", "fine")

    assert answer.code == 0
    assert SUBJECT in answer.out
    assert "still needs 1 risk" in answer.out
    assert airflow.sent[-1] == ("/modelops/api/v1/approvals/7/decisions",
                                {"decision": "approve", "comment": "fine", "subject": SUBJECT})


def test_a_stale_subject_is_refused_with_exit_1(modelops: Call, airflow: FakeAirflow) -> None:
    answer = modelops("reject", "7", "--yes", "--comment", "no", "--subject", "sha256:" + "b" * 64)

    assert answer.code == 1
    assert answer.err == "something changed; look again\n"


def test_a_wrong_password_is_refused(modelops: Call, airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELOPS_PASSWORD", "wrong")

    answer = modelops("release", "credit-risk")

    assert (answer.code, "does not accept the password" in answer.err) == (1, True)


def test_a_token_file_replaces_the_password(modelops: Call, airflow: FakeAirflow, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("good\n", encoding="utf-8")
    assert modelops("approve", "7", "--yes", "--token-file", token).code == 0
    assert [path for path, _ in airflow.sent] == ["/modelops/api/v1/approvals/7/decisions"]
    token.write_text("bad", encoding="utf-8")
    assert modelops("approve", "7", "--yes", "--token-file", token).code == 1


def test_a_person_who_does_not_confirm_sends_nothing(
    modelops: Call, airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert modelops("approve", "credit-risk").code == 1
    assert [path for path, _ in airflow.sent] == ["/auth/token"]


def test_release_and_stops_name_model_and_reason(modelops: Call, airflow: FakeAirflow) -> None:
    assert "credit-risk.release" in modelops("release", "credit-risk").out
    assert modelops("suspend", "credit-risk", "--reason", "drifts").code == 0
    assert modelops("rollback", "credit-risk", "--to", "3.1.0", "--reason", "drifts").code == 0
    assert modelops("retire", "credit-risk", "--reason", "replaced", "--json").code == 0
    sent = [(path.rsplit("/", 1)[-1], body) for path, body in airflow.sent if path != "/auth/token"]
    assert sent == [
        ("release", {}), ("suspend", {"environment": "production", "reason": "drifts"}),
        ("rollback", {"environment": "production", "version": "3.1.0", "reason": "drifts"}), ("retire", {"reason": "replaced"}),
    ]


def test_nobody_at_the_address_is_one_line(modelops: Call, airflow: FakeAirflow) -> None:
    answer = modelops("release", "credit-risk", "--url", "http://127.0.0.1:9")

    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert "is Airflow running there?" in answer.err


def test_an_unknown_gate_is_told(modelops: Call, airflow: FakeAirflow) -> None:
    assert "no gate of 'other' waits" in modelops("approve", "other", "--yes").err
