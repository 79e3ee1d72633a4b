"""A process behind the front whose model does what the request says: answers, dies, hangs, or speaks nonsense."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from typing import Any

from modelops_airflow.serving import Line, Reply, State, answer_over, desk

COMMAND = [sys.executable, __file__]


class Shaky:
    """Answers as `Answering` does."""

    def answer(self, body: bytes, why: str = "") -> tuple[Reply, None]:
        word, _, number = body.decode().partition(" ")
        if word == "die":
            os.kill(os.getpid(), int(number))
        if word == "exit":
            os._exit(int(number))
        if word == "sleep":
            time.sleep(float(number))
        if word == "hold":  # as a library that never gives the interpreter back
            ctypes.PyDLL(None).sleep(int(number))
        if word == "nonsense":
            os.write(LINE.fileno(), b"\xff" * 100)
        return Reply(200, str(os.getpid()).encode(), {"version": "1", "served-by": "m", "role": "stable"}, 1), None

    def state(self) -> State:
        return State({"name": "m"}, "", waiting=2)


async def main() -> None:
    line = await Line.over(socket.socket(fileno=os.dup(LINE.fileno())))
    frame: Any = await line.receive()
    if frame is not None:
        if frame[0].get("fails"):
            raise SystemExit(3)
        desk.BEAT, desk.STUCK = 0.2, frame[0]["stuck"]
        await answer_over(line, Shaky())  # type: ignore[arg-type]


if __name__ == "__main__":
    LINE = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(LINE.fileno(), False)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: None)
    asyncio.run(main())
    os._exit(0)
