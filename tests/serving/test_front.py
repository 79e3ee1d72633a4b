"""The front repeats what the processes say, and where they are gone says that; it answers nothing by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from in_process import make_app
from signed_place import Place

from modelops_airflow.serving import Front, Gone, Outage, Outages, Reply, State

INFER = "/v2/models/m/infer"


class Desk:
    """A process that says what it was told to, or is gone."""

    def __init__(self, says: Reply | None, why: str, outage: Outage | None = None) -> None:
        self._says, self.why, self._outage, self.asked = says, why, outage, list[tuple[bytes, str]]()

    @property
    def state(self) -> State | None:
        return State({"name": "m"}, "") if self._says is not None else None

    async def ask(self, body: bytes, why: str = "") -> Reply:
        self.asked.append((body, why))
        if self._says is None:
            raise Gone(self.why, self._outage)
        return self._says


def answer(role: str) -> Reply:
    return Reply(200, b'{"of": "%s"}' % role.encode(), {"version": "1", "served-by": role, "role": role}, 3)


REFUSED, WRONG = Reply(503, b'{"error": "not signed"}', refusal="not signed"), Reply(400, b'{"error": "no request"}')


@pytest.mark.parametrize(("runtime", "fallback", "status", "says", "missed"), [
    (answer("stable"), answer("fallback"), 200, '"of": "stable"', (0, 0)),
    (None, answer("fallback"), 200, '"of": "fallback"', (1, 0)),
    (REFUSED, answer("fallback"), 200, '"of": "fallback"', (0, 0)),
    (REFUSED, REFUSED, 503, "not signed; the fallback: not signed", (0, 0)),
    (None, REFUSED, 503, "runtime died; the fallback: not signed", (0, 1)),
    (REFUSED, None, 503, "not signed; fallback died", (0, 1)),
    (None, None, 503, "runtime died; fallback died", (0, 2)),
    (WRONG, answer("fallback"), 400, "no request", (0, 0)),
])
def test_who_is_asked_and_what_is_said(runtime: Reply | None, fallback: Reply | None, status: int, says: str, missed: tuple[int, int]) -> None:
    outages = Outages("m", None, print)
    desks = [Desk(says, f"{name} died", outages.begin(name, "", 0) if says is None else None) for name, says in (("runtime", runtime), ("fallback", fallback))]
    client = TestClient(Front("m", *desks, outages))  # type: ignore[arg-type]

    found = client.post(INFER, content=b"body")

    assert (found.status_code, says in found.text) == (status, True), found.text
    assert desks[1].asked == ([] if runtime in (answer("stable"), WRONG) else [(b"body", "runtime died" if runtime is None else "not signed")])
    seen = outages.last.values()
    assert (sum(one.fallback for one in seen), sum(one.refused for one in seen)) == missed
    assert f'modelops_process_up{{model="m",process="runtime"}} {float(runtime is not None)}' in client.get("/metrics").text
    ready = client.get("/v2/health/ready")
    assert ready.status_code == (200 if runtime or fallback else 503)
    assert [one["up"] for one in ready.json()["processes"].values()] == [runtime is not None, fallback is not None]


def test_without_a_fallback_the_reason_is_the_answer() -> None:
    client = TestClient(Front("m", Desk(None, "the runtime died"), None, Outages("m", None, print)))

    assert (client.post(INFER, content=b"").status_code, client.post(INFER, content=b"").json()) == (503, {"error": "the runtime died"})
    assert (client.get("/v2/models/m").status_code, client.get("/v2/health/live").json()) == (503, {"live": True})


def test_nobody_without_the_token_reaches_a_process() -> None:
    desk = Desk(answer("stable"), "")
    client = TestClient(Front("m", desk, None, Outages("m", None, print), token="secret"))

    assert (client.post(INFER, content=b"").status_code, desk.asked) == (401, [])
    assert client.post(INFER, content=b"", headers={"authorization": "Bearer secret"}).status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", INFER, 405), ("POST", "/metrics", 405), ("GET", "/", 404), ("POST", "/v2/models/other/infer", 404),
    ("GET", "/v2/models/m/", 404), ("HEAD", "/v2/health/live", 200),
])
def test_addresses_that_there_are_not(method: str, path: str, status: int) -> None:
    client = TestClient(Front("m", Desk(answer("stable"), ""), None, Outages("m", None, print)))

    assert client.request(method, path).status_code == status


def test_a_version_that_would_break_a_header_does_not(place: Place) -> None:
    place.deploy(1, version="1\r\nmodelops-role: stable\u20ac")
    slot = place.slot()
    slot.look()
    found = TestClient(make_app(slot)).post("/v2/models/pricing/infer", json={"inputs": [{"name": "amount", "shape": [1], "datatype": "INT64", "data": [1]}]})

    assert (found.status_code, found.headers["modelops-version"]) == (200, "1??modelops-role: stable?")


def test_an_outage_that_cannot_be_written_is_told_and_written_when_it_can(tmp_path: Any) -> None:
    lines: list[str] = []
    (tmp_path / "log").write_text("a file where a folder is meant to be")
    outages = Outages("m", tmp_path / "log", lines.append)
    outages.missed(outages.begin("runtime", "it died", 4), answered=True)
    outages.write()
    assert "cannot be written" in lines[0]
    (tmp_path / "log").unlink()
    outages.write()

    record, = [json.loads(one.read_bytes()) for one in (tmp_path / "log" / "_outages").iterdir()]
    assert (record["why"], record["answered_by_fallback"], record["answers_perhaps_not_in_log"]) == ("it died", 1, 4)
