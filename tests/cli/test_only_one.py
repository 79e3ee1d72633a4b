"""A demo that runs is not destroyed by a second one, not even by one that is refused."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelops_airflow.cli import up
from modelops_airflow.cli.only_one import HOLDER, only_one
from modelops_airflow.cli.port import free_port
from modelops_airflow.errors import ModelOpsError

HOLDING = """
import sys, time
from pathlib import Path
from modelops_airflow.cli.only_one import only_one
with only_one(Path(sys.argv[1]), sys.argv[2], "demo"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def demo(project: Path) -> Path:
    """The home of a demo with a register, and what it deployed."""
    home = project / ".demo"
    home.mkdir()
    (project / "live").mkdir()
    for name in ("airflow.db", "register.db"):
        (home / name).write_text("55 events", encoding="utf-8")
    return home


@pytest.fixture
def running(demo: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the demo's home."""
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(demo), f"http://127.0.0.1:{free_port()}"],
                          stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def untouched(home: Path) -> bool:
    return (home / "register.db").exists() and (home / "airflow.db").exists()


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_a_running_demo_refuses_a_second_one_on_any_port(
    demo: Path, running: subprocess.Popen[str], modelops: Callable[..., Any], options: tuple[str, ...]
) -> None:
    told = modelops("up", "--demo", *options, "--port", free_port())

    assert told.code == 2
    assert f"runs already (process {running.pid}, at http://127.0.0.1:" in told.err
    assert f"kill {running.pid}" in told.err
    assert untouched(demo)


def test_a_taken_port_is_told_before_anything_is_deleted(demo: Path, modelops: Callable[..., Any]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        told = modelops("up", "--demo", "--port", other.getsockname()[1])

    assert told.code == 2
    assert "is taken by another program" in told.err
    assert untouched(demo)


def test_the_lock_of_a_dead_process_is_taken_over_and_the_old_demo_thrown_away(
    demo: Path, running: subprocess.Popen[str], modelops: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control too: where nobody holds it, the same command does delete."""
    running.kill()
    running.wait()
    assert json.loads((demo / HOLDER).read_text(encoding="utf-8"))["pid"] == running.pid
    monkeypatch.setattr(up, "_run", lambda *_, **__: 0)

    assert modelops("up", "--demo", "--port", free_port()).code == 0
    assert not untouched(demo)


def test_what_a_killed_demo_left_running_keeps_its_register(demo: Path, modelops: Callable[..., Any]) -> None:
    with socket.socket() as left:
        left.bind(("127.0.0.1", 0))
        left.listen()
        url = f"http://127.0.0.1:{left.getsockname()[1]}"
        (demo / HOLDER).write_text(json.dumps({"pid": 999_999, "url": url}), encoding="utf-8")
        told = modelops("up", "--demo", "--port", free_port())

    assert told.code == 2
    assert f"something still answers at {url}" in told.err
    assert untouched(demo)


def test_of_two_that_start_at_once_one_gets_the_home(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    both = [subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path), url], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for _ in range(2)]
    until = time.monotonic() + 20
    while all(one.poll() is None for one in both) and time.monotonic() < until:
        time.sleep(0.05)
    ended = [one for one in both if one.poll() is not None]

    for one in both:
        one.kill()
        one.communicate()
    assert len(ended) == 1


def test_a_home_is_free_again_afterwards_and_a_torn_note_says_nobody(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path, "http://127.0.0.1:1", "demo"), pytest.raises(ModelOpsError, match="runs already"), \
                only_one(tmp_path, "http://127.0.0.1:1", "demo"):
            pass
    (tmp_path / HOLDER).write_text("{", encoding="utf-8")
    with only_one(tmp_path, "http://127.0.0.1:1", "demo"):
        pass
