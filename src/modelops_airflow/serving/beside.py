"""The side of the line where a canary or a shadow is: it follows its folder, answers one request after the other, and says every second that it lives."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from .desk import BEAT, STUCK
from .slot import Slot
from .wire import answer_sent, rows_of, rows_sent


def answer_beside(line: Connection, slot: Slot) -> None:
    """Answer until the other side is gone. What is about to be opened is said before, since it may be the last that this process does."""
    import pyarrow as pa

    rows_of(rows_sent(pa.table({"row": [0]})))  # it opens more libraries at the first table: nobody is to wait for them
    saying = threading.Lock()

    def say(**told: Any) -> None:
        sent = json.dumps(told).encode()
        with saying:
            line.send_bytes(sent)

    def state(*, looked: bool) -> None:
        found = slot.about
        say(state=asdict(found) if found is not None else None, why="" if found is not None else slot.why, looked=looked)

    def follow() -> None:
        while True:
            time.sleep(BEAT)
            slot.look()
            state(looked=True)

    def beat() -> None:
        while True:
            signal.setitimer(signal.ITIMER_REAL, STUCK)  # SIGALRM, which nobody handles, ends what a library holds
            state(looked=False)
            time.sleep(BEAT)

    slot.before = lambda about: say(opening=asdict(about))
    slot.look()
    state(looked=True)
    for work in (follow, beat):
        threading.Thread(target=_until_alone, args=(work,), daemon=True).start()
    while True:
        try:
            number, rows = json.loads(line.recv_bytes())["id"], line.recv_bytes()
        except (EOFError, OSError):
            return
        say(id=number, **_answered(slot, rows))


def _answered(slot: Slot, rows: bytes) -> dict[str, Any]:
    try:
        return answer_sent(slot.score(rows_of(rows)))
    except Exception as error:  # whatever a library makes of somebody's rows
        return {"error": str(error)[:500] or type(error).__name__}


def _until_alone(work: Any) -> None:
    """Without the other side there is nobody to answer, whatever a library is doing now."""
    try:
        work()
    finally:
        os._exit(0)
