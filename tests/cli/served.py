"""`modelops serve` as a process, for these tests, and the processes behind it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "serving"))

from signed_place import Place

from modelops_airflow.signing.ed25519 import write_public

SERVE = [sys.executable, "-c", "from modelops_airflow.cli import main; main()", "serve", "pricing"]
INPUT = {"inputs": [{"name": "amount", "shape": [1], "datatype": "INT64", "data": [30]}]}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(place: Place, *more: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    public, port = place.state.parent / "public.pem", free_port()
    if not public.exists():
        write_public(public, place.public)
    process = subprocess.Popen([
        *SERVE, "--from", str(place.folder), "--public-key", str(public), "--state",
        str(place.state), "--log", str(place.state.parent / "log"), "--port", str(port), *more])
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)
    try:
        until(lambda: answers(client))
        yield client, process
    finally:
        client.close()
        process.kill()
        process.wait()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/v2/health/live").status_code == 200
    except httpx.HTTPError:
        return False


def version(client: httpx.Client) -> str:
    answer = client.post("/v2/models/pricing/infer", json=INPUT)
    return answer.headers["modelops-version"] if answer.status_code == 200 else str(answer.status_code)


def behind(process: subprocess.Popen[bytes], name: str) -> int:
    """The id of the process behind the front that answers as `runtime` or `fallback`."""
    pid, = children(process.pid, name)
    return pid


def children(of: int, name: str) -> list[int]:
    """The ids of the processes that another started under a name: one, or none while it is away."""
    told = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    found = [line.split(None, 3) for line in told.splitlines()]
    return [int(pid) for pid, parent, state, args in found if parent == str(of) and state[0] != "Z" and args.endswith(f" {name}")]


def alive(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(told) and told[0] != "Z"
