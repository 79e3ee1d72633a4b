"""Incidents over the API and with the command: the clocks as they are now, and only of models that one may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ui_bank import ago

from modelops_airflow.cli import incidents as command
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ModelOpsError, Refused

Login = Callable[[str], TestClient]
PATH = "/api/v1/incidents"


def body(**changes: Any) -> dict[str, Any]:
    return {"kind": "serious", "severity": "high", "models": ["credit-risk"], "known_at": ago(days=3).isoformat(), "title": "Wrong <b>class</b>",
            "happened": "Forty people were declined."} | changes


def opened(login: Login, **changes: Any) -> int:
    answer = login("risk-1").post(PATH, json=body(**changes))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_an_incident_is_listed_with_the_clock_that_runs(login: Login) -> None:
    number = opened(login)
    one = login("risk-1").get(PATH).json()["items"][0]
    assert (one["id"], one["state"], one["title"], one["opened_by"]) == (number, "reported", "Wrong <b>class</b>", "risk-1")
    clock = one["clocks"][0]
    assert (clock["clock"], clock["section"], clock["state"], clock["overdue"]) == ("eu-serious-incident", "art. 73", "running", False)
    assert clock["days_left"] in (11, 12, 13)
    assert one["why_not_closed"].startswith("risk-1 opened it")


def test_a_clock_that_ran_out_is_overdue_though_nothing_ever_wrote_that(login: Login) -> None:
    opened(login, known_at=ago(days=17).isoformat())
    assert login("risk-1").get(PATH).json()["items"][0]["clocks"][0]["state"] == "overdue"


def test_the_page_of_a_model_has_its_open_incidents_alone(login: Login) -> None:
    opened(login, kind="internal")
    opened(login, models=["pricing-rules"])
    of = {model: [one["id"] for one in login("risk-1").get(f"/api/v1/models/{model}").json()["incidents"]] for model in ("credit-risk", "pricing-rules", "churn")}
    assert of == {"credit-risk": [1], "pricing-rules": [2], "churn": []}
    for act in ("cause", "corrected", "closed"):
        assert login("risk-2").post(f"{PATH}/1/entries", json={"act": act, "words": "done"}).status_code == 201
    assert login("risk-1").get("/api/v1/models/credit-risk").json()["incidents"] == []


def test_of_a_model_that_one_may_not_see_there_is_no_incident(login: Login) -> None:
    hidden = login("risk-1").post(PATH, json=body(models=["credit-risk", "secret-model"]))
    assert hidden.status_code == 404
    assert login("risk-1").get(f"{PATH}/77").status_code == 404


@pytest.mark.parametrize("changes", [
    {"known_at": "2026-03-01T00:00:00"}, {"known_at": "yesterday"}, {"models": []}, {"title": ""}, {"kind": "Serious"}, {"title": "a\u202eb"}, {"more": 1},
])
def test_a_body_that_is_none_is_422(login: Login, changes: dict[str, Any]) -> None:
    assert login("risk-1").post(PATH, json=body(**changes)).status_code == 422


class Door:
    """The command's server, in the place of HTTP: the same app."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def get(self, path: str) -> Any:
        return self._told(self.client.get(path.removeprefix("/modelops")))

    def post(self, path: str, content: dict[str, Any]) -> Any:
        return self._told(self.client.post(path.removeprefix("/modelops"), json=content))

    @staticmethod
    def _told(answer: Any) -> Any:
        if answer.status_code == 403:
            raise Refused(answer.json()["error"]["message"])
        if not answer.is_success:
            raise ModelOpsError(answer.json()["error"]["message"])
        return answer.json()


def test_the_command_opens_reports_and_closes(login: Login, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "report.txt"
    text.write_text("to the authority")
    who = {"client": login("risk-1")}
    monkeypatch.setattr(command, "server_for", lambda *_: Door(who["client"]))
    command.opened(["credit-risk"], "serious", "high", "Wrong class", "Forty people were declined.", ago(days=1).isoformat())
    assert "eu-serious-incident running" in capsys.readouterr().out
    command.report(1, "eu-serious-incident", "BNetzA", text, "", "4711")
    for act in ("cause", "corrected"):
        command.enter(1, act, "a threshold of last year")
    with pytest.raises(Refused, match="risk-1 opened it"):
        command.close(1, "over")
    who["client"] = login("risk-2")
    command.close(1, "looked at")
    command.show(1)
    told = capsys.readouterr().out
    assert "recorded; incident 1 is closed" in told and "eu-serious-incident" in told and "met" in told
    entry = login("risk-1").get(f"{PATH}/1").json()["entries"][0]
    assert (entry["report"], entry["authority"], entry["reference"]) == (digest_bytes(b"to the authority"), "BNetzA", "4711")
