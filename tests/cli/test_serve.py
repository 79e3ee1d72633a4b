"""modelops serve: a process that follows its folder, and comes back from a kill without going back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pyarrow.dataset as ds
import pytest
from served import INPUT, SERVE, behind, children, serving, until, version
from signed_place import Place, place

__all__ = ["place"]
pytestmark = pytest.mark.alone


def test_it_follows_new_deployments_and_stops_without_a_restart_and_loses_no_line_at_a_stop(place: Place) -> None:
    place.deploy(1)
    with serving(place) as (client, process):
        assert version(client) == "1.0"
        place.deploy(2)
        until(lambda: version(client) == "2.0")
        place.target.withdraw("pricing", 2)
        until(lambda: version(client) == "503")
        place.deploy(3)
        until(lambda: version(client) == "3.0")
        answered = client.get("/metrics").text
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    rows = ds.dataset(place.state.parent / "log", partitioning="hive").to_table().to_pylist()
    told = sum(float(line.rsplit(" ", 1)[1]) for line in answered.splitlines() if line.startswith("modelops_rows_answered_total"))
    assert len(rows) == told > 0
    assert {row["version"] for row in rows} == {"1.0", "2.0", "3.0"}


def test_after_a_kill_it_serves_again_and_still_refuses_what_is_older(place: Place) -> None:
    place.deploy(1)
    old = place.pointer.read_bytes()
    place.deploy(2)
    with serving(place) as (client, process):
        assert version(client) == "2.0"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with serving(place) as (client, _):
        assert version(client) == "2.0"
    place.pointer.write_bytes(old)
    with serving(place) as (client, _):
        answer = client.post("/v2/models/pricing/infer", json=INPUT)
        assert (answer.status_code, "epoch 1 is of an older deployment" in answer.json()["error"]) == (503, True)


def test_under_fifty_requests_a_second_a_bad_canary_is_held_back_by_itself_and_no_request_is_lost(place: Place) -> None:
    place.deploy(1)
    other = Place(place.folder.parent / "canary", place.state, place.key, place.stranger, "canary")
    other.deploy(1, limit=49)
    amounts = [one % 100 for one in range(600)]
    with serving(place, "--canary", str(other.folder), "--shares", "20,50", "--bake", "PT2S") as (client, _), ThreadPoolExecutor(16) as pool:
        def ask(amount: int) -> httpx.Response:
            return client.post("/v2/models/pricing/infer", json={"inputs": [{**INPUT["inputs"][0], "data": [amount]}]})

        until(lambda: ask(30).headers["modelops-role"] == "canary")
        began, answers = time.monotonic(), []
        for number, amount in enumerate(amounts):
            time.sleep(max(0.0, began + number / 50 - time.monotonic()))
            answers.append(pool.submit(ask, amount))
            if number == 200:
                other.deploy(2, most=40)  # it fails for every amount above
        found = [one.result() for one in answers]
        seconds = time.monotonic() - began
        until((other.folder / "held" / "pricing.json").is_file, 5)
        told = json.loads((other.folder / "held" / "pricing.json").read_bytes())

    assert {one.status_code for one in found} == {200}
    assert all((one.headers["modelops-role"], one.headers["modelops-version"]) in {("stable", "1.0"), ("canary", "1.0"), ("canary", "2.0")} for one in found)
    roles = [one.headers["modelops-role"] for one in found]
    assert roles[:150].count("canary") > 10, "the good canary had its share"
    assert (told["epoch"], "outside its declared values" in told["why"]) == (2, True)
    assert set(roles[400:]) == {"stable"}
    assert len(found) / seconds > 45
    limits = {("stable", "1.0"): 50, ("canary", "1.0"): 49, ("canary", "2.0"): 39}
    answered = [(one.headers["modelops-role"], one.headers["modelops-version"], one.json()["outputs"][0]["data"]) for one in found]
    assert answered == [(role, version, ["decline" if amount > limits[role, version] else "standard"]) for (role, version, _), amount in zip(answered, amounts, strict=True)]


def test_a_key_that_is_none_is_one_line_and_exit_code_2(place: Place) -> None:
    (place.state.parent / "key.txt").write_text("no key")

    ended = subprocess.run([*SERVE, "--from", str(place.folder), "--public-key",
                            str(place.state.parent / "key.txt"), "--state", str(place.state)], capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 2
    assert "is no Ed25519 public key in PEM" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize(("how", "says"), [(signal.SIGSEGV, "was ended by SIGSEGV"), (signal.SIGSTOP, "the canary hung: it answered no request for 1 s")])
def test_a_canary_whose_process_crashes_or_hangs_under_load_is_held_back_and_neither_a_request_nor_the_runtime_is_lost(
    place: Place, how: signal.Signals, says: str,
) -> None:
    place.deploy(1)
    other = Place(place.folder.parent / "canary", place.state, place.key, place.stranger, "canary")
    other.deploy(1, limit=49)
    held, found = other.folder / "held" / "pricing.json", list[httpx.Response]()
    with serving(place, "--canary", str(other.folder), "--shares", "50", "--within", "PT2S") as (client, process), ThreadPoolExecutor(4) as pool:
        def ask(_: int = 0) -> str:
            found.append(client.post("/v2/models/pricing/infer", json=INPUT))
            return found[-1].headers.get("modelops-role", "")

        runtime, until_held = behind(process, "runtime"), time.monotonic() + 150
        while not held.exists():
            until(lambda: held.exists() or ask() == "canary")  # before it is open nobody knows over which deployment it ended
            for pid in children(runtime, "canary"):
                os.kill(pid, how)
            list(pool.map(ask, range(8)))
            assert time.monotonic() < until_held
        assert [ask() for _ in range(20)] == ["stable"] * 20
        assert behind(process, "runtime") == runtime
        told = json.loads(held.read_bytes())
    assert (told["epoch"], says in told["why"], {one.status_code for one in found}) == (1, True, {200})
    with serving(place, "--canary", str(other.folder), "--shares", "100") as (client, process):
        until(lambda: bool(children(behind(process, "runtime"), "canary")))
        time.sleep(5)
        assert client.post("/v2/models/pricing/infer", json=INPUT).headers["modelops-role"] == "stable", "it is held back after a restart too"


def test_a_shadow_whose_process_is_killed_costs_nobody_an_answer_and_comes_back(place: Place) -> None:
    place.deploy(1)
    other = Place(place.folder.parent / "shadow", place.state, place.key, place.stranger, "shadow")
    other.deploy(1, limit=20)
    with serving(place, "--shadow", str(other.folder)) as (client, process):
        runtime, killed = behind(process, "runtime"), set[int]()

        def asked_after_the_kill() -> bool:
            assert version(client) == "1.0"
            rows = 'modelops_shadow_requests{model="pricing",outcome="asked"} '
            asked = [float(line.removeprefix(rows)) for line in client.get("/metrics").text.splitlines() if line.startswith(rows)]
            if asked and asked[0] > 0 and not killed:
                killed.add(int(asked[0]))
                os.kill(children(runtime, "shadow")[0], signal.SIGSEGV)
            return bool(killed) and asked[0] > max(killed) + 3

        until(asked_after_the_kill)
        assert behind(process, "runtime") == runtime
