"""A canary's process whose library crashes, hangs or holds the interpreter at certain amounts, or while it is opened."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from modelops_airflow.serving import Slot, answer_beside, beside

COMMAND = [sys.executable, __file__]
CRASH, HANG, HOLD = 61, 62, 63


class Shaky(Slot):
    """A slot with such a library."""

    def score(self, rows: Any) -> Any:
        amounts = rows["amount"].to_pylist()
        if CRASH in amounts:
            os.kill(os.getpid(), signal.SIGSEGV)
        if HANG in amounts:
            time.sleep(100)
        if HOLD in amounts:
            ctypes.PyDLL(None).sleep(100)
        return super().score(rows)


class Unopened(Shaky):
    """It crashes before the first answer."""

    def _follow(self) -> None:
        self.before, say = lambda about: (say(about), os.kill(os.getpid(), signal.SIGSEGV)), self.before  # type: ignore[assignment]
        super()._follow()


if __name__ == "__main__":
    line = Connection(int(sys.argv[1]))
    told = json.loads(line.recv_bytes())
    beside.STUCK = 2.0
    kind = Unopened if told["unopened"] else Shaky
    answer_beside(line, kind("pricing", Path(told["folder"]), "canary", bytes.fromhex(told["public"]), Path(told["state"])))
    os._exit(0)
