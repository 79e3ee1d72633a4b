"""A process that ends or hangs is replaced, and whoever waits for it is told, after it is dead."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import shaky

from modelops_airflow.serving import Gone, Outages, Process
from modelops_airflow.serving import process as module

pytestmark = pytest.mark.alone


def run(
    tmp_path: Path, told: Callable[[Process, Outages], Awaitable[Any]], *, within: float = 30.0, command: list[str] = shaky.COMMAND, **orders: Any
) -> tuple[Any, list[str]]:
    """What the function makes of a process that answers, and what an operator was told."""
    lines: list[str] = []

    async def main() -> Any:
        outages = Outages("m", tmp_path, lines.append)
        process = Process("runtime", command, {"stuck": 60.0} | orders, outages, within=within)
        process.start()
        await asyncio.wait_for(process.settled.wait(), 60)
        try:
            return await asyncio.wait_for(told(process, outages), 60)
        finally:
            await process.stop()
            outages.write()

    with ThreadPoolExecutor(1) as apart:  # a browser that was driven before leaves a loop running in this thread
        return apart.submit(asyncio.run, main()).result(), lines


async def back(process: Process) -> None:
    while process.state is None:
        await asyncio.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(("word", "says"), [
    (f"die {int(signal.SIGKILL)}", "the runtime was ended by SIGKILL"), (f"die {int(signal.SIGSEGV)}", "the runtime was ended by SIGSEGV"),
    ("exit 3", "the runtime ended with exit code 3"), ("nonsense", "the runtime said what is no answer"),
])
def test_who_waits_is_told_how_it_ended_and_the_next_process_answers(tmp_path: Path, word: str, says: str) -> None:
    async def told(process: Process, outages: Outages) -> Any:
        first = int((await process.ask(b"say")).body)
        waiting = [asyncio.create_task(process.ask(one.encode())) for one in ("sleep 50", "sleep 50", word)]
        found = await asyncio.gather(*waiting, return_exceptions=True)
        dead = gone(first)
        with pytest.raises(Gone, match="it is started again"):
            await process.ask(b"say")
        outages.missed(found[0].outage, answered=True)  # type: ignore[union-attr]
        await back(process)
        return found, dead, first, int((await process.ask(b"say")).body)

    (found, dead, first, second), lines = run(tmp_path, told)

    assert [(type(one), str(one)) for one in found] == [(Gone, f"{says}; it is started again")] * 3
    assert dead and first != second
    assert lines[0] == f"{says}; it is started again" and "answers again after" in lines[1]
    record, = [json.loads(one.read_bytes()) for one in (tmp_path / "_outages").iterdir()]
    assert (record["why"], record["starts"], record["answered_by_fallback"], record["refused"]) == (says, 1, 1, 0)
    assert record["answers_perhaps_not_in_log"] in (2, 3), "two that the process said it has not written, and one since"
    assert record["began"] < record["ended"]


@pytest.mark.parametrize(("word", "says", "silence"), [("sleep 50", "it answered no request for 1 s", 30.0), ("hold 50", "no sign of life for 1 s", 1.0)])
def test_what_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, says: str, silence: float) -> None:
    monkeypatch.setattr(module, "SILENCE", silence)

    async def told(process: Process, _: Outages) -> Any:
        pid, began = int((await process.ask(b"say")).body), time.monotonic()
        with pytest.raises(Gone, match=says):
            await process.ask(word.encode())
        return pid, time.monotonic() - began

    (pid, seconds), _ = run(tmp_path, told, within=1.0 if silence > 1 else 30.0)
    assert gone(pid) and 1 <= seconds < 10


def test_what_is_slow_and_goes_on_answering_is_left_alone(tmp_path: Path) -> None:
    async def told(process: Process, _: Outages) -> Any:
        return await asyncio.gather(*(process.ask(f"sleep {0.2 * one}".encode()) for one in range(1, 13)))

    found, lines = run(tmp_path, told, within=1.5)
    assert (len({one.body for one in found}), lines) == (1, [])


def test_when_it_is_the_front_that_stood_still_nothing_hung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE", 1.0)

    async def told(process: Process, _: Outages) -> Any:
        first = (await process.ask(b"say")).body
        time.sleep(4)  # nobody hears anything meanwhile
        await asyncio.sleep(1)
        return first, (await process.ask(b"say")).body

    (first, second), lines = run(tmp_path, told)
    assert (first == second, lines) == (True, [])


def test_what_fails_to_start_is_tried_again_ever_later_and_the_outage_is_one(tmp_path: Path) -> None:
    async def told(process: Process, outages: Outages) -> Any:
        await asyncio.sleep(4)
        with pytest.raises(Gone, match="ended with exit code 3; it is started again"):
            await process.ask(b"say")
        return outages.count

    count, lines = run(tmp_path, told, fails=True)
    assert (count, 2 <= len(lines) <= 5) == ({"runtime": 1}, True)
    record, = [json.loads(one.read_bytes()) for one in (tmp_path / "_outages").iterdir()]
    assert (record["ended"], record["starts"] >= 1) == (None, True)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    async def told(process: Process, _: Outages) -> Any:
        return process.why

    assert "cannot be started: No such file" in run(tmp_path, told, command=["/nowhere/python"])[0]


FRONT = """
import asyncio, sys, shaky
from modelops_airflow.serving import Outages, Process
async def main():
    process = Process("runtime", shaky.COMMAND, {"stuck": float(sys.argv[1])}, Outages("m", None, print), within=60)
    process.start()
    await process.settled.wait()
    print((await process.ask(b"say")).body.decode(), flush=True)
    await process.ask(sys.argv[2].encode())
asyncio.run(main())
"""


@pytest.mark.parametrize(("word", "stuck", "ends"), [("sleep 50", 60, True), ("hold 50", 2, True), ("hold 50", 60, False)])
def test_after_a_kill_of_the_front_its_process_ends_by_itself_and_what_a_library_holds_is_ended_by_the_kernel(word: str, stuck: int, ends: bool) -> None:
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with subprocess.Popen([sys.executable, "-c", FRONT, str(stuck), word], env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE) as front:
        assert front.stdout is not None
        pid = int(front.stdout.readline())
        time.sleep(0.3)
        assert not gone(pid)
        front.kill()
    end = time.monotonic() + 5
    while not gone(pid) and time.monotonic() < end:
        time.sleep(0.1)

    assert gone(pid) is ends
    if not ends:
        os.kill(pid, signal.SIGKILL)
