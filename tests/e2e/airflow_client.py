"""One person's view of an Airflow under test: a token of their own, plain HTTP, no shared rights."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx


class Person:
    """A user with their own token; `anonymous` has none."""

    def __init__(self, url: str, name: str | None = None, password: str = "") -> None:
        headers = {}
        if name is not None:
            answer = httpx.post(f"{url}/auth/token", json={"username": name, "password": password}, timeout=60)
            answer.raise_for_status()
            headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.name = name
        self.http = httpx.Client(base_url=url, headers=headers, timeout=60)

    def airflow(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call of Airflow's own API; its SQLite may be locked for a moment, and then it is asked again."""
        for _ in range(5):
            answer = self.http.request(method, f"/api/v2{path}", json=body)
            if answer.status_code != 500 or "Database error" not in answer.text:
                break
            time.sleep(2)
        return answer

    def modelops(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call of our API."""
        return self.http.request(method, f"/modelops/api/v1{path}", json=body)

    def start(self, dag_id: str) -> str:
        """Trigger a DAG over REST; answers the run id."""
        answer = self.airflow("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["dag_run_id"])

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """State of every task of a run."""
        answer = self.airflow("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100")
        answer.raise_for_status()
        return {one["task_id"]: one["state"] for one in answer.json()["task_instances"]}

    def run_state(self, dag_id: str, run_id: str) -> str:
        """State of a run."""
        return str(self.airflow("GET", f"/dags/{dag_id}/dagRuns/{run_id}").json()["state"])

    def gate(self, model: str, step: str) -> dict[str, Any] | None:
        """The open gate of a model, with its evidence."""
        for one in self.modelops("GET", "/approvals").json()["items"]:
            if one["model_id"] == model and one["step"] == step:
                return dict(self.modelops("GET", f"/approvals/{one['id']}").json())
        return None

    def decide(self, gate: dict[str, Any], decision: str, comment: str = "", subject: str | None = None) -> httpx.Response:
        """Decide over what the page showed."""
        body = {"decision": decision, "comment": comment, "subject": subject or gate["subject"]}
        return self.modelops("POST", f"/approvals/{gate['id']}/decisions", body)


def until(what: str, found: Callable[[], Any], seconds: float = 90) -> Any:
    """Wait for something to be true; answers it.

    Raises:
        AssertionError: it did not come in time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {seconds:.0f} s; last answer {answer!r}")
