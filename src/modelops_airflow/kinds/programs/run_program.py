"""Runs somebody's program in the jail: rows in by pipe, bytes out by pipe, and every way it can end told in one line.

Three threads keep the pipes moving, so that no program can make this process wait for it; the clock stops it whatever
it does. `launch.py` is what happens on the other side.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from ...errors import ArtifactError
from ..confinement.jail import library_paths
from .code_jail import SYSTEM
from .program_end import Limits, Seen, trouble

_START = "import json, sys; sys.path[:0] = json.loads(sys.argv[1]); from modelops_airflow.kinds.confinement.launch import main; main()"
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
_PIPE, _PART = 1 << 20, 1 << 18
_WORDS = 4096
"""Bytes that are kept of either end of what it says."""


@dataclass(frozen=True)
class Program:
    """What to start.

    Attributes:
        who: the program, for messages.
        argv: its absolute path, and arguments that no shell reads.
        folder: it starts in, and may read.
        runs: files, and folders of them, that the kernel lets it start.
        reads: what it may read besides the system's libraries and its folder.
        tasks: threads, or processes, that it may have beside itself.
        processes: they may be processes.
    """

    who: str
    argv: Sequence[str]
    folder: str
    runs: Sequence[str]
    reads: Sequence[str] = ()
    tasks: int = 0
    processes: bool = False


def run_program(program: Program, write: Callable[[IO[bytes]], None], limits: Limits) -> bytes:
    """Start it, write its rows, and give what it answered.

    Raises:
        ArtifactError: the system cannot hold a jail, and nothing was started; or the program ended in another way than
            well, answered too much, or did not read its rows.
    """
    seen = Seen()
    process, report = _start(program, limits)
    timer = threading.Timer(limits.seconds, _late, (process, seen))
    threads = [threading.Thread(target=one, daemon=True) for one in (
        lambda: _feed(process.stdin, write, seen), lambda: _listen(process, limits.output, seen), lambda: _follow(report, seen))]
    for one in (timer, *threads):
        one.start()
    try:
        told = _read(process, limits.output)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    finally:
        timer.cancel()
        _kill(process)
        process.wait()
        for thread in threads:
            thread.join(5)
        for pipe in (process.stdout, process.stderr):
            pipe.close()  # type: ignore[union-attr]  # they are pipes
    if why := trouble(program.who, seen, limits, len(told)):
        raise ArtifactError(why)
    return told


def _start(program: Program, limits: Limits) -> tuple[subprocess.Popen[bytes], int]:
    """The process, and the end of the pipe that tells how it goes."""
    orders = {"argv": list(program.argv), "folder": program.folder, "runs": list(program.runs), "tasks": program.tasks,
              "readable": [program.folder, *SYSTEM, *program.reads], "processes": program.processes, "environment": _ENVIRONMENT,
              "memory": limits.memory, "seconds": limits.seconds}
    ordered, order = os.pipe()
    report, reported = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, no shell, nothing of a user's in the arguments
            [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START, json.dumps(library_paths()), str(ordered), str(reported)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            pass_fds=(ordered, reported), env={}, cwd="/", start_new_session=True)
    except BaseException:
        os.close(order)
        os.close(report)
        raise
    finally:
        os.close(ordered)
        os.close(reported)
    with os.fdopen(order, "wb") as pipe, contextlib.suppress(BrokenPipeError):
        pipe.write(json.dumps(orders).encode())
    for one in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # the user has many pipes already
            fcntl.fcntl(one, fcntl.F_SETPIPE_SZ, _PIPE)  # type: ignore[arg-type]  # they are pipes
    return process, report


def _feed(pipe: IO[bytes] | None, write: Callable[[IO[bytes]], None], seen: Seen) -> None:
    assert pipe is not None  # noqa: S101 - it was asked for
    try:
        with os.fdopen(os.dup(pipe.fileno()), "wb", _PART) as buffered:
            pipe.close()
            write(buffered)
    except (BrokenPipeError, ConnectionError):
        seen.unread = True
    except OSError as error:  # Arrow gives back what its sink raised as a plain one
        seen.unread = True
        seen.wrong = "" if "roken pipe" in str(error) else str(error)
    except Exception as error:  # a value that the format cannot write
        seen.wrong = (str(error) or type(error).__name__).splitlines()[0]


def _read(process: subprocess.Popen[bytes], most: int) -> bytes:
    """What it answers, to its end or one byte over the limit."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    parts, total = [], 0
    while total <= most and (part := os.read(process.stdout.fileno(), min(_PART, most + 1 - total))):
        parts.append(part)
        total += len(part)
    if total > most:
        _kill(process)
    return b"".join(parts)


def _listen(process: subprocess.Popen[bytes], most: int, seen: Seen) -> None:
    """Keep both ends of what it says on standard error; one that never stops is stopped."""
    assert process.stderr is not None  # noqa: S101 - it was asked for
    total = 0
    while part := os.read(process.stderr.fileno(), _PART):
        kept = part[: max(0, _WORDS - len(seen.first))]
        seen.first, seen.last = seen.first + kept, (seen.last + part[len(kept):])[-_WORDS:]
        total += len(part)
        if total > most:
            seen.loud = True
            _kill(process)
            return


def _follow(report: int, seen: Seen) -> None:
    with os.fdopen(report, "rb") as pipe:
        for line in pipe:
            seen.facts |= json.loads(line)


def _late(process: subprocess.Popen[bytes], seen: Seen) -> None:
    seen.late = True
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the group; with the first process of its name space goes all that the program started."""
    if process.returncode is not None:  # its number may be another's by now
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
