"""The runtime is killed, hangs, or the front is: the fallback answers and is on record, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pyarrow.dataset as ds
import pytest
from served import INPUT, alive, behind, serving, until, version
from signed_place import Place, place

__all__ = ["place"]
pytestmark = pytest.mark.alone


def asked(client: httpx.Client, request: str = "") -> httpx.Response:
    return client.post("/v2/models/pricing/infer", json={**INPUT, "id": request})


def role(client: httpx.Client) -> str:
    return asked(client).headers.get("modelops-role", "")


def under_load(client: httpx.Client, number: int, events: dict[int, Callable[[], Any]]) -> list[tuple[httpx.Response, float]]:
    """Fifty requests a second, and what happens at which of them; each answer with the seconds that it took."""
    def one(name: int) -> tuple[httpx.Response, float]:
        began = time.monotonic()
        return asked(client, str(name)), time.monotonic() - began

    began, answers = time.monotonic(), []
    with ThreadPoolExecutor(32) as pool:
        for name in range(number):
            time.sleep(max(0.0, began + name / 50 - time.monotonic()))
            answers.append(pool.submit(one, name))
            events.get(name, int)()
        return [one.result() for one in answers]


def outages(place: Place) -> list[dict[str, Any]]:
    return [json.loads(one.read_bytes()) for one in sorted((place.state.parent / "log" / "_outages").glob("*.json"))]


def logged(folder: Path) -> dict[str, list[str]]:
    """The requests in the log by the role that answered."""
    rows = ds.dataset(folder, partitioning="hive").to_table().to_pylist()
    return {one: sorted(row["request"] for row in rows if row["role"] == one and row["request"]) for one in ("stable", "fallback")}


def test_under_fifty_requests_a_second_a_killed_runtime_loses_none_and_the_fallback_is_on_record(place: Place) -> None:
    place.deploy(1)
    place.deploy(7, limit=5, model="simple")  # it declines what the model does not
    with serving(place, "--fallback", "simple") as (client, process):
        found = under_load(client, 400, {150: lambda: os.kill(behind(process, "runtime"), signal.SIGKILL)})
        until(lambda: role(client) == "stable")
        if Path("/proc/self/maps").exists():
            maps = [Path(f"/proc/{pid}/maps").read_text() for pid in (process.pid, behind(process, "runtime"))]
            assert ["libarrow" in one for one in maps] == [False, True], "the front has no library that a model is asked with"
        ready, metrics = client.get("/v2/health/ready").json(), client.get("/metrics").text
        process.terminate()
        process.wait(timeout=60)

    assert {one.status_code for one, _ in found} == {200}
    by = {one: [answer for answer, _ in found if answer.headers["modelops-role"] == one] for one in ("stable", "fallback")}
    assert len(by["stable"]) + len(by["fallback"]) == 400 and len(by["stable"]) >= 140
    assert {(one.headers["modelops-served-by"], one.json()["model_version"], one.json()["outputs"][0]["data"][0]) for one in by["stable"]} == {("pricing", "1.0", "standard")}
    assert {(one.headers["modelops-served-by"], one.json()["model_version"], one.json()["outputs"][0]["data"][0]) for one in by["fallback"]} == {("simple", "7.0", "decline")}
    assert {"the runtime was ended by SIGKILL" in one.json()["parameters"]["why"] for one in by["fallback"]} == {True}

    in_log, given = logged(place.state.parent / "log"), {one: sorted(answer.json()["id"] for answer in by[one]) for one in by}
    assert in_log["fallback"] == given["fallback"]
    assert set(in_log["stable"]) <= set(given["stable"])
    outage, = outages(place)
    assert (outage["process"], outage["refused"], outage["ended"] is not None) == ("runtime", 0, True)
    assert outage["answered_by_fallback"] >= len(given["fallback"])
    assert len(given["stable"]) - len(in_log["stable"]) <= outage["answers_perhaps_not_in_log"]
    assert ready["outages"]["now_or_last"][0]["why"] == outage["why"] == "the runtime was ended by SIGKILL"
    assert 'modelops_outages{model="pricing",process="runtime"} 1.0' in metrics
    assert f'modelops_outage_requests_total{{model="pricing",outcome="fallback",process="runtime"}} {float(outage["answered_by_fallback"])}' in metrics
    assert f'modelops_rows_answered_total{{model="pricing",role="fallback",version="7.0"}} {float(outage["answered_by_fallback"])}' in metrics


def test_without_a_fallback_each_request_is_refused_with_the_reason_at_once_until_the_model_is_back(place: Place) -> None:
    place.deploy(1)
    with serving(place) as (client, process):
        found = under_load(client, 100, {20: lambda: os.kill(behind(process, "runtime"), signal.SIGSEGV)})
        refused = [(one, seconds) for one, seconds in found if one.status_code != 200]
        until(lambda: version(client) == "1.0")
        until(lambda: outages(place)[0]["ended"] is not None, 10)

    assert {one.status_code for one, _ in refused} == {503}
    assert {"the runtime was ended by SIGSEGV" in one.json()["error"] for one, _ in refused} == {True}
    assert max(seconds for _, seconds in refused) < 5
    assert (outages(place)[0]["answered_by_fallback"], outages(place)[0]["refused"] >= len(refused)) == (0, True)


def test_where_both_are_killed_the_answer_is_503_with_both_reasons_and_both_come_back(place: Place) -> None:
    place.deploy(1)
    place.deploy(1, model="simple")
    with serving(place, "--fallback", "simple") as (client, process):
        for name in ("runtime", "fallback"):
            os.kill(behind(process, name), signal.SIGKILL)
        until(lambda: version(client) == "503", 5)
        began = time.monotonic()
        answer, ready = asked(client), client.get("/v2/health/ready")
        assert time.monotonic() - began < 5
        assert ("the runtime was ended by SIGKILL" in answer.json()["error"], "the fallback was ended by SIGKILL" in answer.json()["error"]) == (True, True)
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        until(lambda: role(client) == "stable")
        until(lambda: client.get("/v2/health/ready").json()["processes"]["fallback"]["answers"])
    assert {one["process"] for one in outages(place)} == {"runtime", "fallback"}


def test_a_runtime_that_hangs_is_ended_and_the_fallback_answers_the_request_that_it_had(place: Place) -> None:
    place.deploy(1)
    place.deploy(1, model="simple")
    with serving(place, "--fallback", "simple", "--within", "PT5S") as (client, process):
        stopped = behind(process, "runtime")
        os.kill(stopped, signal.SIGSTOP)
        began = time.monotonic()
        answer = asked(client)
        assert time.monotonic() - began < 12
        assert (answer.headers["modelops-role"], "the runtime hung" in answer.json()["parameters"]["why"]) == ("fallback", True)
        assert not alive(stopped)
        until(lambda: role(client) == "stable")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_front_ends_nothing_is_left_and_requests_in_flight_are_answered_where_it_is_asked_to(place: Place, how: signal.Signals) -> None:
    place.deploy(1)
    place.deploy(1, model="simple")
    with serving(place, "--fallback", "simple") as (client, process), ThreadPoolExecutor(1) as pool:
        children = runtime, _ = [behind(process, name) for name in ("runtime", "fallback")]
        assert all(alive(one) for one in children)
        os.kill(runtime, signal.SIGSTOP)  # the request is in flight for as long as the test wants it
        flying = pool.submit(asked, client, "flying")
        time.sleep(1)
        assert not flying.done()
        for one in children:
            os.kill(one, signal.SIGTERM)  # as a service manager tells everybody at once; the front alone says when to end
        process.send_signal(how)
        if how is signal.SIGKILL:
            process.wait(timeout=60)  # dead before the runtime goes on, so that the answer has no way out
        os.kill(runtime, signal.SIGCONT)
        process.wait(timeout=60)
        until(lambda: not any(alive(one) for one in children), 20)
        if how is signal.SIGKILL:
            assert isinstance(flying.exception(10), httpx.HTTPError)
        else:
            assert flying.result(10).status_code == 200
            assert logged(place.state.parent / "log")["stable"] == ["flying"]


def test_the_front_is_no_way_around_what_the_processes_may_answer(place: Place) -> None:
    place.deploy(2)
    old = place.pointer.read_bytes()
    place.deploy(1, model="simple", key=place.stranger)
    with serving(place, "--fallback", "simple") as (client, process):
        assert version(client) == "2.0"
        place.target.withdraw("pricing", 2)
        until(lambda: version(client) == "503")
        place.pointer.write_bytes(old)
        os.kill(behind(process, "runtime"), signal.SIGKILL)
        until(lambda: any(one["ended"] for one in outages(place)))
        answer = asked(client)
        assert (answer.status_code, "epoch 2 is of an older deployment" in answer.json()["error"], "not signed by the key" in answer.json()["error"]) == (503, True, True)
